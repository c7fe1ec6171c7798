"""Real workers are killed at any moment, against a real mail server and a real web server.

Slow, because it starts three processes: what it holds shows nowhere else.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from meicheng.notices.actions import choose, notify
from meicheng.notices.models import Delivery
from meicheng.notices.webhooks.actions import make_endpoint, try_endpoint
from tools import ROOT

from .servers import http_server, mail_server

KILLS = 2
EACH = 60


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

    def run(self, statement):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file, timeout=30)) as file, file:
            return file.execute(statement).fetchall()

    def let_leases_run_out(self) -> None:
        """As if the minutes had passed that others wait for a worker which is gone."""
        at = timezone.now().strftime("%Y-%m-%d %H:%M:%S")
        zone = "+00" if connection.vendor == "postgresql" else ""
        for table in ("notices_delivery", "notices_message"):
            self.run(f"UPDATE {table} SET due_at = '{at}{zone}' WHERE state = 'waiting'")
        self.run("UPDATE notices_endpoint SET not_before = NULL")

    def waiting(self) -> int:
        counts = [
            self.run(f"SELECT count(*) FROM {table} WHERE state = 'waiting'")[0][0]
            for table in ("notices_delivery", "notices_message")
        ]
        return sum(counts)


def until(condition) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_any_moment_lose_nothing_and_double_at_most_one_a_kill(
    transactional_db, settings, tmp_path
):
    from meicheng.demo.little import City

    city = City()
    settings.MAIL, settings.PRIVATE_WEBHOOKS = True, ["127.0.0.0/8"]
    lead, desk = city.user("unit-lead"), city.user("dispatcher")
    for person in (lead, desk):
        person.email = f"{person.username}@city.example"
        person.save()
    choose(desk, chosen={}, digest="daily")
    for number in range(EACH):
        for person in (lead, desk):
            notify(to=[person], kind="case.mention", title="m", link="/", key=f"{person}{number}")
    with mail_server() as mails, http_server() as web:
        endpoint, _secret = make_endpoint(
            city.user("creation-office"), name="x", url=web.url, events=["list.made"]
        )
        for _number in range(EACH):
            try_endpoint(endpoint.made_by, endpoint)
        codes = set(endpoint.messages.values_list("code", flat=True))
        Delivery.objects.update(due_at=timezone.now())
        database = Database(tmp_path)
        environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith(("MEICHENG_", "PYTEST_"))},
            "DATABASE_URL": database.url,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_VAR": str(tmp_path),
            "MEICHENG_MAIL": f"smtp://{mails.host}:{mails.port}?tls=0",
            "MEICHENG_PERSONAL_DATA_KEYS": ",".join(django_settings.PERSONAL_DATA_KEYS),
            "MEICHENG_PRIVATE_WEBHOOKS": "127.0.0.0/8",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        command = [sys.executable, "-m", "meicheng", "worker"]
        chance = random.Random(20261125)

        def taken() -> int:
            return len(mails.mails) + len(web.posts)

        for turn in range(KILLS + 1):
            with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
                if turn < KILLS:
                    enough = taken() + chance.randrange(1, EACH // 3)
                    until(lambda enough=enough: taken() >= enough)
                    worker.send_signal(signal.SIGKILL)
                else:
                    until(lambda: database.waiting() == 0)
                    worker.send_signal(signal.SIGTERM)
                worker.wait()
            database.let_leases_run_out()
    sent = Counter(mail["Message-ID"] for mail in mails.mails)
    posted = Counter(post.headers["webhook-id"] for post in web.posts)
    digests = [mail for mail in mails.mails if mail["To"].startswith("dispatcher")]
    assert len(sent) == EACH + 1, "each notice in its mail, and one digest"
    assert set(posted) == codes
    assert len({mail["Message-ID"] for mail in digests}) == 1
    for counts in (sent, posted):
        assert sum(counts.values()) - len(counts) <= KILLS
    assert database.run("SELECT DISTINCT state FROM notices_delivery") == [("sent",)]
    assert database.run("SELECT DISTINCT state FROM notices_message") == [("delivered",)]
