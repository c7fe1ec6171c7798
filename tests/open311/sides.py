"""Two cities on servers of their own, and the wire between them, which can be cut at any call."""

from __future__ import annotations

import http.client
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection

from tools import ROOT
from tools.serving import end, free_port, until_ready

Call = tuple[str, str]  # method and path


@dataclass
class Side:
    """One city: its folder with database and files, and the port that it is served on."""

    folder: Path
    port: int = field(default_factory=free_port)
    database: str = ""  # its address
    key: str = ""  # of its API

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("MEICHENG_", "PYTEST_"))}
        return {
            **kept,
            "DATABASE_URL": self.database,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_VAR": str(self.folder),
            "MEICHENG_PRIVATE_WEBHOOKS": "127.0.0.0/8",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }

    def start(self, *words: str, log: str) -> subprocess.Popen[bytes]:
        """Start one of the product's commands."""
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "meicheng", *words],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output,
            )  # fmt: skip

    def turn(self, way: str, peer: str) -> None:
        """A whole turn with a peer; it may not fail."""
        code = self.start("open311", way, peer, log="turns").wait(60)
        assert code == 0, (self.folder / "turns").read_text(encoding="utf-8")

    def rows(self, question: str) -> list[Any]:
        """What stands in its database, read beside the running server."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(self.database.removeprefix("sqlite:///")) as file:
                return file.execute(question).fetchall()
        with psycopg.connect(self.database) as there:
            return there.execute(question).fetchall()


@contextmanager
def copied(side: Side) -> Iterator[None]:
    """Give a city a copy of the tests' database as it is now."""
    if connection.vendor == "sqlite":
        side.database = f"sqlite:///{side.folder / 'city.sqlite3'}"
        with sqlite3.connect(side.folder / "city.sqlite3") as copy:
            connection.connection.backup(copy)
        yield
        return
    given, name = os.environ["DATABASE_URL"], f"side_{secrets.token_hex(4)}"
    ours = connection.settings_dict["NAME"]
    connection.close()
    # A database that somebody is in is not copied.
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL only
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {ours}")
        side.database = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        try:
            yield
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serving(*sides: Side) -> Iterator[None]:
    """Serve cities at once; no error may stand in their logs."""
    running = [
        side.start("serve", "--port", str(side.port), "--workers", "1", log="log") for side in sides
    ]
    try:
        for side, process in zip(sides, running, strict=True):
            until_ready(f"{side.address}/readyz", process, side.folder / "log")
        yield
        for side in sides:
            said = (side.folder / "log").read_text(encoding="utf-8", errors="replace")
            assert "Traceback" not in said, said[-6000:]
    finally:
        end(*running, seconds=20)


class Wire(ThreadingHTTPServer):
    """Hands calls on to a city. Where `cut` says so, the answer is lost and who asked is killed."""

    daemon_threads = True

    def __init__(self, to: Side) -> None:
        super().__init__(("127.0.0.1", 0), _Hand)
        self.to = to
        self.cut: Callable[[Call], bool] = lambda _call: False
        self.asker: subprocess.Popen[bytes] | None = None
        self.calls: list[Call] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """What is called in place of the city."""
        return f"http://127.0.0.1:{self.server_port}"

    def kill(self, side: Side, way: str, peer: str, *, at: Callable[[Call], bool]) -> None:
        """A turn whose process is killed at a call that was taken, before its answer came."""
        self.cut = at
        self.asker = side.start("open311", way, peer, log="turns")
        assert self.asker.wait(60) == -9, (side.folder / "turns").read_text(encoding="utf-8")
        self.cut = lambda _call: False


class _Hand(BaseHTTPRequestHandler):
    server: Wire

    def do_GET(self) -> None:
        """Hand on; the host stays, so that addresses in answers lead here again."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection("127.0.0.1", self.server.to.port, timeout=30)
        there.request(self.command, self.path, body or None, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        call = (self.command, self.path)
        self.server.calls.append(call)
        if self.server.cut(call) and self.server.asker is not None:
            self.server.asker.kill()
            self.server.asker.wait()
            return
        with suppress(OSError):  # whoever asked is gone
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""
