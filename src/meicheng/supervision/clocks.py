"""What a clock says: what was passed by a moment, and how it follows its case. No database.

Every moment is found from the end of the limit and its length alone, in the limit's own time. A
pause moves the end, and so everything that is still to come. What has passed before a step is taken
with the step, so that what is passed does not depend on when somebody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.calendar import Limit, WorkingCalendar
from meicheng.engine.workflow import State

from .ladder import Rung
from .models import Clock, Rules

# The unit has the case and its clock runs.
RUNNING = {State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.TO_REDO}
# Steps that neither start, move nor stop a clock.
QUIET = {"register", "accept", "start", "verify", "pass_photo", "rated"}


@dataclass(frozen=True, slots=True)
class Passing:
    """A rung that was passed at a moment, on the clock as it then was."""

    rung: Rung
    version: int
    at: datetime
    unit_id: int | None
    district_id: int | None


def moment(clock: Clock, rung: Rung, calendar: WorkingCalendar) -> datetime:
    """When `rung.percent` of the limit is used, if the clock goes on.

    A limit of 4 working hours that ends on Monday at 10:30: half of it is used at 08:30, and it is
    overdue by as much again on Monday at 16:30 (10:30 to 12:00, and 14:00 to 16:30).
    """
    assert clock.due_at is not None
    by = clock.length * (rung.percent - 100) / 100
    return calendar.moved(clock.due_at, by, Limit.parse(clock.limit)).astimezone(UTC)


def pass_until(
    clock: Clock, rungs: Sequence[Rung], calendar: WorkingCalendar, until: datetime
) -> list[Passing]:
    """What is passed by a moment and was not yet; the clock notes it, and what comes next.

    A clock that stands passes nothing.
    """
    if clock.next_at is None or clock.next_at > until:
        return []
    found = []
    clock.next_at = None
    for rung in rungs:
        if rung.percent <= clock.reached:
            continue
        at = moment(clock, rung, calendar)
        if at > until:
            clock.next_at = at
            break
        clock.reached = rung.percent
        found.append(Passing(rung, clock.version, at, clock.unit_id, clock.district_id))
    return found


def follow_case(
    clock: Clock,
    case: Case,
    code: str,
    at: datetime,
    rules: Rules,
    rungs: Sequence[Rung],
    calendar: WorkingCalendar,
) -> None:
    """Set the clock after the step `code` of its case; `pass_until(at)` came before.

    `rules` with their `rungs` are those of a clock that starts now; one that goes on keeps its own,
    which `rungs` then are.
    """
    running = case.state in RUNNING and case.due_at is not None and case.dispatched_at is not None
    if not running:
        clock.next_at = None
        return
    assert case.due_at is not None
    assert case.dispatched_at is not None
    limit = Limit.parse(case.time_limit)
    if clock.started_at != case.dispatched_at or clock.limit != str(limit):
        clock.version += 1
        clock.reached = 0
        clock.rules = rules
        clock.started_at, clock.due_at, clock.limit = case.dispatched_at, case.due_at, str(limit)
        clock.length = calendar.remaining(case.dispatched_at, case.due_at, limit)
        if clock.length.total_seconds() <= 0:  # written down with an end before its start
            clock.length = calendar.length(limit)
    elif code == "extend" and clock.due_at is not None:
        clock.version += 1
        clock.reached = 0
        clock.length += calendar.remaining(clock.due_at, case.due_at, limit)
        clock.due_at = case.due_at
    else:
        clock.due_at = case.due_at
    clock.unit_id, clock.district_id = case.unit_id, case.district_id
    following = next((rung for rung in rungs if rung.percent > clock.reached), None)
    clock.next_at = moment(clock, following, calendar) if following else None


def ends_supervision(case: Case) -> bool:
    """Whether nothing of the case is left to supervise: it is done, or its unit no longer has it."""
    return case.state in FINAL_STATES or case.unit_id is None or case.dispatched_at is None
