"""A real server in a process of its own, with its worker, on a database of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tools import ROOT, migrated, serving


@dataclass(frozen=True)
class Served:
    """A city that is being served."""

    address: str
    environment: dict[str, str]
    accounts: dict[str, str]  # role to user name
    password: str
    unit: str  # the unit of the unit worker
    site: str  # a back lane in its district, and where it is
    longitude: float
    latitude: float
    signed_in: dict[str, list[Any]] = field(default_factory=dict)  # role to cookies

    def meicheng(self, *words: str) -> str:
        """What one of the product's commands prints; raises when it fails."""
        return run(self.environment, "meicheng", *words)


def run(environment: dict[str, str], module: str, *words: str) -> str:
    """Run a module of Python; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{module} {' '.join(words)}:\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def served(folder: Path, city: str = "little") -> Iterator[Served]:
    """Make a city, serve it and run its worker; no error may stand in their logs."""
    with database(folder) as url:
        environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith(("MEICHENG_", "PYTEST_"))},
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_VAR": str(folder),
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        made = json.loads(run(environment, "tests.browser.city", city).splitlines()[-1])
        with processes(environment, folder / "log") as address:
            yield Served(address, environment, **made)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """A migrated database beside the one of DATABASE_URL; SQLite where that names none."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{shutil.copy(migrated.file(), folder / 'served.sqlite3')}"
        return
    name = f"served_{secrets.token_hex(4)}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated.database(given)}")
        try:
            yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def processes(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run server and worker; gives the address once the server is ready."""
    port = serving.free_port()
    address = f"http://127.0.0.1:{port}"
    commands = [["serve", "--port", str(port), "--workers", "1"], ["worker"]]
    running: list[subprocess.Popen[bytes]] = []
    with log.open("wb") as output:
        try:
            for words in commands:
                command = [sys.executable, "-m", "meicheng", *words]
                running.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env=environment, stdout=output, stderr=output
                    )
                )
            serving.until_ready(f"{address}/readyz", running[0], log)
            yield address
            said = log.read_text(encoding="utf-8", errors="replace")
            assert "Traceback" not in said, said[-6000:]
            assert [process.poll() for process in running] == [None, None], said[-3000:]
        finally:
            serving.end(*running, seconds=10)
