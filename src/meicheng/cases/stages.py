"""The stages of a case whose kind has several: each with its own limit, all from the dispatch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from meicheng.engine.calendar import Limit
from meicheng.organisation.models import User

from .clock import calendar, due_after, stages_due
from .models import Case, Stage


def begin_stages(case: Case, at: datetime) -> None:
    """Start the clock of every stage; those of an earlier dispatch are history (≤ 2 SQL)."""
    if not has_stages(case):
        return
    drop_stages(case)
    rows = [
        Stage(
            case=case,
            position=position,
            name_zh=one.name["zh"],
            name_en=one.name["en"],
            limit=one.limit,
            due_at=one.due,
        )
        for position, one in enumerate(
            stages_due(
                case.kind,
                at,
                division=case.division,
                road=case.site.kind_id if case.site is not None else "",
                severity=case.severity,
            )
        )
    ]
    if case.due_at is not None:
        rows[-1].due_at = case.due_at
    Stage.objects.bulk_create(rows)


def drop_stages(case: Case) -> None:
    """Nobody has the case any more: its stages and how late they were are history (≤ 1 SQL)."""
    if has_stages(case):
        case.stages.all().delete()
        case.late_stages = 0


def has_stages(case: Case) -> bool:
    """Whether the kind has more than one stage; else the case is its own only stage (no SQL)."""
    return len(case.kind.stages) > 1


def finish_next_stage(case: Case, at: datetime, by: User) -> Stage:
    """Mark the first open stage as done (2 SQL statements)."""
    stage: Stage = case.stages.filter(done_at=None).earliest("position")
    stage.done_at, stage.by_name = at, by.display_name
    stage.save(update_fields=["done_at", "by_name"])
    case.late_stages += stage.late
    return stage


def finish_stages(case: Case, at: datetime, by: User) -> None:
    """Whoever reports the whole as done has done its stages (≤ 2 SQL)."""
    if not has_stages(case):
        return
    waiting = case.stages.filter(done_at=None)
    case.late_stages += waiting.filter(due_at__lt=at).count()
    waiting.update(done_at=at, by_name=by.display_name)


def reopen_last_stage(case: Case) -> None:
    """What has to be redone is the last stage: what was fenced off stays fenced off (≤ 2 SQL)."""
    if not has_stages(case):
        return
    last = case.stages.order_by("-position").first()
    if last is not None:
        case.late_stages -= min(case.late_stages, int(last.late))
        last.done_at, last.by_name = None, ""
        last.save(update_fields=["done_at", "by_name"])


def run_on(case: Case, stood: datetime | None, at: datetime, said: dict[str, Any]) -> None:
    """Let the clock go on that stood since then, the case's and every open stage's (≤ 2 SQL).

    Waiting and verifying is not the unit's time.
    """
    if case.due_at is None or stood is None:
        return
    case.due_at = due_after(case, case.due_at, stood=stood, until=at)
    said["due_at"] = case.due_at.isoformat()
    if not has_stages(case):
        return
    open_ones = list(case.stages.filter(done_at=None))
    for stage in open_ones:
        limit = Limit.parse(stage.limit)
        stage.due_at = calendar().after_pause(stage.due_at, limit, paused=stood, resumed=at)
        if stage.position == len(case.kind.stages) - 1:
            stage.due_at = case.due_at
    Stage.objects.bulk_update(open_ones, ["due_at"])


def extend_stages(case: Case, more: timedelta) -> None:
    """Move every open stage by the time that was granted (≤ 1 SQL)."""
    if has_stages(case):
        case.stages.filter(done_at=None).update(due_at=F("due_at") + more)
