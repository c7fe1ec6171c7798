"""Users at work while workers are killed; every count agrees with what the users were told.

    MEICHENG_BENCH_MINUTES=10 MEICHENG_BENCH_USERS=50 python -m tools.bench soak

Dispatchers, workers, verifiers, the creation office, a hotline's system and citizens work by HTTP on
the real server (granian) and PostgreSQL, and two `meicheng worker` are killed (SIGKILL) at random
and started again. `book` notes what each user was told; `checks` compares the database with it at
the end. Exit code 1 when anything disagrees. Runs only when it is named.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from tools import ROOT, Failed, serving
from tools.bench import database, percentile, record

MINUTES = float(os.environ.get("MEICHENG_BENCH_MINUTES", "1"))
USERS = int(os.environ.get("MEICHENG_BENCH_USERS", "10"))
SEED = int(os.environ.get("MEICHENG_BENCH_SEED", "1"))
WORKERS = 2
KILL_EVERY = 8.0  # seconds on average
IMPORT_EVERY, ROWS = 10.0, 200
SEEDS = 60  # cases that come to the end of their limit while it runs
# Of an hour: so that much is passed in minutes.
RUNGS = [(1, "yellow", "", ""), (2, "orange", "", ""), (4, "orange", "", ""), (10, "red", "", ""),
         (100, "red", "", ""), (101, "", "unit-lead", ""), (103, "", "district-lead", "yellow"),
         (106, "", "city-lead", "red")]  # fmt: skip
# Of ten users, in turns.
SHARES = ["dispatcher", "unit-worker", "citizen", "verifier", "unit-worker", "hotline",
          "creation-office", "citizen", "unit-lead", "dispatcher"]  # fmt: skip
IN_UNITS = {"unit-worker", "unit-lead"}
SCOPES = ["cases:read", "cases:write", "reports:read", "reports:write"]


def main() -> None:
    """Work, kill, settle, compare; exit code 1 when something disagrees."""
    from meicheng.notices.tests.servers import mail_server

    with (
        tempfile.TemporaryDirectory(prefix="meicheng-soak-") as folder,
        database() as url,
        mail_server() as mails,
    ):
        os.environ |= {
            "MEICHENG_VAR": folder,
            "MEICHENG_MAIL": f"smtp://{mails.host}:{mails.port}?tls=0",
            "MEICHENG_REPORTS_PER_HOUR": "1000000",
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
        }
        import django

        django.setup()
        found = soak(Path(folder), mails, url)
    if found:
        sys.exit(1)


def soak(folder: Path, mails: Any, url: str) -> list[str]:
    """The whole run; what disagrees at the end."""
    from django.core.management import call_command
    from django.utils import timezone

    from meicheng.cases.actions import MOMENT
    from meicheng.ledger.models import Event
    from meicheng.organisation.models import Membership

    from .book import Book
    from .checks import Around, disagreements

    call_command("migrate", verbosity=0)
    chance = random.Random(SEED)
    city = make_city()
    meicheng("worker", "--once")  # followers begin with what comes now
    first = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    seeds = make_seeds(city, chance)
    seeded = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or first
    book, stop = Book(), threading.Event()
    crew = Crew(folder, random.Random(SEED))
    with served(folder / "server.log") as port, crew.at_work():
        address = f"http://127.0.0.1:{port}"
        people = make_people(city, address, book, stop)
        working = [threading.Thread(target=one.work, daemon=True) for one in people]
        working += [threading.Thread(target=import_files, args=(city, book, stop), daemon=True)]
        began = time.monotonic()
        for thread in working:
            thread.start()
        crew.kill_until(began + MINUTES * 60)
        stop.set()
        for thread in working:
            thread.join(200)
        took = time.monotonic() - began
    time.sleep(MOMENT.total_seconds() + 1)  # mails wait until nobody can take the answer back
    settle()
    looked_at = timezone.now()
    meicheng("worker", "--once")
    around = Around(
        leads={
            code: [one.user_id for one in Membership.objects.filter(role="unit-lead", unit=unit)]
            for code, unit in city.units.items()
        },
        desk=[person.pk for key, person in city._users.items() if key[0] == "dispatcher"],
        seeds=seeds,
        first_event=seeded,
        mails=[
            (str(mail["Message-ID"]).strip("<> ").partition("@")[0], to)
            for mail, to in zip(mails.mails, mails.to, strict=True)
        ],
        kills=crew.kills,
        looked_at=looked_at,
    )
    found = list(disagreements(book, around))
    for words in (["ledger", "rebuild", "--check"], ["ledger", "verify"], ["ledger", "followers"]):
        code, said = meicheng(*words)
        if code:
            found.append(f"meicheng {' '.join(words)}: {said.strip()[-600:]}")
    tell(book, around, took, found, url)
    return found


def tell(book: Any, around: Any, took: float, found: list[str], url: str) -> None:
    """Print and keep what happened, and every disagreement."""
    from meicheng.cases.models import Case
    from meicheng.notices.models import Letter, Notice
    from meicheng.supervision.models import Supervision, TimeWarning
    from meicheng.voices.models import Report

    from .checks import story_of

    answers = dict(sorted(book.answers.items()))
    sums: dict[str, int] = {}
    for words, count in answers.items():
        kind = words.partition(":")[0]
        sums[kind] = sums.get(kind, 0) + count
    copies = len(around.mails) - len({mail for mail, _to in around.mails})
    record(
        "soak",
        {
            "users": USERS,
            "minutes": round(took / 60, 1),
            "kills": around.kills,
            "requests": len(book.seconds),
            "requests_per_second": round(len(book.seconds) / took, 1),
            "p50_ms": round(median(book.seconds) * 1000),
            "p95_ms": round(percentile(book.seconds, 0.95) * 1000),
            "answers": sums,
            "refused": {k: v for k, v in answers.items() if not k.startswith("ok")},
            "steps_told": sum(map(len, book.steps.values())),
            "cases": Case.objects.count(),
            "reports": Report.objects.count(),
            "notices": Notice.objects.count(),
            "letters": Letter.objects.count(),
            "mails": len(around.mails),
            "mails_that_came_again": copies,
            "warnings": TimeWarning.objects.count(),
            "supervisions": Supervision.objects.count(),
            "imports": len(book.imported),
            "disagreements": found,
        },
        database_url=url,
    )
    print(f"  {len(found)} disagreements")
    for words in found[:50]:
        print(f"  ✗ {words}")
        if story := story_of(words):
            print(f"    {story}")


def make_city() -> Any:
    """The little city with limits of an hour by the clock, and somebody in every office."""
    from django.utils import timezone

    from meicheng.demo.little import City
    from meicheng.standards.models import CaseKind
    from meicheng.supervision.ladder import Rung, checked, written
    from meicheng.supervision.models import Rules

    city = City()
    for kind in city.kinds.values():
        kind.stages = [{"do": {"zh": "处置", "en": "solve"}, "limit": "1h"}]
    CaseKind.objects.bulk_update(city.kinds.values(), ["stages"])
    Rules.objects.create(
        rungs=written(checked(Rung(*row) for row in RUNGS)), made_at=timezone.now()
    )
    for code, unit in city.units.items():
        lead = city.user("unit-lead", unit=unit)
        lead.email = f"lead-{code}@city.example"
        lead.save(update_fields=["email"])
    for district in city.districts:
        city.user("district-lead", division=district)
    for role in ("city-lead", "dispatcher", "creation-office", "verifier"):
        city.user(role)
    city.site(name="测量点")
    return city


def make_seeds(city: Any, chance: random.Random) -> set[str]:
    """Cases that were dispatched about an hour ago, by the product's own steps; their numbers."""
    from django.utils import timezone

    now, numbers = timezone.now(), set()
    places = [one for one in city.divisions.values() if one.level == "community"]
    for _ in range(SEEDS):
        ago = timedelta(minutes=60 - chance.uniform(0, MINUTES + 1))
        place = chance.choice(places)
        with mock.patch("django.utils.timezone.now", return_value=now - ago):
            case = city.case("lamp-out", state="registered", division=place)
            unit = city.unit(district=place.district.code)
            numbers.add(city.take(case, "dispatch", unit=unit).number)
    return numbers


def make_people(city: Any, url: str, book: Any, stop: threading.Event) -> list[Any]:
    """The users in their shares, each with a token where the role has one."""
    from meicheng.accounts.tokens import make_token
    from meicheng.demo.little import SIDE, SOUTH, WEST

    from .people import Citizen, Hotline, Staff

    draw = random.Random(SEED)
    spots = [
        (round(WEST + draw.random() * 3 * SIDE, 6), round(SOUTH + draw.random() * SIDE, 6))
        for _ in range(USERS * 8)
    ]
    found: list[Any] = []
    for number in range(USERS):
        role = SHARES[number % len(SHARES)]
        common = {"url": url, "book": book, "chance": random.Random(SEED + number), "stop": stop}
        if role == "citizen":
            found.append(Citizen(**common, spots=spots, name=f"c{number}"))
            continue
        account = "dispatcher" if role == "hotline" else role
        unit = city.unit(district=["LC", "XC", "SF"][number % 3])
        where = {"unit": unit} if role in IN_UNITS else {}
        person = city.user(account, **where, name=f"{role}{number}")
        _row, token = make_token(person, f"soak {number}", SCOPES)
        district = unit.division.code if role in IN_UNITS else ""
        more = {"role": account, "pk": person.pk, "token": token, "district": district}
        if role == "hotline":
            found.append(Hotline(**common, **more, spots=spots))
        else:
            found.append(Staff(**common, **more))
    return found


def import_files(city: Any, book: Any, stop: threading.Event) -> None:
    """Start an import of observations every few seconds, as the page of imports does."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import connection
    from django.utils import timezone

    from meicheng.exchange.actions import send_file, start
    from meicheng.places.models import Site

    office, site = city.user("creation-office"), Site.objects.get()
    began, count = timezone.localtime(timezone.now() - timedelta(days=30)), 0
    while not stop.wait(IMPORT_EVERY):
        lines = ["item,subject,observed_at,value,key"]
        for row in range(ROWS):
            at = began + timedelta(minutes=count * ROWS + row)
            lines.append(f"swept,{site.code},{at:%Y-%m-%d %H:%M},yes,soak-{count}-{row}")
        sent = SimpleUploadedFile(f"soak-{count}.csv", "\n".join(lines).encode())
        run = start(send_file(sent, kind="observations", by=office), check_only=False, by=office)
        book.imported[run.pk] = ROWS
        count += 1
    connection.close()


class Crew:
    """Workers that are killed at random while they work, and started again."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.kills = 0
        self._folder, self._chance, self._started = folder, chance, 0
        self._workers: list[tuple[subprocess.Popen[bytes], Path]] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Workers run inside this block; at its end they are told to stop."""
        self._workers = [self._start() for _ in range(WORKERS)]
        try:
            yield
        finally:
            serving.end(*(worker for worker, _log in self._workers), seconds=120)

    def kill_until(self, end: float) -> None:
        """Kill one of them now and then until a moment of the monotonic clock.

        One that is still starting is left: it has nothing to lose yet.
        """
        while True:
            pause = self._chance.expovariate(1 / KILL_EVERY)
            left = end - time.monotonic()
            if pause >= left:
                time.sleep(max(0.0, left))
                return
            time.sleep(pause)
            which = self._chance.randrange(WORKERS)
            worker, log = self._workers[which]
            if worker.poll() is not None:
                raise Failed(f"a worker ended by itself: {log.read_text()[-2000:]}")
            if "The worker runs" in log.read_text():
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                self.kills += 1
                self._workers[which] = self._start()

    def _start(self) -> tuple[subprocess.Popen[bytes], Path]:
        self._started += 1
        path = self._folder / f"worker-{self._started}.log"
        command = [sys.executable, "-m", "meicheng", "worker"]
        with path.open("wb") as log:
            return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log), path


@contextmanager
def served(log: Path) -> Iterator[int]:
    """The server as `meicheng serve` starts it; its port."""
    port = serving.free_port()
    with log.open("wb") as output:
        command = [sys.executable, "-m", "meicheng", "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        serving.until_ready(f"http://127.0.0.1:{port}/healthz", server, log)
        yield port
    finally:
        serving.end(server)


def settle() -> None:
    """Do what waits. Nobody waits for the leases of the killed: what they held is due at once."""
    from django.utils import timezone

    from meicheng.exchange.models import STALE, ImportRun
    from meicheng.notices.models import Delivery

    for _ in range(3):
        Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
        states = [ImportRun.State.RUNNING, ImportRun.State.WAITING]
        ImportRun.objects.filter(state__in=states).update(moved_at=timezone.now() - 2 * STALE)
        code, said = meicheng("worker", "--once")
        if code:
            raise Failed(f"meicheng worker --once ended with {code}: {said[-2000:]}")


def meicheng(*words: str) -> tuple[int, str]:
    """Exit code and output of a command of the product."""
    command = [sys.executable, "-m", "meicheng", *words]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    main()
