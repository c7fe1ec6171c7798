"""Up to which event everything is written: what a reader of the events may take as complete."""

from __future__ import annotations

import time

from django.db import connection
from django.db.models import Max

from .models import Event


def settled(*, patience: float = 5.0) -> int | None:
    """The greatest event number below which no event can appear any more; None: not known yet.

    Numbers are given out before the transaction that uses them ends, so on PostgreSQL event 51
    may be there while 50 is still being written; a reader that went on to 51 would never see 50.
    Whoever writes events holds a RowExclusiveLock on their table from before a number is taken
    until the end of the transaction, and `pg_locks` shows it. So: read the highest number, then
    who is writing, and wait (no lock is taken, nobody is held up) until these few are through.
    SQLite has one writer at a time: what is there is complete.

    `patience` is how many seconds to wait for a long transaction; callers try again later.
    """
    highest = Event.objects.aggregate(highest=Max("pk"))["highest"] or 0
    if connection.vendor != "postgresql":
        return highest
    deadline = time.monotonic() + patience
    waiting = _writers()
    while waiting:
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)
        waiting &= _writers()
    return highest


def _writers() -> set[str]:
    """The other transactions that have written, or are about to write, events."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' "
            "AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid() "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND relation = %s::regclass",
            [Event._meta.db_table],
        )
        return {row[0] for row in cursor.fetchall()}
