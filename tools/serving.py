"""Servers that are started to be tried: a port for them, until they answer, and until they have ended."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools import Failed

START_SECONDS = 240  # a busy machine starts slowly
END_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_ready(address: str, server: subprocess.Popen[bytes], log: Path | None = None) -> None:
    """Return once something answers at an address; a server that is not ready says 503.

    Raises `Failed` where the server ends or says nothing for `START_SECONDS`.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass  # refused while it starts
        time.sleep(0.1)
    said = "see above" if log is None else log.read_text("utf-8", errors="replace")[-3000:]
    raise Failed(f"the server did not start within {START_SECONDS} s:\n{said}")


def end(*processes: subprocess.Popen[bytes], seconds: float = END_SECONDS) -> None:
    """Ask processes to end, and kill what a busy machine has not ended after some seconds."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
