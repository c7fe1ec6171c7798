"""The same for many cases at once: what an order is, and what it will and will not do.

What then happens is in `orders`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.cases import actions
from meicheng.cases.facts import facts_of
from meicheng.cases.models import BulkRun, Case
from meicheng.cases.queries.reach import reach
from meicheng.cases.reaching import may_case
from meicheng.cases.units import check_unit, suggested_unit
from meicheng.engine.workflow import State, WrongState, check, transition
from meicheng.organisation.models import Unit, User

from .comments import mentioned

MOST = 200
# What can be done with many cases, in the order of the list.
CODES = ("register", "dispatch", "join", "turn_down", "close", "withdraw", "comment")
NEEDS_WORDS = {"turn_down", "withdraw", "comment"}


@dataclass(frozen=True)
class Order:
    """What is to be done with many cases. Without `unit` each goes to the unit that is suggested."""

    code: str
    remark: str = ""
    unit: Unit | None = None
    to: Case | None = None

    def written(self) -> dict[str, Any]:
        """What a run keeps of it."""
        return {
            "remark": self.remark,
            "unit": self.unit.pk if self.unit else None,
            "to": self.to.pk if self.to else None,
        }


def order_of(run: BulkRun) -> Order:
    """The order that a run carries out (at most 2 SQL statements)."""
    unit, to = run.order.get("unit"), run.order.get("to")
    return Order(
        run.code,
        run.order.get("remark", ""),
        Unit.objects.select_related("division").get(pk=unit) if unit else None,
        Case.objects.select_related("division", "unit").get(pk=to) if to else None,
    )


@dataclass(frozen=True)
class Planned:
    """One case of an order: whether it will be done, to which unit, or why not."""

    case: Case
    reason: str = ""
    unit: Unit | None = None

    @property
    def ok(self) -> bool:
        """Whether it will be done."""
        return not self.reason


@dataclass(frozen=True)
class Plan:
    """What will and what will not happen."""

    order: Order
    lines: list[Planned]
    missing: str = ""  # what the order itself still needs

    @property
    def doing(self) -> list[Planned]:
        """The cases that it will be done with."""
        return [] if self.missing else [line for line in self.lines if line.ok]

    @property
    def leaving(self) -> list[Planned]:
        """The cases that it will not be done with."""
        return [line for line in self.lines if not line.ok]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why how many are left, most first."""
        return Counter(line.reason for line in self.leaving).most_common()

    @property
    def units(self) -> list[tuple[Unit, int]]:
        """How many cases go to which unit, most first."""
        counted: dict[Unit, int] = {}
        for line in self.doing:
            if line.unit is not None:
                counted[line.unit] = counted.get(line.unit, 0) + 1
        return sorted(counted.items(), key=lambda pair: -pair[1])


# What the pages of an order and the order itself read of a case; outlines are large.
WHOLE = Case.objects.select_related(
    "kind", "division__district", "district", "unit__division"
).defer(
    "division__outline", "division__district__outline", "district__outline",
    "unit__division__outline",
)  # fmt: skip


def chosen_cases(user: User, numbers: Iterable[str]) -> list[Case]:
    """The cases with these numbers that the user sees, at most `MOST` (1 SQL statement)."""
    wanted = list(dict.fromkeys(numbers))[:MOST]
    found = WHOLE.filter(reach(user), number__in=wanted)
    by_number = {case.number: case for case in found}
    return [by_number[number] for number in wanted if number in by_number]


def planned(user: User, order: Order, cases: Sequence[Case]) -> Plan:
    """What an order would do, without doing it (1 SQL statement for each kind and place when dispatching)."""
    at = timezone.now()
    suggested: dict[tuple[str, int], int | None] = {}
    units: dict[int, Unit] = {}
    if order.code == "dispatch":
        units = Unit.objects.select_related("division").in_bulk()

    def unit_for(case: Case) -> Unit | None:
        if order.unit is not None:
            return order.unit
        key = (case.kind_id, case.division_id)
        if key not in suggested:
            suggested[key] = suggested_unit(case)
        return units.get(suggested[key] or 0)

    def hindrance(case: Case, unit: Unit | None) -> str:
        if not may_case(user, f"cases.{order.code}", case):
            return _("You may not do this in %(place)s") % {"place": case.division.name}
        if order.code == "comment":
            return ""
        try:
            check(State(case.state), order.code, facts_of(case, at=at))
            if order.code == "dispatch":
                if unit is None:
                    return _("No unit answers for this kind here; choose one")
                check_unit(case, units[unit.pk])
        except WrongState as problem:
            # What each could do instead helps nobody who looks at many.
            return problem.because.say(get_language() or "zh")
        except actions.Needed as problem:
            return str(problem)
        if order.code == "join" and order.to is not None and order.to.pk == case.pk:
            return _("It is the case that stays")
        return ""

    lines = []
    for case in cases:
        unit = unit_for(case) if order.code == "dispatch" else None
        lines.append(Planned(case, hindrance(case, unit), unit))
    return Plan(order, lines, _missing(order))


def _missing(order: Order) -> str:
    if order.code in NEEDS_WORDS and not order.remark.strip():
        return (
            _("Say why: this step needs a remark")
            if order.code != "comment"
            else _("Write something: a comment needs words")
        )
    if order.code == "join":
        if order.to is None:
            return _("Name the case that stays")
        if order.to.state in {State.JOINED, State.TURNED_DOWN, State.WITHDRAWN}:
            return _("%(number)s is %(state)s; choose a case that is being worked on") % {
                "number": order.to.number,
                "state": order.to.get_state_display(),
            }
    if order.code == "comment":
        try:
            mentioned(order.remark)
        except actions.Needed as problem:
            return str(problem)
    return ""


def label_of(code: str) -> str:
    """What doing this is called."""
    if code == "comment":
        return _("Comment")
    if code == "undo":
        return _("Take back")
    return transition(code).label.say(get_language() or "zh")
