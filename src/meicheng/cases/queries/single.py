"""All that the page of one case needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from meicheng.cases.models import FINAL_STATES, Case, CasePhoto
from meicheng.engine.calendar import Limit
from meicheng.engine.space import cells_around, distance_m
from meicheng.engine.workflow import State, Step, Transition, step_of
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may

from .reach import reach
from .story import Line, chain_fault, story
from .time import TimeLeft, time_left
from .waiting import next_step

NEAR_METRES = 250
# Steps that the product's actions offer; the rest of the table waits for its own action.
OFFERED = frozenset(
    [
        "register",
        "turn_down",
        "join",
        "dispatch",
        "accept",
        "start",
        "resolve",
        "send_back",
        "verify",
        "redo",
        "close",
        "reopen",
        "suspend",
        "resume",
        "withdraw",
    ]
)


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
    joined: list[Case]
    near: list[Near]
    allowed: list[Transition]
    main_step: str

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.case.state not in FINAL_STATES


def case_page(user: User, number: str, *, at: datetime) -> CaseDetails:
    """One case (at most 8 SQL statements). Raises `Case.DoesNotExist` and `NotAllowed`."""
    case = Case.objects.select_related(
        "kind", "division", "division__parent", "district", "unit", "site", "site__kind",
        "joined_to", "item",
    ).get(number=number)  # fmt: skip
    allow(user, "cases.see", division=case.division, unit=case.unit)
    photos = list(case.photos.select_related("file"))
    events = list(Event.objects.filter(chain=case.chain).order_by("sequence"))
    return CaseDetails(
        case=case,
        steps=step_marks(case),
        time=time_left(case, at=at),
        limit=Limit.parse(case.time_limit),
        before=[photo for photo in photos if photo.moment == CasePhoto.Moment.BEFORE],
        after=[photo for photo in photos if photo.moment != CasePhoto.Moment.BEFORE],
        lines=story(events),
        fault=chain_fault(case, events),
        joined=list(case.joined_cases.order_by("reported_at")[:20]),
        near=near_cases(case, user),
        allowed=[
            row
            for row in steps_from(case.state)
            if row.code in OFFERED
            and may(user, f"cases.{row.code}", division=case.division, unit=case.unit)
        ],
        main_step=next_step(case, user),
    )


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
