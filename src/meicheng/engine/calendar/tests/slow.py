"""The same answers, found by walking through the minutes one by one: slow and plain to see."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from chinese_calendar import is_workday

MINUTE = timedelta(minutes=1)
HOURS = ((time(8, 30), time(12)), (time(14), time(18)))


@cache
def works(day: date) -> bool:
    return is_workday(day)


def is_open(at: datetime) -> bool:
    return works(at.date()) and any(opens <= at.time() < closes for opens, closes in HOURS)


def due_after_minutes(start: datetime, minutes: int) -> datetime:
    """The end of the minute in which the last of `minutes` open minutes is used."""
    at = start
    while minutes:
        if is_open(at):
            minutes -= 1
        at += MINUTE
    return at


def due_after_days(start: datetime, days: int) -> datetime:
    at = start
    while not is_open(at):
        at += MINUTE
    day = at.date()
    while days:
        day += timedelta(days=1)
        days -= works(day)
    return datetime.combine(day, at.timetz())


def open_minutes(begin: datetime, end: datetime) -> int:
    at, count = begin, 0
    while at < end:
        count += is_open(at)
        at += MINUTE
    return count
