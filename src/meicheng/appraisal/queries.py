"""How districts and units did in a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import get_language

from meicheng.cases.counts import waiting
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.ranking import Entrant, Mark, Rate, Weighted, place, told_apart
from meicheng.ledger.actions import CASE_COUNTS
from meicheng.ledger.models import CaseTally
from meicheng.organisation.models import Unit
from meicheng.places.models import Division

from .months import before, bounds

Counts = dict[str, int]


@dataclass(frozen=True)
class Part:
    """One rate that the appraisal counts, with its name."""

    code: str
    marks: float
    counts: str
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True)
class Rules:
    """How the appraisal compares, from data/appraisal.yaml."""

    parts: tuple[Part, ...]
    at_least: int
    overdue_days_to_clear: int

    @property
    def weights(self) -> list[Weighted]:
        return [Weighted(part.code, part.marks, part.counts) for part in self.parts]


@dataclass(frozen=True)
class Cell:
    """One rate of one row, beside the month before."""

    part: Part
    rate: Rate
    earlier: Rate

    @property
    def change(self) -> float | None:
        """Change in percentage points, where both months have one."""
        if self.rate.share is None or self.earlier.share is None:
            return None
        return (self.rate.share - self.earlier.share) * 100

    @property
    def real(self) -> bool:
        """Whether the change is more than chance."""
        return told_apart(self.rate, self.earlier)

    @property
    def better(self) -> bool:
        """Whether the change is for the better."""
        return ((self.change or 0) > 0) == (self.part.counts == "more")


@dataclass(frozen=True)
class Row:
    """A district or unit in the ranking."""

    code: str
    name: str
    place: int | None
    last_place: int | None
    mark: Mark | None
    cells: tuple[Cell, ...]
    counts: Mapping[str, int]

    @property
    def places(self) -> str:
        """The places it may hold: "1", or "1–2" where chance alone decides."""
        if self.place is None:
            return "–"
        return (
            str(self.place) if self.place == self.last_place else f"{self.place}–{self.last_place}"
        )


@dataclass(frozen=True)
class Ranking:
    """Everything the ranking page shows for a month."""

    month: int
    by: str
    rows: tuple[Row, ...]
    total: Row

    @property
    def placed(self) -> tuple[Row, ...]:
        """The rows with cases enough to be placed."""
        return tuple(row for row in self.rows if row.place is not None)

    @property
    def unplaced(self) -> tuple[Row, ...]:
        """The others, whose figures say too little."""
        return tuple(row for row in self.rows if row.place is None)

    @property
    def tied(self) -> bool:
        """Whether any two rows cannot be told apart."""
        return any(row.place != row.last_place for row in self.rows)


@cache
def rules() -> Rules:
    """The appraisal's rules."""
    text = resources.files("meicheng.data").joinpath("appraisal.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    return Rules(
        parts=tuple(
            Part(p["code"], p["marks"], p["counts"], p["zh"], p["en"]) for p in document["parts"]
        ),
        at_least=document["at_least"],
        overdue_days_to_clear=document["overdue_days_to_clear"],
    )


def rates_of(counts: Mapping[str, int]) -> dict[str, Rate]:
    """The appraisal's rates from counts of cases."""
    return {
        "on_time": Rate(counts["on_time"], counts["due"]),
        "redone": Rate(counts["redone"], counts["closed"]),
        "satisfied": Rate(counts["satisfied"], counts["rated"]),
    }


def counts_by(
    tallies: QuerySet[CaseTally], open_cases: QuerySet[Case], *, by: str, now: datetime
) -> dict[Any, Counts]:
    """Counts of cases by id of district or unit, or by code of kind (2 SQL statements).

    A case whose limit has not run out yet is neither on time nor late: it is taken out of `due`.
    """
    field = {
        "district": "division__district",
        "unit": "unit_id_or_0",
        "kind": "kind_id",
    }[by]
    sums = tallies.values(field).annotate(**{name: Sum(name) for name in CASE_COUNTS}).order_by()
    counted: dict[Any, Counts] = defaultdict(lambda: dict.fromkeys(CASE_COUNTS, 0))
    for row in sums:
        counted[row[field] or 0] = {name: row[name] or 0 for name in CASE_COUNTS}
    column = {"district": "division__district", "unit": "unit", "kind": "kind_id"}[by]
    rows = waiting(open_cases, now).values(column).annotate(number=Count("pk")).order_by()
    for row in rows:
        counted[row[column] or 0]["due"] -= row["number"]
    return dict(counted)


def month_counts(month: int, *, by: str, now: datetime) -> dict[Any, Counts]:
    """Counts of one month as `counts_by` gives them (2 SQL statements)."""
    start, end = bounds(month)
    return counts_by(
        CaseTally.objects.filter(month=month),
        Case.objects.filter(due_at__gte=start, due_at__lt=end),
        by=by,
        now=now,
    )


def ranking(month: int, *, by: str = "district", now: datetime | None = None) -> Ranking:
    """Districts or units with their rates, marks and the places they may hold (5 SQL statements).

    The ranking is what the city publishes: all staff see all of it.
    """
    now = now or timezone.now()
    this = month_counts(month, by=by, now=now)
    earlier = month_counts(before(month), by=by, now=now)
    named: Mapping[int, Division | Unit]
    if by == "district":
        named = {d.pk: d for d in Division.objects.filter(level=Division.Level.DISTRICT)}
    else:
        named = {u.pk: u for u in Unit.objects.filter(pk__in=[key for key in this if key])}
    return compose(month, by, this, earlier, named)


def compose(
    month: int,
    by: str,
    this: Mapping[int, Counts],
    earlier: Mapping[int, Counts],
    named: Mapping[int, Division | Unit],
) -> Ranking:
    """Place the rows and put the parts beside the month before."""
    nothing: Counts = dict.fromkeys(CASE_COUNTS, 0)
    settings = rules()
    entrants = [
        Entrant(str(key), rates_of(this[key]))
        for key in this
        if key in named and any(this[key].values())
    ]
    placed = place(entrants, settings.weights, at_least=settings.at_least)

    def row(code: str, name: str, counts: Counts, old: Counts, **places: object) -> Row:
        rates, before_rates = rates_of(counts), rates_of(old)
        cells = tuple(Cell(p, rates[p.code], before_rates[p.code]) for p in settings.parts)
        return Row(code=code, name=name, cells=cells, counts=counts, **places)  # type: ignore[arg-type]

    rows = []
    for one in placed:
        key = int(one.entrant.code)
        thing = named[key]
        rows.append(
            row(
                thing.code,
                thing.name,
                this[key],
                earlier.get(key, nothing),
                place=one.place,
                last_place=one.last_place,
                mark=one.mark,
            )
        )
    everything = _sum(this.values())
    total = row("", "", everything, _sum(earlier.values()), place=None, last_place=None, mark=None)
    return Ranking(month, by, tuple(rows), total)


def _sum(all_counts: object) -> Counts:
    total: Counts = dict.fromkeys(CASE_COUNTS, 0)
    for counts in all_counts:  # type: ignore[attr-defined]
        for name, number in counts.items():
            total[name] += number
    return total


def overdue(now: datetime) -> QuerySet[Case]:
    """Open cases whose work is past its limit."""
    return Case.objects.filter(closed_at__isnull=True, due_at__lt=now, unit__isnull=False).exclude(
        state__in=[*FINAL_STATES, "suspended", "resolved", "verified"]
    )
