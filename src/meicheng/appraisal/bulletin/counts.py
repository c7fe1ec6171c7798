"""The counts a bulletin is written from: kinds of problems, and what is past its limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from meicheng.appraisal.months import before, bounds
from meicheng.appraisal.queries import month_counts, overdue, rates_of
from meicheng.cases.models import Case
from meicheng.engine.ranking import Rate
from meicheng.ledger.actions import CASE_COUNTS
from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind

from .facts import Problem

MOST_PROBLEMS = 40


@dataclass(frozen=True)
class KindCounts:
    """A kind of problem in the month and the month before."""

    kind: CaseKind
    this: Mapping[str, int]
    earlier: Mapping[str, int]
    still_open: int  # of those received in the month

    @property
    def on_time(self) -> Rate:
        """Closed, and reported done by the limit, of those that fell due."""
        return rates_of(self.this)["on_time"]

    @property
    def on_time_earlier(self) -> Rate:
        """The same for the month before."""
        return rates_of(self.earlier)["on_time"]


def kinds_of(month: int, *, now: datetime) -> list[KindCounts]:
    """Every kind with its counts in the month and the month before (6 SQL statements)."""
    this = month_counts(month, by="kind", now=now)
    earlier = month_counts(before(month), by="kind", now=now)
    start, end = bounds(month)
    still_open = dict(
        Case.objects.filter(reported_at__gte=start, reported_at__lt=end, closed_at__isnull=True)
        .values_list("kind_id")
        .annotate(Count("pk"))
        .order_by()
    )
    nothing = dict.fromkeys(CASE_COUNTS, 0)
    return [
        KindCounts(
            kind,
            this.get(kind.pk, nothing),
            earlier.get(kind.pk, nothing),
            still_open.get(kind.pk, 0),
        )
        for kind in CaseKind.objects.all()
    ]


@dataclass(frozen=True)
class Late:
    """What is past its limit: the longest cases, units with their number, and in all."""

    problems: list[Problem]
    units: list[tuple[Unit, int]]
    number: int


def late_cases(now: datetime, clear_by: date) -> Late:
    """Open cases past their limit, to be done by `clear_by` (3 SQL statements)."""
    late = overdue(now)
    by_unit = list(late.values_list("unit").annotate(number=Count("pk")).order_by("-number"))
    units = Unit.objects.in_bulk([unit for unit, _number in by_unit])
    cases = late.select_related("kind", "unit", "district").order_by("due_at", "pk")[:MOST_PROBLEMS]
    problems = [
        Problem(
            number=case.number,
            kind=case.kind.name,
            place=" · ".join(
                filter(None, [case.district.name if case.district else "", case.address])
            ),
            unit=case.unit.name if case.unit else "",
            due_at=case.due_at,
            days_late=max(0, (now - case.due_at) // timedelta(days=1)) if case.due_at else 0,
            clear_by=clear_by,
        )
        for case in cases
    ]
    return Late(problems, [(units[u], n) for u, n in by_unit], sum(n for _u, n in by_unit))
