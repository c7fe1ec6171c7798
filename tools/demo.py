"""The demo city: `python -m tools.demo start|reset --port 8000`.

`start` makes the city when there is no database yet and serves it; a later start keeps the data.
`reset` throws a demo city away first; a database that is not a demo city is never touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType

from tools import ROOT, Failed, serving

MEICHENG = Path(sys.executable).parent / "meicheng"
HOST = "127.0.0.1"
SIZE = "small"
SEED = "1"
VAR = Path(os.environ.get("MEICHENG_VAR") or "var").absolute()
DATABASE = VAR / "meicheng.sqlite3"
# Says that the database is a demo city, and whether its making came to its end.
MARK = VAR / "demo-city"
UNFINISHED = "unfinished"


def meicheng(*words: str) -> None:
    """Run one of the product's commands; raise `Failed` when it fails."""
    done = subprocess.run([MEICHENG, *words], cwd=ROOT)
    if done.returncode:
        raise Failed(f"meicheng {' '.join(words)} ended with exit code {done.returncode}")


def make_if_absent() -> None:
    """Make the city unless it stands; begin again one whose making was broken off."""
    if MARK.exists() and MARK.read_text(encoding="utf-8").strip() == UNFINISHED:
        print("• the last demo city was not finished; making it again", flush=True)
        throw_away()
    if DATABASE.exists():
        meicheng("migrate")
        return
    VAR.mkdir(parents=True, exist_ok=True)
    MARK.write_text(UNFINISHED, encoding="utf-8")
    meicheng("migrate")
    print(f"• the demo city ({SIZE})", flush=True)
    meicheng("demo", "make", "--size", SIZE, "--seed", SEED)
    MARK.write_text(f"{SIZE} seed {SEED}", encoding="utf-8")


def throw_away() -> None:
    """Remove the demo city's database and files; refuse what is not a demo city."""
    if DATABASE.exists() and not MARK.exists():
        raise Failed(
            f"{DATABASE} was not made by `make demo`, so it is left alone.\n"
            "Name another folder for the demo city: MEICHENG_VAR=/some/folder make demo"
        )
    for path in [DATABASE, *(DATABASE.with_name(DATABASE.name + end) for end in ("-wal", "-shm"))]:
        path.unlink(missing_ok=True)
    shutil.rmtree(VAR / "files", ignore_errors=True)
    MARK.unlink(missing_ok=True)


def need_port(port: int) -> None:
    """Raise `Failed` when somebody else serves on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Failed(
                f"Port {port} is taken; choose another: PORT={port + 1} make demo"
            ) from None


def serve(port: int) -> None:
    """Serve the city and run its tasks until Ctrl-C."""
    server = subprocess.Popen([MEICHENG, "serve", "--host", HOST, "--port", str(port)], cwd=ROOT)
    worker = subprocess.Popen([MEICHENG, "worker"], cwd=ROOT)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.send_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        serving.until_ready(f"http://{HOST}:{port}/readyz", server)
        meicheng("demo", "welcome", "--address", f"http://{HOST}:{port}/")
        server.wait()
    finally:
        serving.end(server, worker, seconds=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["start", "reset"])
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    if os.environ.pop("DATABASE_URL", None):
        print(f"• DATABASE_URL is set aside: the demo city is kept in {DATABASE}", flush=True)
    need_port(arguments.port)
    if arguments.what == "reset":
        throw_away()
    make_if_absent()
    serve(arguments.port)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
