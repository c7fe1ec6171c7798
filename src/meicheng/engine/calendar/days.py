"""Which days are worked: China's holidays and make-up days, and a city's own on top."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chinese_calendar import constants

_ORIGIN = date(2000, 1, 1).toordinal()
_PUBLISHED = frozenset(day.year for day in constants.holidays)


@dataclass(frozen=True, slots=True)
class DayTable:
    """Working days of whole years, counted once so that any number of them is one look-up.

    Counts start at 1 January 2000, which every table covers; earlier days count below zero. So a
    day has the same count in every table.
    """

    first: int  # ordinal of the first day covered
    worked: bytes  # 1 for a working day, one byte a day
    before: array[int]  # how many working days lie before each day covered
    days: array[int]  # ordinals of the working days, in order

    @property
    def end(self) -> int:
        """The ordinal after the last day covered."""
        return self.first + len(self.worked)


class Days:
    """The working days of a city.

    `own` sets single days: True works, False is free; it wins over the published days. `known`
    names years for which `own` holds the official notice although the library has no data yet.
    """

    def __init__(self, own: Mapping[date, bool] | None = None, known: Iterable[int] = ()) -> None:
        self.own = dict(own or {})
        self._known = _PUBLISHED | frozenset(known)
        self._table = _count(self, 2000, 2030)

    def knows(self, year: int) -> bool:
        """Whether the year's holidays and make-up days are known; if not, weekdays are worked."""
        return year in self._known

    def works(self, day: date) -> bool:
        """Whether this is a working day."""
        own = self.own.get(day)
        if own is not None:
            return own
        if day in constants.workdays:
            return True
        if day in constants.holidays:
            return False
        return day.weekday() < 5

    def table(self, ordinal: int) -> DayTable:
        """A table that covers this day.

        Grown by whole years and put in place in one assignment, so that threads may share it.
        """
        table = self._table
        if table.first <= ordinal < table.end:
            return table
        year = date.fromordinal(ordinal).year
        first = min(year, date.fromordinal(table.first).year)
        last = max(year, date.fromordinal(table.end - 1).year)
        table = self._table = _count(self, first, last)
        return table

    def day(self, count: int) -> int:
        """The ordinal of the working day that has `count` working days before it."""
        table = self._table
        index = count - table.before[0]
        while not 0 <= index < len(table.days):
            # No year has more free days than working days: twice as far is far enough, and a
            # step of at least a year ends soon where a city's own days say otherwise.
            missing = index - len(table.days) + 1 if index > 0 else index
            edge = table.end if index > 0 else table.first - 1
            table = self.table(edge + 2 * missing)
            index = count - table.before[0]
        return table.days[index]


def _count(days: Days, first_year: int, last_year: int) -> DayTable:
    first = date(first_year, 1, 1).toordinal()
    end = date(last_year, 12, 31).toordinal() + 1
    worked = bytes(days.works(date.fromordinal(ordinal)) for ordinal in range(first, end))
    count = -sum(worked[: max(0, _ORIGIN - first)])
    before = array("q")
    ordinals = array("q")
    for offset, works in enumerate(worked):
        before.append(count)
        if works:
            ordinals.append(first + offset)
            count += 1
    return DayTable(first, worked, before, ordinals)
