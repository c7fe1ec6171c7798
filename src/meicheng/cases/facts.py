"""What the workflow's conditions look at, read from a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from meicheng.engine.workflow import Facts, State

from .models import Case, Stage, Support

# Steps whose conditions or needs look at the supporting units, and at the stages.
ASK_SUPPORTS = frozenset({"resolve", "part_done", "split"})
ASK_STAGES = frozenset({"finish_stage"})


def facts_of(
    case: Case, *, at: datetime, supports: Iterable[Support] = (), stages: Iterable[Stage] = ()
) -> Facts:
    """The facts of a case with its supporting units and stages, as they were read (no SQL)."""
    waiting = [one for one in stages if one.done_at is None]
    last = case.kind.stages[-1:] and len(case.kind.stages) - 1
    return Facts(
        # How often it went round matters only while it is back at the desk.
        sent_back=case.sent_back_count if case.state == State.SENT_BACK else 0,
        decided_by=case.decided_by_name,
        extension=case.extension,
        overdue=case.due_at is not None and case.due_at <= at,
        drawn=case.spot_check is not False,
        stage_open=any(one.position < last for one in waiting),
        parts_open=tuple(one.unit.name for one in supports if one.done_at is None),
    )


def read_facts(case: Case, code: str, *, at: datetime) -> Facts:
    """The facts that the conditions of one step ask for (at most 1 SQL statement)."""
    supports: list[Support] = []
    stages: list[Stage] = []
    if code in ASK_SUPPORTS:
        supports = list(case.supports.filter(done_at=None).select_related("unit"))
    if code in ASK_STAGES:
        stages = list(case.stages.all())
    return facts_of(case, at=at, supports=supports, stages=stages)
