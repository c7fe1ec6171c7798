"""Periods as people write them: 2026, 2026Q3, 2026-09."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.places.time import month_of

FORM = re.compile(r"(?P<year>20\d\d)(?:Q(?P<quarter>[1-4])|-?(?P<month>0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class Period:
    """Whole months from `first` to `last`, as numbers such as 202609."""

    text: str
    first: int
    last: int

    @property
    def words(self) -> str:
        """The period as a reader says it."""
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
        return self.first <= month_of(timezone.now())

    def _moved(self, by: int) -> Period:
        year = int(self.text[:4])
        if "Q" in self.text:
            index = year * 4 + int(self.text[5]) - 1 + by
            return parse_period(f"{index // 4}Q{index % 4 + 1}")
        if self.first == self.last:
            index = year * 12 + self.first % 100 - 1 + by
            return parse_period(f"{index // 12}-{index % 12 + 1:02d}")
        return parse_period(str(year + by))


def parse_period(text: str) -> Period:
    """A year, quarter or month; raises ValueError with what was expected.

    >>> parse_period("2026Q3").first, parse_period("2026Q3").last
    (202607, 202609)
    """
    match = FORM.fullmatch(text.strip().upper())
    if match is None:
        raise ValueError(
            _("“%(text)s” is not a period; expected 2026, 2026Q3 or 2026-09") % {"text": text[:20]}
        )
    year = int(match["year"])
    if match["quarter"]:
        quarter = int(match["quarter"])
        return Period(f"{year}Q{quarter}", year * 100 + quarter * 3 - 2, year * 100 + quarter * 3)
    if match["month"]:
        month = int(match["month"])
        return Period(f"{year}-{month:02d}", year * 100 + month, year * 100 + month)
    return Period(str(year), year * 100 + 1, year * 100 + 12)


def current_period(at: datetime | None = None) -> Period:
    """The running quarter."""
    month = month_of(at or timezone.now())
    return parse_period(f"{month // 100}Q{(month % 100 + 2) // 3}")
