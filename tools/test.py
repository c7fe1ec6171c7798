"""Everything that must hold, one check after the other: `make test`.

All checks run even when an early one fails; a summary closes the output. A test that was skipped
counts as failed: nothing is left out in silence. `python -m tools.test NAME ...` runs some of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT, Failed, browser, documents, frontend, locks, messages, postgres

SCRIPTS = Path(sys.executable).parent
NO_TESTS = 5
KEPT = {"MEICHENG_TEST_BROWSER", "MEICHENG_SHARED_DATA"}  # the machine's, not the product's
WORKERS = "2"
PATIENCE = 20 * 60  # seconds after which a run of pytest hangs rather than works


@dataclass
class Count:
    """What a run of pytest counted."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Count) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


COUNT = Count()


def run(*words: str | Path, **environment: str) -> None:
    """Run a program in the root folder; raise `Failed` when it fails."""
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **environment})
    if done.returncode:
        raise Failed(f"{Path(words[0]).name} ended with exit code {done.returncode}")


def formatting() -> None:
    run(SCRIPTS / "ruff", "format", "--check", ".")


def lint() -> None:
    run(SCRIPTS / "ruff", "check", ".")


def types() -> None:
    with scratch() as environment:
        run(SCRIPTS / "mypy", **environment)


def floors() -> None:
    run(SCRIPTS / "lint-imports", "--no-cache")


def migrations() -> None:
    with scratch() as environment:
        meicheng = SCRIPTS / "meicheng"
        run(meicheng, "check", **environment)
        run(meicheng, "manage", "makemigrations", "--check", "--dry-run", **environment)


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """An environment whose files and database are thrown away, and no setting of the user's."""
    for name in [name for name in os.environ if name.startswith("MEICHENG_")]:
        if name not in KEPT:
            del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="meicheng-test-") as folder:
        yield {"MEICHENG_VAR": folder}


def pytest(*words: str, on_postgres: bool = False) -> None:
    """Run some tests on SQLite or on a fresh PostgreSQL server, in parallel."""
    with ExitStack() as stack:
        environment = stack.enter_context(scratch())
        report = Path(environment["MEICHENG_VAR"]) / "report.xml"
        if on_postgres:
            environment["DATABASE_URL"] = stack.enter_context(postgres.server())
        # While the tests are collected; who needs it before it is there waits for it.
        make = [sys.executable, "-m", "tools.migrated"]
        stack.enter_context(subprocess.Popen(make, cwd=ROOT, env={**os.environ, **environment}))
        command: list[str | Path] = [
            *(
                SCRIPTS / "pytest",
                "-q",
                "-n",
                WORKERS,
                "--dist",
                "worksteal",
                "-p",
                "no:cacheprovider",
            ),
            *("--durations=5", f"--junitxml={report}", *words),
        ]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **environment}, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            COUNT.failed += 1
            raise Failed(f"the tests did not end within {PATIENCE // 60} minutes") from None
        count = counted(report)
    COUNT.add(count)
    if done.returncode == NO_TESTS:
        raise Failed("pytest found no test")
    if done.returncode:
        raise Failed(f"{count.failed} of {count.failed + count.passed} tests failed")
    if count.skipped:
        raise Failed(f"{count.skipped} tests were skipped; a test runs or is not there")


def counted(report: Path) -> Count:
    """The counts in pytest's XML report; one failure when it wrote none."""
    if not report.exists():
        return Count(failed=1)
    count = Count()
    for suite in xml.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        count.add(Count(total - failed - skipped, failed, skipped))
    return count


def on_sqlite() -> None:
    pytest("-m", "not browser", "--doctest-modules")


def on_postgres() -> None:
    """With the tests in Chromium, which leave a processor to others while they wait for pages."""
    path = browser.provide()
    chosen = "database and not one_database or browser"
    pytest("-m", chosen, f"--browser-path={path}", on_postgres=True)


CHECKS: dict[str, tuple[str, Callable[[], None]]] = {
    "locks": ("Dependencies pinned, no server named", locks.check),
    "format": ("Format of Python sources", formatting),
    "lint": ("Lint", lint),
    "imports": ("Import contracts: no floor uses one above", floors),
    "types": ("Types of Python sources", types),
    "scripts": ("Types of TypeScript sources", frontend.check),
    "messages": ("Both languages complete", messages.check),
    "documents": ("Documents build, their links lead somewhere", documents.check),
    "migrations": ("Settings and migrations", migrations),
    "sqlite": ("Tests on SQLite", on_sqlite),
    "postgres": ("Database tests on PostgreSQL, and tests in Chromium", on_postgres),
}


def main(names: list[str]) -> int:
    """Run the named checks, or all; 0 when every one holds."""
    if {"-h", "--help"} & set(names):
        checks = "\n".join(f"  {name:10} {title}" for name, (title, _check) in CHECKS.items())
        print(f"{__doc__}\n{checks}")
        return 0
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    results: list[tuple[str, str, float]] = []
    for name in names or CHECKS:
        title, check = CHECKS[name]
        print(f"\n━━ {title} ({name}) {'━' * max(1, 70 - len(title) - len(name))}", flush=True)
        start = time.monotonic()
        try:
            check()
            fault = ""
        except Failed as failure:
            fault = str(failure)
            print(fault, flush=True)
        except subprocess.CalledProcessError as failure:
            fault = f"{failure.cmd[0]} ended with exit code {failure.returncode}"
            print(fault, flush=True)
        results.append((title, fault, time.monotonic() - start))
    print(f"\n━━ Summary {'━' * 64}")
    for title, fault, seconds in results:
        reason = f"  {fault.splitlines()[-1][:100]}" if fault else ""
        print(f"{'✗' if fault else '✓'} {seconds:6.1f} s  {title}{reason}")
    broken = sum(bool(fault) for _, fault, _ in results)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{len(results) - broken} of {len(results)} checks hold, {minutes} min {seconds} s")
    if COUNT.passed + COUNT.failed + COUNT.skipped:
        print(f"tests: {COUNT.passed} passed, {COUNT.failed} failed, {COUNT.skipped} skipped")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(main(sys.argv[1:]))
