"""Full lives of cases per second on PostgreSQL, beside bare updates of two rows a step.

A life is what the product writes in 8 steps: opened, registered, dispatched, accepted, started,
reported done, verified, closed; each one transaction with its lock, permission, conditions, event in the chain,
counts and search text. The plain life is as many transactions that lock a row, update it and insert
a row of log. Both take turns in one process with one connection; a profile of the product's lives
says where the time goes.
"""

from __future__ import annotations

import cProfile
import os
import pstats
from statistics import median
from typing import Any

from tools import Failed
from tools.bench import product, record, stopwatch

LIVES = int(os.environ.get("MEICHENG_BENCH_LIVES", "40"))
ROUNDS = 5
STEPS = 8


def main() -> None:
    """Measure both ways in turns and record the medians."""
    with product() as url:
        from django.db import connection

        from meicheng.demo.little import City
        from meicheng.ledger.rebuild import rebuild
        from meicheng.ledger.verify import verify

        city = City()
        city.load_standards()
        people = People(city)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE plain (id bigserial PRIMARY KEY, state text, at timestamptz)"
            )
            cursor.execute(
                "CREATE TABLE plain_log (id bigserial PRIMARY KEY, row bigint, state text)"
            )
        rounds: dict[str, list[float]] = {"product": [], "plain": []}
        live(people, 5)
        plain(5)
        for _ in range(ROUNDS):
            for name, way in (
                ("product", lambda: live(people, LIVES)),
                ("plain", lambda: plain(LIVES)),
            ):
                with stopwatch() as watch:
                    way()
                rounds[name].append(LIVES / watch.seconds)
        profile = cProfile.Profile()
        profile.runcall(live, people, LIVES)
        statements = counted(people)
        if rebuild(check=True) or verify().found:
            raise Failed("the counts or the chains do not hold")
        own, bare = median(rounds["product"]), median(rounds["plain"])
        results: dict[str, object] = {
            "steps_a_life": STEPS,
            "lives_per_second": round(own, 1),
            "steps_per_second": round(own * STEPS),
            "plain_lives_per_second": round(bare, 1),
            "share_of_plain": round(own / bare, 3),
            "statements_a_life": statements,
            "time_goes_to": shares(profile),
            "rounds": rounds,
        }
        record("lives", results, database_url=url)


class People:
    """Who takes which step; they are known, as in a session that goes on."""

    def __init__(self, city: Any) -> None:
        self.city = city
        self.desk = city.user("dispatcher")
        self.verifier = city.user("verifier")
        self.worker = city.user("unit-worker")
        self.photo = city.photo()


def live(people: People, count: int) -> None:
    """Lead `count` cases from their opening to their closing."""
    from meicheng.cases import actions

    city, desk, worker = people.city, people.desk, people.worker
    for place in range(count):
        case = actions.open_case(
            kind=city.kind("exposed-litter"),
            division=city.division("LC0101"),
            by=desk,
            description=f"第{place}处垃圾",
            longitude=114.272 + place % 30 * 0.001,
            latitude=34.181,
            apart=True,
        )
        case = actions.register_case(case, by=desk)
        case = actions.dispatch_case(case, to=city.unit(), by=desk)
        case = actions.accept_case(case, by=worker)
        case = actions.start_case(case, by=worker)
        case = actions.resolve_case(case, by=worker, photos=[people.photo], remark="已清理")
        case = actions.verify_case(case, by=people.verifier, photos=[people.photo])
        actions.close_case(case, by=desk)


def plain(count: int) -> None:
    """As many transactions that lock a row, update it and write a line of log."""
    from django.db import connection, transaction

    for _ in range(count):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO plain (state, at) VALUES ('0', now()) RETURNING id")
            (key,) = cursor.fetchone()
        for step in range(1, STEPS):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT id FROM plain WHERE id = %s FOR UPDATE", [key])
                cursor.execute("UPDATE plain SET state = %s, at = now() WHERE id = %s", [step, key])
                cursor.execute("INSERT INTO plain_log (row, state) VALUES (%s, %s)", [key, step])


def counted(people: People) -> int:
    """How many SQL statements a life takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        live(people, 1)
    return len(captured)


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """The share of a life's time inside the database's driver, and in parts of the product."""
    stats = pstats.Stats(profile)
    total = stats.total_tt  # type: ignore[attr-defined]
    parts = {
        "waiting for PostgreSQL": ("wait", "psycopg"),
        "lock and read the case": ("lock", "stepping"),
        "permission": ("allow_case", "reaching"),
        "event": ("next_event", "events"),
        "counts": ("count_cases", "ledger/actions"),
        "save the case": ("save", "db/models/base"),
        "search text": ("write_texts", "cases/text"),
    }
    found = {}
    for words, (function, file) in parts.items():
        times = [
            row[3]
            for (path, _line, name), row in stats.stats.items()  # type: ignore[attr-defined]
            if name == function and file in path
        ]
        found[words] = round(max(times, default=0.0) / total, 3)
    return found


if __name__ == "__main__":
    main()
