"""Real workers are killed at any moment while they catch up: nothing is lost or doubled.

Slow, because it starts processes; on PostgreSQL alone there is a server that a second process can
reach while the test looks, on SQLite the copy in a file is as good.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.supervision import catching
from tools import ROOT

CASES = 600
KILLS = 2
# Small batches, so that a kill falls between, before and inside many transactions.
WORKER = (
    "import django; django.setup(); from meicheng.supervision import catching; "
    "catching.BATCH = 20; from meicheng.ledger.worker import work; work()"
)


class Database:
    """The tests' own database on PostgreSQL; on SQLite, where that is in memory, a copy in a file."""

    def __init__(self, folder) -> None:
        self._file = folder / "killed.sqlite3"
        held = connection.settings_dict
        if connection.vendor == "postgresql":
            who = f"{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}"
            self.url = f"postgres://{who}/{held['NAME']}"
        else:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(self._file)])
            self.url = f"sqlite:///{self._file}"

    def number(self, statement) -> int:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0]
        with closing(sqlite3.connect(self._file, timeout=30)) as file:
            return file.execute(statement).fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_workers_killed_while_they_catch_up_lose_and_double_nothing(transactional_db, tmp_path):
    from meicheng.demo.little import City

    city = City()
    city.user("unit-lead", unit=city.unit())
    begun = timezone.now() - timedelta(days=90)
    Case.objects.bulk_create(
        Case(
            number=f"K-{number:05d}", state="in_progress", kind=city.kind(), unit=city.unit(),
            division=city.division(), district=city.division("LC"), limit="4wh",
            reported_at=begun, dispatched_at=begun, due_at=begun + timedelta(days=1),
        )
        for number in range(CASES)
    )  # fmt: skip
    while catching.adopt(begun.date()):
        pass
    database = Database(tmp_path)
    environment = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("MEICHENG_", "PYTEST_"))},
        "DATABASE_URL": database.url,
        "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
        "MEICHENG_VAR": str(tmp_path),
    }
    chance = random.Random(5)

    def waiting() -> int:
        return database.number("SELECT count(*) FROM supervision_clock WHERE next_at IS NOT NULL")

    killed_inside = 0
    for round_ in range(KILLS + 1):
        before = waiting()
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment)
        deadline = time.monotonic() + 90
        goal = 0 if round_ == KILLS else before - chance.randrange(1, CASES // (KILLS + 2))
        while waiting() > goal:
            assert worker.poll() is None, "the worker ended by itself"
            assert time.monotonic() < deadline, "it did not come to pass in time"
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed_inside += 0 < waiting() < CASES
    assert killed_inside == KILLS
    rows = database.number("SELECT count(*) FROM supervision_timewarning") + database.number(
        "SELECT count(*) FROM supervision_supervision"
    )
    events = database.number(
        "SELECT count(*) FROM ledger_event WHERE verb IN ('time_warning', 'supervised')"
    )
    heads = database.number("SELECT sum(events_count) FROM supervision_clock")
    assert rows == events == heads == 6 * CASES
