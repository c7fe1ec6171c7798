"""Days and months in the city's own time."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone


def city_day(at: datetime) -> date:
    """The calendar day in the city at this instant."""
    return timezone.localtime(at).date()


def month_of(at: datetime) -> int:
    """The month in the city at this instant, as a number.

    >>> from datetime import timezone as tz
    >>> month_of(datetime(2026, 8, 31, 17, 0, tzinfo=tz.utc))  # already September in Shanghai
    202609
    """
    day = city_day(at)
    return day.year * 100 + day.month


def midnight(day: date) -> datetime:
    """The instant at which a day of the city begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def months_later(month: int, by: int) -> int:
    """The month `by` months later, or earlier where it is below 0.

    >>> months_later(202611, 3), months_later(202607, -12)
    (202702, 202507)
    """
    index = month // 100 * 12 + month % 100 - 1 + by
    return index // 12 * 100 + index % 12 + 1


def today() -> date:
    """The day in the city now."""
    return city_day(timezone.now())
