"""What a change of limits would do, seen before it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meicheng.cases.clock import timing
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.calendar import Limit, LimitRule, limits_for
from meicheng.standards.models import CaseKind

from .actions import Condition

QUARTER = timedelta(days=92)
MOST = 20_000  # cases looked at; more say no more
SHOWN = 8


@dataclass(frozen=True)
class Shift:
    """An open case with its due time and the one that the new limit would give it."""

    case: Case
    limit: str
    due_at: datetime


@dataclass
class Preview:
    """What a change would do: to open cases if they began now, and to those of the last quarter."""

    open_cases: int = 0
    changed: int = 0  # open cases that would have another due time
    late_now: int = 0  # of these: late as they are
    late_then: int = 0  # of these: late under the new limit
    shifts: list[Shift] = field(default_factory=list)  # the first of them
    done: int = 0  # cases of the last quarter whose work was reported done, under the condition
    missed: int = 0  # of these: late as they were
    would_miss: int = 0  # of these: late under the new limit
    limits: Counter[tuple[str, str]] = field(default_factory=Counter)  # (was, becomes) of open ones

    @property
    def pairs(self) -> list[tuple[str, str, int]]:
        """Which limit becomes which, and for how many open cases; the most first."""
        return [(was, becomes, count) for (was, becomes), count in self.limits.most_common()]


def preview(
    kind: CaseKind, limits: list[str] | None, condition: Condition, *, at: datetime
) -> Preview:
    """The effect of `set_limits`, computed case by case with nothing changed (3 SQL statements).

    Cases that run keep their limit; the first figures say how they would stand had it held already.
    Pauses count as they did.
    """
    known = timing(fresh=True)
    own = tuple(str(stage["limit"]) for stage in kind.stages)
    rules = known.rules.get(kind.pk, ())
    new_own, new_rules = _changed(own, rules, limits, condition)
    found = Preview()
    columns = ("kind", "division", "site", "severity", "limit", "state", "dispatched_at", "due_at",
               "resolved_at", "number")  # fmt: skip
    cases = (
        Case.objects.filter(kind=kind, dispatched_at__isnull=False, due_at__isnull=False)
        .select_related("division", "site", "kind")
        .only(*columns, "division__path", "site__kind_id", "kind__stages")
    )
    running = cases.filter(resolved_at__isnull=True).exclude(state__in=FINAL_STATES)
    for case in running.order_by("due_at")[:MOST]:
        found.open_cases += 1
        was, becomes = _limits(case, own, rules), _limits(case, new_own, new_rules)
        if was == becomes or case.due_at is None:
            continue
        due = _due(case, becomes)
        found.changed += 1
        found.limits[was, becomes] += 1
        found.late_now += case.due_at < at
        found.late_then += due < at
        if len(found.shifts) < SHOWN:
            found.shifts.append(Shift(case, becomes, due))
    for case in cases.filter(resolved_at__gte=at - QUARTER).order_by("-resolved_at")[:MOST]:
        was, becomes = _limits(case, own, rules), _limits(case, new_own, new_rules)
        if was == becomes or case.due_at is None or case.resolved_at is None:
            continue
        found.done += 1
        found.missed += case.resolved_at > case.due_at
        found.would_miss += case.resolved_at > _due(case, becomes)
    return found


def _changed(
    own: tuple[str, ...],
    rules: tuple[LimitRule, ...],
    limits: list[str] | None,
    condition: Condition,
) -> tuple[tuple[str, ...], tuple[LimitRule, ...]]:
    """A kind's own limits and rules as they would be."""
    if condition.empty:
        return tuple(limits or own), rules
    key = (
        condition.severity,
        condition.road.pk if condition.road else "",
        condition.division.path if condition.division else "",
    )
    kept = tuple(rule for rule in rules if (rule.severity, rule.road, rule.place) != key)
    if limits is None:
        return own, kept
    return own, (*kept, LimitRule(tuple(limits), key[0], key[1], key[2]))


def _limits(case: Case, own: tuple[str, ...], rules: tuple[LimitRule, ...]) -> str:
    road = case.site.kind_id if case.site else ""
    said = {"severity": case.severity, "road": road, "place": case.division.path}
    return limits_for(own, rules, **said)[-1]  # type: ignore[arg-type]


def _due(case: Case, limit: str) -> datetime:
    """When a case would be due under another limit, with the pauses that it had."""
    assert case.dispatched_at is not None
    assert case.due_at is not None
    working = timing().calendar
    was, new = Limit.parse(case.time_limit), Limit.parse(limit)
    due = working.due(case.dispatched_at, new)
    stood = working.remaining(working.due(case.dispatched_at, was), case.due_at, was)
    if stood <= timedelta():
        return due
    if was.working == new.working:
        return working.moved(due, stood, new)
    return due + stood if not new.working else working.moved(due, stood, new)
