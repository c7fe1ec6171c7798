"""How far a report has come, in words for the public: no names, no remarks, no phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from meicheng.cases.models import Case
from meicheng.engine.workflow import State
from meicheng.voices.models import Report

WORKING = {State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.TO_REDO, State.RELAPSED}


@dataclass(frozen=True)
class Passed:
    """A step that the public sees: what, when; "" for still to come."""

    label: str
    at: datetime | None
    mark: str  # "done", "now", ""


@dataclass(frozen=True)
class PublicState:
    """What whoever holds the code is told."""

    headline: str
    steps: list[Passed]
    unit: str
    due_at: datetime | None
    closed: bool
    ended: bool
    may_rate: bool


def public_state(report: Report) -> PublicState:
    """The state of a report from its case (no SQL once the case is loaded)."""
    case = report.case
    if case is None and report.replied_at is not None:
        return PublicState(_("It was answered at once."), [], "", None, True, True, False)
    if case is None:
        return PublicState(_("We have it and will look at it."), [], "", None, False, False, False)
    state = State(case.state)
    closed = state == State.CLOSED
    return PublicState(
        headline=headline(state, joined=report.state == Report.State.JOINED),
        steps=_steps(report, case, state),
        unit=case.unit.name if case.unit and state not in {State.SENT_BACK} else "",
        due_at=case.due_at if state in WORKING else None,
        closed=closed,
        ended=state in {State.TURNED_DOWN, State.WITHDRAWN},
        may_rate=closed and report.rating is None,
    )


def headline(state: State, *, joined: bool = False) -> str:
    """How far a case has come, in one sentence for the public."""
    if state == State.CLOSED:
        return _("It is done.")
    if state in {State.TURNED_DOWN, State.WITHDRAWN}:
        return _("It was not taken up; the reason stands below.")
    if state in {State.RESOLVED, State.VERIFIED}:
        return _("The unit says that it is done; somebody checks it on the spot.")
    if state in WORKING:
        return _("It is being worked on.")
    if state == State.SUSPENDED:
        return _("It cannot be solved at once; it stays on the list until it can.")
    if state == State.JOINED or joined:
        return _("Others have reported the same; you will be told the result as they are.")
    if state == State.REPORTED:
        return _("We have it and will look at it.")
    return _("It is on the list and will be handed to the unit that answers for it.")


def _steps(report: Report, case: Case, state: State) -> list[Passed]:
    if state in {State.TURNED_DOWN, State.WITHDRAWN}:
        return []
    passed = [
        (_("Received"), report.reported_at),
        (_("On the list"), case.registered_at),
        (_("With the unit"), case.dispatched_at),
        (_("Reported as done"), case.resolved_at),
        (_("Closed"), case.closed_at),
    ]
    reached = [at is not None for _label, at in passed]
    now = reached.index(False) if False in reached else len(reached)
    return [
        Passed(label, at, "done" if place < now else "now" if place == now else "")
        for place, (label, at) in enumerate(passed)
    ]
