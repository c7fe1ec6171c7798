"""All that the page of one case needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from meicheng.cases.facts import facts_of
from meicheng.cases.models import FINAL_STATES, Case, CasePhoto, Extension, Stage, Support
from meicheng.cases.reaching import SUPPORTING, allow_case
from meicheng.engine.calendar import Limit
from meicheng.engine.space import cells_around, distance_m
from meicheng.engine.workflow import PEOPLES_STEPS, Facts, State, Step, Transition, step_of
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may, scope
from meicheng.standards.models import Criterion

from .criteria import criteria_of
from .reach import reach
from .story import Line, chain_fault, story
from .time import TimeLeft, stage_time, time_left
from .waiting import next_step

NEAR_METRES = 250


@dataclass(frozen=True)
class StepMark:
    """One of the seven public steps: "done", "now", "stop" or "" for still to come."""

    label: str
    mark: str


@dataclass(frozen=True)
class Near:
    """An open case nearby."""

    case: Case
    metres: int
    same_kind: bool


@dataclass(frozen=True)
class StageLine:
    """A stage with the time it has left."""

    stage: Stage
    time: TimeLeft


@dataclass(frozen=True)
class CaseDetails:
    """One case with everything that belongs to it."""

    case: Case
    steps: list[StepMark]
    time: TimeLeft | None
    limit: Limit
    before: list[CasePhoto]
    after: list[CasePhoto]
    lines: list[Line]
    fault: str
    criteria: list[Criterion]
    joined: list[Case]
    parts: list[Case]
    stages: list[StageLine]
    supports: list[Support]
    extension: Extension | None
    facts: Facts
    near: list[Near]
    allowed: list[Transition]
    main_step: str

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.case.state not in FINAL_STATES


def case_page(user: User, number: str, *, at: datetime) -> CaseDetails:
    """One case (at most 15 SQL statements). Raises `Case.DoesNotExist` and `NotAllowed`."""
    case = Case.objects.select_related(
        "kind", "division", "division__parent", "district", "unit", "site", "site__kind",
        "joined_to", "item", "parent",
    ).get(number=number)  # fmt: skip
    allow_case(user, "cases.see", case)
    photos = list(case.photos.select_related("file"))
    events = list(Event.objects.filter(chain=case.chain).order_by("sequence"))
    supports = list(case.supports.select_related("unit"))
    stages = list(case.stages.all()) if len(case.kind.stages) > 1 else []
    facts = facts_of(case, at=at, supports=supports, stages=stages)
    return CaseDetails(
        case=case,
        steps=step_marks(case),
        time=time_left(case, at=at),
        limit=Limit.parse(case.time_limit),
        before=[photo for photo in photos if photo.moment == CasePhoto.Moment.BEFORE],
        after=[photo for photo in photos if photo.moment != CasePhoto.Moment.BEFORE],
        lines=story(events),
        fault=chain_fault(case, events),
        criteria=criteria_of(case, user),
        joined=list(case.joined_cases.order_by("reported_at")[:20]),
        parts=list(case.parts.select_related("kind", "unit").order_by("pk")),
        stages=[StageLine(one, stage_time(one, case, at=at)) for one in stages],
        supports=supports,
        extension=case.extensions.first() if case.extension else None,
        facts=facts,
        near=near_cases(case, user),
        allowed=steps_of(user, case, facts, supports),
        main_step=next_step(case, user),
    )


def steps_of(
    user: User, case: Case, facts: Facts, supports: list[Support] | None = None
) -> list[Transition]:
    """The steps that the user may take now (no SQL, one where the supporting units are not given)."""
    rows = [row for row in steps_from(case.state, facts=facts) if row.code in PEOPLES_STEPS]
    return [row for row in rows if _may_take(user, row.code, case, supports)]


def _may_take(user: User, code: str, case: Case, supports: list[Support] | None) -> bool:
    action = f"cases.{code}"
    if action not in SUPPORTING:
        return may(user, action, division=case.division, unit=case.unit)
    # A part is reported as done by the unit whose part it is, not by the one that leads.
    if supports is None:
        supports = list(case.supports.all())
    units = scope(user, action).unit_ids
    return any(one.unit_id in units and one.done_at is None for one in supports)


def step_marks(case: Case) -> list[StepMark]:
    """The seven public steps with how far the case has come (no SQL)."""
    language = get_language() or "zh"
    state = State(case.state)
    finished = state == State.CLOSED
    ended = case.state in FINAL_STATES and not finished
    here = step_of(state)
    if state in {State.RESOLVED, State.VERIFIED}:
        # What was reported back waits for verification, what was verified waits for closing.
        here = list(Step)[here.position]
    marks = []
    for step in Step:
        if ended:
            done = step is Step.COLLECTED or (
                step is Step.REGISTERED and case.registered_at is not None
            )
            mark = "done" if done else "stop" if step is Step.CLOSED else ""
        elif finished or step.position < here.position:
            mark = "done"
        else:
            mark = "now" if step is here else ""
        marks.append(StepMark(step.label.say(language), mark))
    return marks


def near_cases(case: Case, user: User, *, limit: int = 5) -> list[Near]:
    """Open cases within `NEAR_METRES`, nearest first: what may be one problem (1 SQL statement)."""
    if case.longitude is None or case.latitude is None:
        return []
    cells = cells_around(case.longitude, case.latitude, NEAR_METRES)
    found = (
        Case.objects.filter(reach(user), closed_at__isnull=True, cell__in=cells)
        .exclude(pk=case.pk)
        .select_related("kind", "unit")
        .order_by("-reported_at")[:100]
    )
    near = [
        Near(
            one,
            round(distance_m(case.longitude, case.latitude, one.longitude or 0, one.latitude or 0)),
            one.kind_id == case.kind_id,
        )
        for one in found
    ]
    near = [one for one in near if one.metres <= NEAR_METRES]
    return sorted(near, key=lambda one: (not one.same_kind, one.metres))[:limit]
