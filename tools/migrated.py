"""Databases that begin migrated: the migrations run once, and whoever tests takes a copy.

On SQLite the copy is of a file in `.venv/migrated`, on PostgreSQL of a database of the same server.
Both are named after what made them, so that a changed migration makes another one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tools import ROOT, Failed

KEPT = Path(sys.prefix) / "migrated"


@cache
def version() -> str:
    """A name of all migrations, ours and those of the libraries."""
    digest = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
    for path in sorted((ROOT / "src").glob("**/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def file() -> Path:
    """A migrated database of SQLite, to be copied and not opened."""
    path = KEPT / f"{version()}.sqlite3"
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for old in KEPT.glob("*[!k]"):
                old.unlink()
            making = path.with_suffix(".making")
            _migrate(f"sqlite:///{making}")
            making.rename(path)
    return path


def database(url: str) -> str:
    """The name of a migrated database beside the one of this URL, to be a template."""
    import psycopg

    name = f"migrated_{version()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtext('migrated'))")  # until disconnected
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        if server.execute(there, [name]).fetchone() is None:
            server.execute("DROP DATABASE IF EXISTS migrating")
            server.execute("CREATE DATABASE migrating")
            _migrate(urlunsplit(urlsplit(url)._replace(path="/migrating")))
            server.execute(f"ALTER DATABASE migrating RENAME TO {name}")
    return name


def main() -> None:
    """Make what tests on `DATABASE_URL` will copy: `python -m tools.migrated`."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        database(url)
    else:
        file()


def _migrate(url: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEICHENG_")}
    with tempfile.TemporaryDirectory(prefix="meicheng-migrated-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "meicheng", "migrate"],
            cwd=ROOT,
            env={**kept, "DATABASE_URL": url, "MEICHENG_VAR": folder, "PYTHONPATH": "src"},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise Failed(f"the migrations failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
