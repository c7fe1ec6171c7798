"""What waits for somebody: found from the workflow's table, not from a list of roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.cases.facts import facts_of
from meicheng.cases.models import Case
from meicheng.engine.workflow import State, transition
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may, roles

from .filters import overdue
from .reach import reach
from .time import TimeLeft, time_left

# The straight way to the end; whoever may take the next of these steps is whom a case waits for.
STRAIGHT_WAY = (
    "register", "dispatch", "decide", "accept", "start", "resolve", "pass_photo", "verify", "close",
)  # fmt: skip
COUNT_CAP = 10_000


@dataclass(frozen=True)
class UrgentCase:
    """A case that waits for somebody, with its time and the step that is theirs."""

    case: Case
    time: TimeLeft | None
    step: str  # the code of the step, "" where only watching is left
    label: str


@dataclass(frozen=True)
class Waiting:
    """How much waits, of it how much is late and how much is due today; counts are capped."""

    cases: int
    overdue: int
    due_today: int
    watching: bool = False  # the user takes no step: what is overdue in her reach stands here


def waiting_for(user: User, *, at: datetime) -> Q:
    """The open cases whose next step is the user's.

    Whoever takes no step of the straight way (leads, auditors) is shown what is overdue instead.
    Costs at most one SQL statement for each step that the user takes in part of the city.
    """
    held = roles(user)
    by_reach: dict[str, tuple[Q, set[str]]] = {}
    for code in STRAIGHT_WAY:
        row = transition(code)
        if held.isdisjoint(map(str, row.roles)):
            continue
        where = reach(user, f"cases.{code}")
        _same, states = by_reach.setdefault(repr(where), (where, set()))
        states.update(map(str, row.from_states))
    if not by_reach:
        return reach(user) & overdue(at)
    condition = Q(pk__in=[])
    for where, states in by_reach.values():
        condition |= where & Q(state__in=sorted(states))
    return condition & Q(closed_at__isnull=True)


def waiting_count(user: User, *, at: datetime, midnight: datetime) -> Waiting:
    """How much waits for the user; `midnight` ends today (3 SQL statements beside the reach)."""
    waiting = Case.objects.filter(waiting_for(user, at=at)).order_by()

    def count(*conditions: Q) -> int:
        return waiting.filter(*conditions).values("pk")[:COUNT_CAP].count()

    return Waiting(
        cases=count(),
        overdue=count(overdue(at)),
        due_today=count(
            Q(due_at__gte=at, due_at__lt=midnight, resolved_at__isnull=True),
        ),
        watching=all(
            roles(user).isdisjoint(map(str, transition(code).roles)) for code in STRAIGHT_WAY
        ),
    )


def urgent_cases(user: User, *, at: datetime, limit: int = 20) -> list[UrgentCase]:
    """The cases that wait for this user, those with least time left first.

    2 SQL statements beside the reach: the keys from the index of open cases, then their rows.
    """
    waiting = Case.objects.filter(waiting_for(user, at=at), closed_at__isnull=True)
    # Where the work is done no clock runs; it still waits, but after what may come late.
    keys = list(
        waiting.order_by(F("due_at").asc(nulls_last=True), "pk").values_list("pk", flat=True)[
            :limit
        ]
    )
    by_key = Case.objects.select_related("kind", "division", "district", "unit").in_bulk(keys)
    language = get_language() or "zh"
    found = []
    for key in keys:
        case = by_key[key]
        step = next_step(case, user)
        row = transition(step) if step else None
        label = row.label.say(language) if row else ""
        found.append(UrgentCase(case, time_left(case, at=at), step, label))
    return found


def next_step(case: Case, user: User) -> str:
    """The code of the step of the straight way that the user may take next; "" for none (no SQL)."""
    facts = facts_of(case, at=timezone.now())
    possible = {row.code for row in steps_from(case.state, facts=facts)}
    for code in STRAIGHT_WAY:
        if code in possible and may(user, f"cases.{code}", division=case.division, unit=case.unit):
            return code
    return ""


def state_of(case: Case) -> State:
    """The state of a case as the workflow names it."""
    return State(case.state)


def last_hand(case: Case) -> str:
    """Who wrote the last event of a case (1 SQL statement)."""
    last = Event.objects.filter(chain=case.chain).order_by("-sequence").first()
    return (last.by_name if last else "") or _("The system")
