"""How the latest edition of every standard stands at a place: what several pages read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from meicheng.engine import frameworks as engine
from meicheng.engine.scoring import Assessment, CriterionMark
from meicheng.places.models import Division
from meicheng.standards.models import Criterion, Framework
from meicheng.standards.queries import said

from .periods import Period
from .queries import assess, frameworks

# What is seen on site or counted from cases belongs to the place; the rest the city has as a whole.
OF_THE_PLACE = {"field", "case"}


@dataclass(frozen=True)
class Mark:
    """A criterion with its marks at a place; `of_city` says that the place has none of its own."""

    framework: Framework
    criterion: Criterion
    mark: CriterionMark
    of_city: bool = False

    @property
    def lost(self) -> float | None:
        """Marks short of its full ones, in the standard's scale; None where nothing is known."""
        return None if self.mark.marks is None else self.mark.full_marks - self.mark.marks

    @property
    def part(self) -> float:
        """Its full marks as a part of the standard's, by which standards can be added up."""
        return self.mark.full_marks / self.framework.full_marks

    @property
    def method(self) -> str:
        """How it is seen, in words."""
        return said(engine.METHODS[self.criterion.method])


@dataclass
class Standing:
    """The latest edition of each standard in a period, marked at each place that is asked for."""

    period: Period
    city: Division
    standards: list[Framework]
    criteria: dict[int, list[Criterion]]
    _results: dict[tuple[int, int], Assessment] = field(default_factory=dict)
    _marks: dict[tuple[int, int], Mapping[str, CriterionMark]] = field(default_factory=dict)

    def result(self, framework: Framework, place: Division) -> Assessment:
        """The marks of a standard at a place, from the tallies (as `assess`, once for each)."""
        key = framework.pk, place.pk
        if key not in self._results:
            self._results[key] = assess(framework, self.period, place, by_site=False)
        return self._results[key]

    def mark(self, framework: Framework, criterion: Criterion, place: Division) -> Mark:
        """A criterion at a place: the place's own marks, else the city's where it has none."""
        own = self._by_code(framework, place)[criterion.code]
        if own.missing and place.pk != self.city.pk and criterion.method not in OF_THE_PLACE:
            of_city = self._by_code(framework, self.city)[criterion.code]
            if not of_city.missing:
                return Mark(framework, criterion, of_city, of_city=True)
        return Mark(framework, criterion, own)

    def _by_code(self, framework: Framework, place: Division) -> Mapping[str, CriterionMark]:
        key = framework.pk, place.pk
        if key not in self._marks:
            result = self.result(framework, place)
            self._marks[key] = {mark.code: mark for mark in result.criteria}
        return self._marks[key]


def standing(period: Period, city: Division, only: str = "") -> Standing:
    """The latest edition of each standard, or of the one named (3 SQL statements and the marks')."""
    # The list goes from the earliest edition of a standard to the latest, which stays.
    latest = {one.code: one.pk for one in frameworks()}
    return _standing(period, city, [pk for code, pk in latest.items() if only in ("", code)])


def standing_of(framework: Framework, period: Period, city: Division) -> Standing:
    """The same for one edition alone."""
    return _standing(period, city, [framework.pk])


def _standing(period: Period, city: Division, keys: list[int]) -> Standing:
    by_key = Framework.objects.in_bulk(keys)
    criteria: dict[int, list[Criterion]] = {pk: [] for pk in keys}
    rows = Criterion.objects.filter(framework__in=keys).select_related("lead")
    for row in rows.order_by("framework", "position"):
        criteria[row.framework_id].append(row)
    order = [one.pk for one in frameworks() if one.pk in by_key]
    return Standing(period, city, [by_key[pk] for pk in order], criteria)


def period_words(period: Period) -> str:
    """A period for the first row of an export."""
    return _("Period: %(period)s") % {"period": period.words}
