"""Months as numbers: 202609."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.places.time import city_day


def parse_month(text: str) -> int:
    """A month from "2026-09" or "202609"; raises ValueError with what was expected."""
    digits = text.replace("-", "")
    if len(digits) != 6 or not digits.isdecimal() or not 1 <= int(digits[4:]) <= 12:
        raise ValueError(_("“%(text)s” is not a month; expected 2026-09") % {"text": text[:20]})
    if int(digits[:4]) < 2000:
        raise ValueError(_("“%(text)s” is before the year 2000") % {"text": text[:20]})
    return int(digits)


def before(month: int, count: int = 1) -> int:
    """The month `count` months earlier (later where negative).

    >>> before(202601), before(202603, 12), before(202612, -1)
    (202512, 202503, 202701)
    """
    index = month // 100 * 12 + month % 100 - 1 - count
    return index // 12 * 100 + index % 12 + 1


def bounds(month: int) -> tuple[datetime, datetime]:
    """Its first instant and that of the next month, in the city's time."""
    zone = timezone.get_current_timezone()
    following = before(month, -1)
    return (
        datetime(month // 100, month % 100, 1, tzinfo=zone),
        datetime(following // 100, following % 100, 1, tzinfo=zone),
    )


def current_month(at: datetime | None = None) -> int:
    """The month that is running in the city."""
    day = city_day(at or timezone.now())
    return day.year * 100 + day.month


def last_day(month: int) -> date:
    """Its last day."""
    return (bounds(month)[1] - timedelta(hours=12)).date()
