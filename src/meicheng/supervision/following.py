"""Clocks follow the steps of their cases, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from meicheng.cases.clock import calendar
from meicheng.cases.models import Case
from meicheng.cases.signals import stepped
from meicheng.ledger.events import next_event

from .clocks import QUIET, ends_supervision, follow_case, pass_until
from .ladder import current_rules, rungs_of
from .models import Clock, Supervision
from .recording import record


def follow(*, case: Case, code: str, said: dict[str, Any], **_more: Any) -> None:
    """Take what had passed until this step, then set the clock as the step asks.

    Some 4 SQL statements for a step that starts, moves or stops the clock; none for others. A step
    that is taken back leaves the clock as it was, and what it lifted goes on.
    """
    if (said["step"] if code == "undo" else code) in QUIET:
        return
    clock = (
        Clock.objects.select_for_update(of=("self",))
        .select_related("rules")
        .filter(pk=case.pk)
        .first()
    )
    if clock is None and case.due_at is None:
        return
    at = case.resolved_at or case.suspended_at or timezone.now()
    was = clock and _told(clock)
    made = clock is None
    if clock is None:
        clock = Clock(case=case, rules=current_rules())
    working = calendar()
    own = rungs_of(clock.rules)
    passed = pass_until(clock, own, working, at)
    if passed:
        record([(clock, passed)], at=timezone.now())
    starts = case.dispatched_at is not None and clock.started_at != case.dispatched_at
    rules = current_rules() if starts and not made else clock.rules
    follow_case(clock, case, code, at, rules, rungs_of(rules) if starts else own, working)
    if ends_supervision(case):
        # A clock that never passed anything has lifted nothing (a new version began after one).
        if clock.reached or clock.version > 1:
            lift(clock)
    elif code == "undo":
        _go_on(clock, since=said["taken_at"])
    if _told(clock) != was:
        clock.save(force_insert=made, force_update=not made)


def _told(clock: Clock) -> dict[str, Any]:
    """What the row of a clock says."""
    return {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}


def lift(clock: Clock) -> None:
    """End what supervises a case that is done or has left its unit; its cards stay on record."""
    at = timezone.now()
    if Supervision.objects.filter(clock=clock, lifted_at=None).update(lifted_at=at):
        next_event(clock, "supervision_lifted", by=None, at=at)


def _go_on(clock: Clock, *, since: datetime) -> None:
    """Supervise again what a step lifted that was taken back."""
    lifted = Supervision.objects.filter(clock=clock, lifted_at__gte=since)
    if lifted.update(lifted_at=None):
        next_event(clock, "supervision_goes_on", by=None, at=timezone.now())


def start() -> None:
    """Follow the steps of cases from now on."""
    stepped.connect(follow, dispatch_uid="meicheng.supervision.following")
