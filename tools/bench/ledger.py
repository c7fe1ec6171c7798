"""How long a city's events take to be verified, beside reading them and hashing their text.

`MEICHENG_BENCH_EVENTS` says how many; a city of a million cases has about nine million. At the end
one event among them is changed and has to be named.
"""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tools import Failed
from tools.bench import product, record, stopwatch

EVENTS = int(os.environ.get("MEICHENG_BENCH_EVENTS", "1000000"))
STEPS = ("opened", "register", "dispatch", "accept", "start", "resolve", "verify", "close", "rated")
TOGETHER = 1000  # chains written in one statement


def main() -> None:
    """Write the events, verify them, read them bare, change one."""
    with product() as url:
        from django.db import connection

        from meicheng.ledger.models import Event
        from meicheng.ledger.verify import verify

        chains = EVENTS // len(STEPS)
        for first in range(0, chains, TOGETHER):
            Event.objects.bulk_create(events(range(first, min(chains, first + TOGETHER))))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ledger_event")
        before = memory()
        with stopwatch() as own:
            found = verify()
        if found.found or found.chains != chains:
            raise Failed(f"{found.found} faults in {found.chains} of {chains} chains")
        grown = memory() - before
        with stopwatch() as bare:
            plain()
        Event.objects.filter(chain=f"bench:{chains // 2}", sequence=4).update(verb="resolve")
        named = [fault.chain for fault in verify().faults]
        if named != [f"bench:{chains // 2}"]:
            raise Failed(f"one event was changed, and named were {named}")
        results: dict[str, object] = {
            "events": found.events,
            "seconds": round(own.seconds, 1),
            "events_per_second": round(found.events / own.seconds),
            "memory_grew_mb": round(grown),
            "plain_seconds": round(bare.seconds, 1),
            "times_plain": round(own.seconds / bare.seconds, 2),
        }
        record("ledger", results, database_url=url)


def events(numbers: range) -> Iterator[Any]:
    """The events of these chains, each linked to the one before."""
    from django.utils import timezone

    from meicheng.ledger.events import make_event

    begin = timezone.now() - timedelta(days=700)
    for number in numbers:
        before = ""
        for place, verb in enumerate(STEPS, 1):
            event = make_event(
                chain=f"bench:{number}",
                sequence=place,
                previous_hash=before,
                verb=verb,
                at=begin + timedelta(minutes=number + place),
                by_name="值班员",
                data={
                    "remark": f"第{number}处，已安排处理",
                    "unit": number % 90,
                    "photos": [number],
                },
            )
            before = event.hash
            yield event


def plain() -> None:
    """Read the same rows in the same order, and hash each one's text."""
    from django.db import connection

    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT chain, sequence, verb, at, by_id, by_name, data, previous_hash, hash "
            "FROM ledger_event ORDER BY chain, sequence"
        )
        while rows := cursor.fetchmany(2000):
            for row in rows:
                hashlib.sha256(repr(row).encode()).hexdigest()


def memory() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
