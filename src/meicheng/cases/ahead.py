"""Numbers and keys of cases, taken ahead of need where many cases come at once.

A day's counter is one row. Whoever takes a number inside a longer transaction holds that row until
the disk has it, and all others wait: a disk that needs 4 ms lets 250 cases a second through, however
many processors there are. So a process takes numbers ahead, in a statement of its own: one at a time
while cases are rare, more the quicker they come. Rare cases are numbered without gaps; after a rush
the numbers that a process did not use are lost.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from .models import Case, NumberCounter
from .numbers import take_serials

MOST = 64
RUSH = 1.0  # seconds; taken again sooner than this, twice as many are taken


@dataclass
class _Store:
    """What waits to be used, and how quickly it goes."""

    waiting: deque[int] = field(default_factory=deque)
    size: int = 1
    taken_at: float = 0.0

    def next_size(self) -> int:
        """How many to take now."""
        now = time.monotonic()
        rush = now - self.taken_at < RUSH
        self.size = min(MOST, self.size * 2) if rush else 1
        self.taken_at = now
        return self.size


_lock = threading.Lock()
_serials: dict[tuple[str, date], _Store] = {}
_keys: dict[str, _Store] = {}


def next_serial(day: date) -> int:
    """A running number of the day that nobody else gets (1 SQL statement, or none)."""
    with _lock:
        place = (_database(), day)
        if place not in _serials:
            _serials.clear()  # yesterday's are of no use
        store = _serials.setdefault(place, _Store())
        if store.waiting:
            return store.waiting.popleft()
        size = store.next_size()
    first, *more = take_serials(day, size)
    with _lock:
        store.waiting.extend(more)
    return first


def put_back(day: date, serial: int) -> None:
    """Let a number that was not needed go to the next case (1 SQL statement).

    Where the counter does not know it, the database was put back to an older state: then nothing
    that was taken ahead holds.
    """
    if not NumberCounter.objects.filter(day=day, last__gte=serial).exists():
        forget()
        return
    with _lock:
        _serials.setdefault((_database(), day), _Store()).waiting.appendleft(serial)


def next_key() -> int:
    """A primary key of a case that nobody else gets (1 SQL statement, or none; PostgreSQL)."""
    with _lock:
        store = _keys.setdefault(_database(), _Store())
        if store.waiting:
            return store.waiting.popleft()
        size = store.next_size()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Case._meta.db_table, size],
        )
        first, *more = [int(row[0]) for row in cursor.fetchall()]
    with _lock:
        store.waiting.extend(more)
    return first


def forget() -> None:
    """Use nothing that was taken ahead: the database below may be another one."""
    with _lock:
        _serials.clear()
        _keys.clear()


def _database() -> str:
    return str(connection.settings_dict["NAME"])
