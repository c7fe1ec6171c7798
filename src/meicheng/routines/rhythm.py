"""On which days a routine falls: derived from the calendar alone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

HIGHEST = {"working": 0, "weekly": 7, "days": 180, "monthly": 31}


def days_of(
    rhythm: str,
    number: int,
    *,
    since: date,
    first: date,
    last: date,
    works: Callable[[date], bool],
) -> list[date]:
    """The days from `first` to `last` on which a routine falls, none before `since`.

    `number` is nothing for "working" (every working day, as `works` tells), the day of the week
    (1 is Monday) for "weekly", n for every n "days" from `since` on, and the day of the month for
    "monthly"; a shorter month has it on its last day.

    >>> from datetime import date
    >>> def days(rhythm, number):
    ...     found = days_of(rhythm, number, since=date(2026, 1, 30), first=date(2026, 1, 1),
    ...                     last=date(2026, 3, 1), works=lambda day: day.isoweekday() < 6)
    ...     return [f"{day:%m-%d}" for day in found[:3]]
    >>> days("weekly", 5), days("days", 10), days("monthly", 31), days("working", 0)
    (['01-30', '02-06', '02-13'], ['01-30', '02-09', '02-19'], ['01-31', '02-28'], ['01-30', '02-02', '02-03'])
    """
    first = max(first, since)
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    if rhythm == "working":
        return [day for day in days if works(day)]
    if rhythm == "weekly":
        return [day for day in days if day.isoweekday() == number]
    if rhythm == "days":
        return [day for day in days if (day - since).days % number == 0]
    return [day for day in days if day.day == min(number, monthrange(day.year, day.month)[1])]


def thinner(rhythm: str, number: int, *, today: date) -> tuple[str, int, date] | None:
    """The next rarer rhythm, its number, and the day from which it counts; None where it is rare.

    >>> from datetime import date
    >>> thinner("working", 0, today=date(2026, 11, 25))  # a Wednesday
    ('weekly', 4, datetime.date(2026, 11, 26))
    >>> thinner("weekly", 5, today=date(2026, 11, 25))
    ('days', 14, datetime.date(2026, 12, 4))
    """
    tomorrow = today + timedelta(days=1)
    if rhythm == "working":
        return "weekly", min(tomorrow.isoweekday(), 5), tomorrow
    if rhythm == "weekly":  # not the very next one: that would thin nothing at first
        return "days", 14, tomorrow + timedelta(days=(number - tomorrow.isoweekday()) % 7 + 7)
    if rhythm == "days" and number * 2 <= HIGHEST["days"]:
        return "days", number * 2, today + timedelta(days=number)
    return None
