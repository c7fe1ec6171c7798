"""The states of a case and the seven public steps over them."""

from __future__ import annotations

from enum import StrEnum

from meicheng.engine.words import Words


class State(StrEnum):
    """Where a case stands. The values are stored, so they never change."""

    REPORTED = "reported"
    TURNED_DOWN = "turned_down"
    JOINED = "joined"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"
    SENT_BACK = "sent_back"
    TO_REDO = "to_redo"
    SUSPENDED = "suspended"
    RELAPSED = "relapsed"
    WITHDRAWN = "withdrawn"
    SPLIT = "split"

    @property
    def label(self) -> Words:
        """How the state is called on a page."""
        return _STATE_WORDS[self]


class Step(StrEnum):
    """The seven steps that the public is shown, in their order.

    Source: the closed loop of digital urban management (collect, register, dispatch, handle,
    report back, verify, close) in the CJ/T 214 and GB/T 30428 families.
    """

    COLLECTED = "collected"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    HANDLED = "handled"
    REPORTED_BACK = "reported_back"
    VERIFIED = "verified"
    CLOSED = "closed"

    @property
    def label(self) -> Words:
        """How the step is called on a page."""
        return _STEP_WORDS[self]

    @property
    def position(self) -> int:
        """The step's place in the row, from 1 to 7."""
        return list(Step).index(self) + 1


# Nothing waits for anybody here. Only a closed case can come back to life.
FINAL = frozenset({State.TURNED_DOWN, State.JOINED, State.CLOSED, State.WITHDRAWN})
# The desk owns a case in these: nobody else has it yet, or it came back.
AT_THE_DESK = frozenset({State.REPORTED, State.REGISTERED, State.SENT_BACK, State.RELAPSED})
# The unit has the case and its clock runs.
WITH_UNIT = (State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.TO_REDO)


def step_of(state: State | str) -> Step:
    """The public step that a state belongs to.

    >>> step_of("to_redo")
    <Step.HANDLED: 'handled'>
    """
    return _STEPS[State(state)]


_STATE_WORDS = {
    State.REPORTED: Words("待立案", "Reported"),
    State.TURNED_DOWN: Words("不予立案", "Turned down"),
    State.JOINED: Words("已并案", "Joined to another"),
    State.REGISTERED: Words("待派遣", "To be dispatched"),
    State.DISPATCHED: Words("已派遣", "Dispatched"),
    State.ACCEPTED: Words("已签收", "Accepted by the unit"),
    State.IN_PROGRESS: Words("处置中", "In progress"),
    State.RESOLVED: Words("待核查", "To be verified"),
    State.VERIFIED: Words("待结案", "Verified"),
    State.CLOSED: Words("已结案", "Closed"),
    State.SENT_BACK: Words("单位退回", "Sent back by the unit"),
    State.TO_REDO: Words("待返工", "To be redone"),
    State.SUSPENDED: Words("挂账", "Suspended"),
    State.RELAPSED: Words("反弹", "Relapsed"),
    State.WITHDRAWN: Words("已撤销", "Withdrawn"),
    State.SPLIT: Words("已拆分", "Split into parts"),
}

_STEP_WORDS = {
    Step.COLLECTED: Words("信息采集", "Collected"),
    Step.REGISTERED: Words("案件建立", "Registered"),
    Step.DISPATCHED: Words("任务派遣", "Dispatched"),
    Step.HANDLED: Words("任务处理", "Handled"),
    Step.REPORTED_BACK: Words("处理反馈", "Reported back"),
    Step.VERIFIED: Words("核查", "Verified"),
    Step.CLOSED: Words("结案", "Closed"),
}

_STEPS = {
    State.REPORTED: Step.COLLECTED,
    # A case that a unit returned, or that came back, waits at the dispatcher's desk.
    State.REGISTERED: Step.REGISTERED,
    State.SENT_BACK: Step.REGISTERED,
    State.RELAPSED: Step.REGISTERED,
    State.DISPATCHED: Step.DISPATCHED,
    State.ACCEPTED: Step.DISPATCHED,
    State.IN_PROGRESS: Step.HANDLED,
    State.TO_REDO: Step.HANDLED,
    State.SUSPENDED: Step.HANDLED,
    State.SPLIT: Step.HANDLED,
    State.RESOLVED: Step.REPORTED_BACK,
    State.VERIFIED: Step.VERIFIED,
    State.CLOSED: Step.CLOSED,
    State.TURNED_DOWN: Step.CLOSED,
    State.JOINED: Step.CLOSED,
    State.WITHDRAWN: Step.CLOSED,
}
