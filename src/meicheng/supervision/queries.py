"""What is supervised now, who has to answer, and the cards of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from meicheng.cases.models import Case
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import may, roles, scope
from meicheng.places.time import midnight, months_later

from .models import Supervision, TimeWarning


@dataclass(frozen=True)
class Filters:
    """What a page of supervision is narrowed to; codes, "" for all."""

    to: str = ""
    unit: str = ""
    district: str = ""
    unanswered: bool = False


@dataclass(frozen=True)
class Level:
    """How many cases a level supervises now, and how many of them wait for the unit's answer."""

    to: str
    label: str
    count: int
    unanswered: int


@dataclass(frozen=True)
class CardsOfUnit:
    """The cards that a unit was given in a month."""

    unit: Unit
    yellow: int
    red: int


@dataclass(frozen=True)
class Panel:
    """What the page of a case shows of its clock."""

    warnings: list[TimeWarning]
    supervisions: list[Supervision]
    may_answer: bool


def reach(user: User) -> Q:
    """The supervision that somebody sees: of their places and units (at most 1 SQL statement)."""
    return scope(user, "supervision.see").filter(division="unit__division", unit="unit")


def current(user: User, filters: Filters) -> QuerySet[Supervision]:
    """What is supervised now, the highest level of each case alone.

    The reader's own units first, then the highest levels, then who has waited longest.
    """
    higher = Supervision.objects.filter(
        clock=OuterRef("clock"), lifted_at=None, percent__gt=OuterRef("percent")
    )
    found = Supervision.objects.filter(~Exists(higher), reach(user), lifted_at=None)
    if filters.to:
        found = found.filter(to=filters.to)
    if filters.unit:
        found = found.filter(unit__code=filters.unit)
    if filters.district:
        found = found.filter(district__code=filters.district)
    if filters.unanswered:
        found = found.filter(answered_at=None)
    own = sorted(scope(user, "supervision.answer").unit_ids)
    mine = models.Case(models.When(unit__in=own, then=0), default=1)
    return found.annotate(mine=mine).order_by("mine", "-percent", "passed_at", "pk")


def whole(found: QuerySet[Supervision]) -> QuerySet[Supervision]:
    """With everything that a line shows."""
    return found.select_related(
        "clock__case__kind", "clock__case__division", "unit__division", "district", "answered_by"
    ).defer("clock__case__division__outline", "unit__division__outline", "district__outline")


def levels(user: User) -> list[Level]:
    """How many cases each level supervises now (1 SQL statement)."""
    rows = {
        row["to"]: row
        for row in current(user, Filters())
        .order_by()
        .values("to")
        .annotate(count=Count("pk"), unanswered=Count("pk", filter=Q(answered_at=None)))
    }
    return [
        Level(code, str(label), rows[code]["count"] if code in rows else 0,
              rows[code]["unanswered"] if code in rows else 0)
        for code, label in Supervision.To.choices
    ]  # fmt: skip


def cards_of_month(user: User, month: int) -> list[CardsOfUnit]:
    """The cards of a month by unit, those with the gravest first (2 SQL statements).

    A card counts in the month in which its level was reached, lifted or not.
    """
    rows = (
        Supervision.objects.filter(
            reach(user),
            passed_at__gte=midnight(_first(month)),
            passed_at__lt=midnight(_first(months_later(month, 1))),
        )
        .exclude(card="")
        .order_by()
        .values("unit")
        .annotate(
            yellow=Count("pk", filter=Q(card="yellow")), red=Count("pk", filter=Q(card="red"))
        )
    )
    counted = {row["unit"]: row for row in rows}
    units = Unit.objects.in_bulk([unit for unit in counted if unit])
    found = [
        CardsOfUnit(unit, counted[unit.pk]["yellow"], counted[unit.pk]["red"])
        for unit in units.values()
    ]
    return sorted(found, key=lambda one: (-one.red, -one.yellow, one.unit.code))


def to_answer(user: User) -> int:
    """How many supervised cases wait for an answer of the user's own units (1 SQL statement)."""
    own = scope(user, "supervision.answer").unit_ids
    if not own:
        return 0
    waiting = Supervision.objects.filter(unit__in=sorted(own), lifted_at=None, answered_at=None)
    return waiting.order_by().values("clock").distinct().count()


def supervised_by(user: User) -> int:
    """How many cases the user has to look at as a superior (1 SQL statement)."""
    held = roles(user) & set(Supervision.To.values)
    if not held:
        return 0
    return current(user, Filters()).filter(to__in=held).order_by().count()


def panel_of(case: Case, user: User) -> Panel | None:
    """What was passed on the clock of a case; None where nothing was (2 SQL statements)."""
    warnings = list(TimeWarning.objects.filter(clock=case.pk))
    supervisions = list(
        Supervision.objects.filter(clock=case.pk)
        .select_related("unit", "answered_by")
        .order_by("passed_at", "percent")
    )
    if not warnings and not supervisions:
        return None
    open_ones = [one for one in supervisions if one.lifted_at is None]
    return Panel(
        warnings,
        supervisions,
        bool(open_ones)
        and case.unit is not None
        and may(user, "supervision.answer", unit=case.unit),
    )


def _first(month: int) -> date:
    return date(month // 100, month % 100, 1)
