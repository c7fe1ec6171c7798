"""What a step does to a case: the changes that `cases.actions` makes, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from meicheng.cases.actions.opening import open_again
from meicheng.cases.actions.stepping import end, take_up
from meicheng.cases.actions.time import latest_extension
from meicheng.cases.clock import calendar, due_after, due_of, stages_due
from meicheng.cases.models import Case, Extension, Stage, Support
from meicheng.cases.rules import chance_on_the_spot
from meicheng.engine.calendar import Limit
from meicheng.engine.workflow import FINAL, WITH_UNIT, State, check
from meicheng.organisation.models import Unit

from .lifetime import Life, Step
from .world import Person

Said = dict[str, Any]


def take(life: Life, verb: str, at: datetime, by: Person | None, said: Said) -> None:
    """Take a step that the workflow allows, and note what its event says."""
    case = life.case
    row = check(case.state, verb)
    change = CHANGES.get(verb)
    more = change(life, at, by, said) if change is not None else {}
    case.state = row.after(State(case.state))
    if case.extension == "asked" and case.state not in WITH_UNIT:
        case.extension = ""
        life.extensions[-1].granted, life.extensions[-1].decided_at = False, at
        life.extensions[-1].reason = Extension.LAPSED
    if case.state in FINAL:
        case.closed_at = at
        end(case, at)
    life.steps.append(Step(verb, at, by, {**said, **more}))


def hand_to(life: Life, at: datetime, unit: Unit) -> Said:
    """The unit's clock starts, and that of each stage."""
    case = life.case
    case.unit, case.dispatched_at, case.accepted_at = unit, at, None
    case.extension = case.decided_by_name = ""
    case.limit, due = due_of(case, at, fresh=False)
    case.due_at = due.astimezone(UTC)
    if len(case.kind.stages) > 1:
        found = stages_due(case.kind, at, division=case.division, severity=case.severity)
        life.stages = [
            Stage(
                case_id=case.pk,
                position=position,
                name_zh=one.name["zh"],
                name_en=one.name["en"],
                limit=one.limit,
                due_at=one.due.astimezone(UTC),
            )
            for position, one in enumerate(found)
        ]
        life.stages[-1].due_at = case.due_at
        case.late_stages = 0
    return {"unit": unit.code, "limit": case.limit, "due_at": case.due_at.isoformat()}


def _register(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    life.case.registered_at = at
    return {}


def _ended(life: Life, _at: datetime, _by: Person | None, said: Said) -> Said:
    life.case.outcome = said["remark"]
    return {}


def _dispatch(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    return hand_to(life, at, life.crew.unit)


def _decide(life: Life, at: datetime, by: Person | None, _said: Said) -> Said:
    said = hand_to(life, at, life.crew.unit)
    life.case.decided_by_name = by.name if by else ""
    return {**said, "decided_by": life.case.decided_by_name}


def _taken_up(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    take_up(life.case, at)
    return {}


def _send_back(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    case = life.case
    take_up(case, at)
    code = case.unit.code if case.unit else ""
    case.sent_back_count += 1
    case.unit = case.due_at = case.dispatched_at = case.accepted_at = None
    case.limit, case.late_stages, life.stages = "", 0, []
    return {"unit": code}


def _resolve(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    case = life.case
    take_up(case, at)
    case.resolved_at, case.outcome = at, said["remark"]
    for stage in life.stages:
        _stage_done(life, stage, at, by)
    without = [part.unit.name_zh for part in life.supports if part.done_at is None]
    return {"chance": chance_on_the_spot(case.kind, case.severity), "without": without}


def _stage_done(life: Life, stage: Stage, at: datetime, by: Person | None) -> None:
    if stage.done_at is None:
        stage.done_at, stage.by_name = at, by.name if by else ""
        life.case.late_stages += stage.late


def _finish_stage(life: Life, at: datetime, by: Person | None, _said: Said) -> Said:
    stage = next(one for one in life.stages if one.done_at is None)
    _stage_done(life, stage, at, by)
    return {"stage": stage.position}


def _again(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    case = life.case
    case.redo_count += 1
    if life.stages:
        case.late_stages -= min(case.late_stages, int(life.stages[-1].late))
        life.stages[-1].done_at, life.stages[-1].by_name = None, ""
    said = _run_on(life, case.resolved_at or case.closed_at, at)
    case.resolved_at = case.closed_at = case.spot_check = None
    return said


def _reopen(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    life.case.rating = life.case.answered_in_time = None
    return _again(life, at, by, said)


def _relapse(life: Life, _at: datetime, _by: Person | None, _said: Said) -> Said:
    open_again(life.case)
    life.case.late_stages, life.stages = 0, []
    return {}


def _suspend(life: Life, at: datetime, _by: Person | None, said: Said) -> Said:
    life.case.suspended_at = at
    life.case.review_on = datetime.fromisoformat(said["review_on"]).date()
    return {}


def _resume(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    said = _run_on(life, life.case.suspended_at, at)
    life.case.suspended_at = life.case.review_on = None
    return said


def _run_on(life: Life, stood: datetime | None, at: datetime) -> Said:
    """Let the clock go on that stood since then, as the actions do."""
    case = life.case
    if case.due_at is None or stood is None:
        return {}
    case.due_at = due_after(case, case.due_at, stood=stood, until=at).astimezone(UTC)
    for stage in life.stages:
        if stage.done_at is None:
            limit = Limit.parse(stage.limit)
            due = calendar().after_pause(stage.due_at, limit, paused=stood, resumed=at)
            stage.due_at = due.astimezone(UTC)
    if life.stages:
        life.stages[-1].due_at = case.due_at
    return {"due_at": case.due_at.isoformat()}


def _ask(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    until = latest_extension(life.case).astimezone(UTC)
    life.case.extension = "asked"
    life.extensions.append(
        Extension(
            case_id=life.case.pk,
            until=until,
            remark=said["remark"],
            asked_at=at,
            asked_by_id=by.pk if by else None,
            asked_by_name=by.name if by else "",
        )
    )
    return {"until": until.isoformat()}


def _answer(life: Life, at: datetime, by: Person | None, said: Said) -> Extension:
    asked = life.extensions[-1]
    asked.decided_at, asked.decided_by_name = at, by.name if by else ""
    asked.reason = said.get("remark", "")
    return asked


def _extend(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    asked, case = _answer(life, at, by, said), life.case
    asked.granted, case.extension = True, "granted"
    if case.due_at is not None:
        more = asked.until - case.due_at
        for stage in life.stages:
            if stage.done_at is None:
                stage.due_at += more
    case.due_at = asked.until
    return {"due_at": asked.until.isoformat()}


def _refuse(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    _answer(life, at, by, said).granted = False
    life.case.extension = "refused"
    return {}


def _support(life: Life, at: datetime, _by: Person | None, said: Said) -> Said:
    assert life.helper is not None
    unit = life.helper.unit
    life.supports.append(Support(case_id=life.case.pk, unit=unit, part=said["remark"], asked_at=at))
    return {"unit": unit.code}


def _part_done(life: Life, at: datetime, by: Person | None, said: Said) -> Said:
    part = life.supports[-1]
    part.done_at, part.by_name, part.result = at, by.name if by else "", said["remark"]
    return {"unit": part.unit.code}


def _split(life: Life, at: datetime, _by: Person | None, _said: Said) -> Said:
    case: Case = life.case
    case.split_at, case.unit = at, life.crew.unit
    case.due_at = case.dispatched_at = case.accepted_at = None
    case.limit, case.late_stages, life.stages = "", 0, []
    return {}


def _finish(life: Life, at: datetime, _by: Person | None, said: Said) -> Said:
    life.case.resolved_at, life.case.outcome = at, said.pop("outcome")
    return {}


CHANGES = {
    "register": _register,
    "turn_down": _ended,
    "withdraw": _ended,
    "dispatch": _dispatch,
    "decide": _decide,
    "accept": _taken_up,
    "start": _taken_up,
    "send_back": _send_back,
    "finish_stage": _finish_stage,
    "resolve": _resolve,
    "redo": _again,
    "reopen": _reopen,
    "relapse": _relapse,
    "suspend": _suspend,
    "resume": _resume,
    "ask_extension": _ask,
    "extend": _extend,
    "refuse_extension": _refuse,
    "support": _support,
    "part_done": _part_done,
    "split": _split,
    "finish": _finish,
}
