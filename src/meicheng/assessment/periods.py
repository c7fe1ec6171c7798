"""Periods as people write them: 2026, 2026Q3, 2026-09, 2026-07-15..2026-09-03."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.places.time import city_day, midnight, month_of, months_later

FORM = re.compile(r"(?P<year>20\d\d)(?:Q(?P<quarter>[1-4])|-?(?P<month>0[1-9]|1[0-2]))?")
PAIR = re.compile(r"(?P<first>20\d\d-\d\d-\d\d)\.\.(?P<last>20\d\d-\d\d-\d\d)")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from the first of month `first` to the last of month `last`, such as 202609.

    A pair of dates has `days` as well: its first and its last day, both of which belong to it.
    """

    text: str
    first: int
    last: int
    days: tuple[date, date] | None = None

    @property
    def first_day(self) -> date:
        """The day on which it begins in the city."""
        return self.days[0] if self.days else first_of(self.first)

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.days[1] if self.days else first_of(month_after(self.last)) - DAY

    @property
    def begin(self) -> datetime:
        """The first moment of the period."""
        return midnight(self.first_day)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return midnight(self.last_day + DAY)

    @property
    def whole(self) -> tuple[int, int] | None:
        """The months that lie in it with all their days, which tallies tell of; None: there are none."""
        first, last = self.first, self.last
        if self.first_day.day > 1:
            first = month_after(first)
        if (self.last_day + DAY).day > 1:
            last = month_before(last)
        return (first, last) if first <= last else None

    @property
    def parts(self) -> list[tuple[datetime, datetime]]:
        """The spans outside whole months, each from its first moment to the first after it."""
        whole = self.whole
        if whole is None:
            return [(self.begin, self.end)]
        begin, end = midnight(first_of(whole[0])), midnight(first_of(month_after(whole[1])))
        return [(a, b) for a, b in ((self.begin, begin), (end, self.end)) if a < b]

    @property
    def observed(self) -> dict[str, Any]:
        """The condition for observations made in the period."""
        within: dict[str, Any] = {"month__gte": self.first, "month__lte": self.last}
        if self.days:
            within |= {"observed_at__gte": self.begin, "observed_at__lt": self.end}
        return within

    @property
    def words(self) -> str:
        """The period as a reader says it."""
        if self.days:
            first, last = (date_format(day, "DATE_FORMAT") for day in self.days)
            return _("%(first)s to %(last)s") % {"first": first, "last": last}
        year = self.text[:4]
        if "Q" in self.text:
            return _("quarter %(quarter)s of %(year)s") % {"quarter": self.text[5:], "year": year}
        if self.first == self.last:
            return date_format(date(int(year), self.first % 100, 1), "YEAR_MONTH_FORMAT")
        return _("the year %(year)s") % {"year": year}

    def earlier(self) -> Period:
        """The period of the same length just before."""
        return self._moved(-1)

    def later(self) -> Period:
        """The period of the same length just after."""
        return self._moved(1)

    @property
    def begun(self) -> bool:
        """Whether it has begun in the city."""
        return self.first_day <= city_day(timezone.now())

    def _moved(self, by: int) -> Period:
        if self.days:
            step = by * (self.days[1] - self.days[0] + DAY)
            return between(self.days[0] + step, self.days[1] + step)
        year = int(self.text[:4])
        if "Q" in self.text:
            index = year * 4 + int(self.text[5]) - 1 + by
            return parse_period(f"{index // 4}Q{index % 4 + 1}")
        if self.first == self.last:
            return month_period(month_after(self.first) if by > 0 else month_before(self.first))
        return parse_period(str(year + by))


def parse_period(text: str) -> Period:
    """A year, quarter, month or pair of dates; raises ValueError with what was expected.

    >>> parse_period("2026Q3").first, parse_period("2026Q3").last
    (202607, 202609)
    >>> parse_period("2026-07-15..2026-09-03").whole
    (202608, 202608)
    """
    text = text.strip().upper()
    if pair := PAIR.fullmatch(text):
        return _pair(text, pair["first"], pair["last"])
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(
            _(
                "“%(text)s” is not a period; expected 2026, 2026Q3, 2026-09 "
                "or 2026-07-15..2026-09-03"
            )
            % {"text": text[:30]}
        )
    year = int(match["year"])
    if match["quarter"]:
        quarter = int(match["quarter"])
        return Period(f"{year}Q{quarter}", year * 100 + quarter * 3 - 2, year * 100 + quarter * 3)
    if match["month"]:
        return month_period(year * 100 + int(match["month"]))
    return Period(str(year), year * 100 + 1, year * 100 + 12)


def _pair(text: str, first: str, last: str) -> Period:
    days = []
    for part in (first, last):
        try:
            days.append(date.fromisoformat(part))
        except ValueError:
            raise ValueError(
                _("“%(text)s” is not a period: there is no day %(day)s")
                % {"text": text, "day": part}
            ) from None
    if days[0] > days[1]:
        raise ValueError(
            _("“%(text)s” is not a period: it ends before it begins; expected the first day first")
            % {"text": text}
        )
    return between(days[0], days[1])


def between(first: date, last: date) -> Period:
    """The days from `first` to `last`, both in it."""
    return Period(f"{first}..{last}", month_number(first), month_number(last), (first, last))


def month_period(month: int) -> Period:
    """One month, as 202609."""
    return Period(f"{month // 100}-{month % 100:02d}", month, month)


def current_period(at: datetime | None = None) -> Period:
    """The running quarter."""
    month = month_of(at or timezone.now())
    return parse_period(f"{month // 100}Q{(month % 100 + 2) // 3}")


def first_of(month: int) -> date:
    """The first day of a month such as 202609."""
    return date(month // 100, month % 100, 1)


def month_number(day: date) -> int:
    """The month of a day, as 202609."""
    return day.year * 100 + day.month


def month_after(month: int) -> int:
    """The next month.

    >>> month_after(202612)
    202701
    """
    return months_later(month, 1)


def month_before(month: int) -> int:
    """The month before.

    >>> month_before(202601)
    202512
    """
    return months_later(month, -1)


def months_earlier(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last where it has no such day.

    >>> months_earlier(date(2026, 7, 15), 12), months_earlier(date(2024, 2, 29), 12)
    (datetime.date(2025, 7, 15), datetime.date(2023, 2, 28))
    """
    month = months_later(month_number(day), -months)
    last = first_of(month_after(month)) - DAY
    return last.replace(day=min(day.day, last.day))


def year_before(day: date) -> date:
    """The same day a year before; a month's last day for a month's last, leap years or not.

    >>> year_before(date(2025, 2, 28)), year_before(date(2024, 2, 29))
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 28))
    """
    following = day + DAY
    if following.day == 1:
        return following.replace(year=following.year - 1) - DAY
    return day.replace(year=day.year - 1)
