"""By when a report is taken up, answered and solved, as its citizen and the desk see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.clock import calendar
from meicheng.cases.rules import rules
from meicheng.engine.workflow import State

from .models import Report

NOT_TAKEN_UP = {State.TURNED_DOWN, State.WITHDRAWN}


@dataclass(frozen=True)
class TimeLimit:
    """One promise: what, by when, when it was kept; `late` once it was not."""

    what: str
    due_at: datetime
    done_at: datetime | None
    late: bool


def limits_of(report: Report, *, now: datetime | None = None) -> list[TimeLimit]:
    """The limits of a report whose case is loaded (no SQL once the calendar is known).

    Taking up is the unit's, from the dispatch on; before that, the desk's from the report on.
    """
    now, case, days = now or timezone.now(), report.case, calendar()
    begun = case.dispatched_at if case is not None and case.dispatched_at else report.reported_at
    taken_up = case.accepted_at or case.closed_at if case is not None else report.replied_at
    answered = report.replied_at or (case.closed_at if case is not None else None)
    found = [
        _limit(_("Taking up"), days.due(begun, rules().take_up), taken_up, now),
        _limit(_("Answering"), days.due(report.reported_at, rules().answer), answered, now),
    ]
    if case is not None and case.due_at is not None and State(case.state) not in NOT_TAKEN_UP:
        found.append(
            _limit(_("Putting right"), case.due_at, case.resolved_at or case.closed_at, now)
        )
    return found


def _limit(what: str, due: datetime, done: datetime | None, now: datetime) -> TimeLimit:
    return TimeLimit(what, due, done, (done or now) > due)
