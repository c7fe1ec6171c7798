"""Numbers of cases: the day and a running number, never given out twice."""

from __future__ import annotations

from datetime import date

from django.db import connection

from .models import NumberCounter


def take_number(day: date, count: int = 1) -> list[str]:
    """The next `count` numbers of the day (1 SQL statement), inside the caller's transaction."""
    return [written(day, serial) for serial in take_serials(day, count)]


def take_serials(day: date, count: int) -> range:
    """The next `count` running numbers of the day (1 SQL statement)."""
    table = NumberCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (day, last) VALUES (%s, %s) "
            f"ON CONFLICT (day) DO UPDATE SET last = {table}.last + excluded.last "
            "RETURNING last",
            [day, count],
        )
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def written(day: date, serial: int) -> str:
    """A case's number as it is written.

    >>> written(date(2026, 11, 23), 1)
    'A-20261123-0001'
    """
    return f"A-{day:%Y%m%d}-{serial:04d}"
