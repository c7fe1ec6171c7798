"""What the benchmarks share.

A benchmark is a module of this folder with a function `main() -> None`; `make bench` runs all of
them, `python -m tools.bench NAME ...` some. Each measures the product and, in the same run, plain
code doing the same, and hands both to `record`.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import meicheng
from tools import ROOT, postgres

RESULTS = ROOT / "var" / "bench"


@dataclass
class Stopwatch:
    """Seconds between entering and leaving `stopwatch()`."""

    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time a block by the wall clock.

    >>> with stopwatch() as watch:
    ...     pass
    >>> watch.seconds < 1
    True
    """
    watch, start = Stopwatch(), time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - start


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank).

    >>> percentile([10, 20, 30, 40], 0.5)
    20
    >>> percentile(range(1, 101), 0.95)
    95
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to take a percentile of")
    rank = -(-len(ordered) * share // 1)  # rounded up
    return ordered[max(0, int(rank) - 1)]


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Count, median, p95, p99 and maximum of timings, in milliseconds."""
    values = [round(value * 1000, 3) for value in seconds]
    return {
        "count": len(values),
        "p50_ms": percentile(values, 0.50),
        "p95_ms": percentile(values, 0.95),
        "p99_ms": percentile(values, 0.99),
        "max_ms": max(values),
    }


def machine() -> dict[str, object]:
    """The machine that measured: processor, cores, memory, system, Python."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@contextmanager
def database() -> Iterator[str]:
    """A PostgreSQL server with production's guarantees, and DATABASE_URL naming it."""
    before = os.environ.get("DATABASE_URL")
    with postgres.server(durable=True, shared_buffers="1GB", work_mem="16MB") as url:
        os.environ["DATABASE_URL"] = url
        try:
            yield url
        finally:
            if before is None:
                del os.environ["DATABASE_URL"]
            else:
                os.environ["DATABASE_URL"] = before


@contextmanager
def product(**settings: str) -> Iterator[str]:
    """The product in this process, on an empty database of its own; gives the database's address.

    `settings` are more variables of its environment. What it imports is imported inside.
    """
    with tempfile.TemporaryDirectory(prefix="meicheng-bench-") as folder, database() as url:
        os.environ |= {
            "MEICHENG_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            **settings,
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield url


def record(name: str, results: Mapping[str, object], *, database_url: str | None = None) -> Path:
    """Write `var/bench/<name>.json` with the machine named, and print the results."""
    import sqlite3

    used = postgres.version(database_url) if database_url else f"SQLite {sqlite3.sqlite_version}"
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "benchmark": name,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "meicheng": meicheng.__version__,
        "machine": {**machine(), "database": used},
        "results": results,
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for key, value in results.items():
        print(f"  {key}: {value}", flush=True)
    return path
