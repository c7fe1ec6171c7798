"""The one table of the workflow: every step that a case can take, who takes it, and why.

Buttons, the API's `allowed_actions`, the permission matrix, the diagram in `docs/workflow.md` and
the tests are all made from `TRANSITIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meicheng.engine.words import Words

from .states import State


class Role(StrEnum):
    """Who takes part; the codes are those of the organisation's memberships, and the citizen."""

    CITIZEN = "citizen"
    COLLECTOR = "collector"
    DISPATCHER = "dispatcher"
    UNIT_WORKER = "unit-worker"
    UNIT_LEAD = "unit-lead"
    INSPECTOR = "inspector"
    VERIFIER = "verifier"
    DISTRICT_LEAD = "district-lead"
    CITY_LEAD = "city-lead"
    CREATION_OFFICE = "creation-office"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Need(StrEnum):
    """What a step asks for before it is taken."""

    REMARK = "remark"  # words that say why
    PHOTO = "photo"  # at least one photograph of the result
    UNIT = "unit"  # the unit that will solve it
    KIND = "kind"  # the kind of problem; the one the case carries unless another is named
    CASE = "case"  # another case
    APPROVAL = "approval"  # somebody of `approved_by`, and never the one who asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `to_state` is None where the case stays in its state."""

    code: str
    label: Words
    from_states: tuple[State, ...]
    to_state: State | None
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    approved_by: tuple[Role, ...] = ()
    why: Words

    def after(self, state: State) -> State:
        """The state of a case that takes this step in `state`."""
        return self.to_state if self.to_state is not None else state


_DESK = (Role.DISPATCHER, Role.CREATION_OFFICE)
_UNIT = (Role.UNIT_WORKER, Role.UNIT_LEAD)
_LEADS = (Role.DISTRICT_LEAD, Role.CITY_LEAD, Role.CREATION_OFFICE)
# The unit has the case and its clock runs.
_WITH_UNIT = (State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.TO_REDO)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        code="register",
        label=Words("立案", "Register"),
        from_states=(State.REPORTED,),
        to_state=State.REGISTERED,
        roles=_DESK,
        needs=(Need.KIND,),
        why=Words(
            "确认属于受理范围、类别正确，此后按时限和责任考核。",
            "Confirms that the problem is the city's and its kind is right; from here it is owed.",
        ),
    ),
    Transition(
        code="turn_down",
        label=Words("不予立案", "Turn down"),
        from_states=(State.REPORTED,),
        to_state=State.TURNED_DOWN,
        roles=_DESK,
        needs=(Need.REMARK,),
        why=Words(
            "不属于受理范围或查无此事；反映人有权知道理由。",
            "Not for the city to solve, or not there; whoever reported it is told the reason.",
        ),
    ),
    Transition(
        code="join",
        label=Words("并案", "Join to another"),
        from_states=(State.REPORTED, State.REGISTERED),
        to_state=State.JOINED,
        roles=_DESK,
        needs=(Need.CASE,),
        why=Words(
            "同一问题多人反映，只办一次，每位反映人都得到答复。",
            "Many may report one problem: it is solved once and everybody is answered.",
        ),
    ),
    Transition(
        code="dispatch",
        label=Words("派遣", "Dispatch"),
        from_states=(State.REGISTERED, State.SENT_BACK, State.RELAPSED),
        to_state=State.DISPATCHED,
        roles=(*_DESK, Role.DISTRICT_LEAD),
        needs=(Need.UNIT,),
        why=Words(
            "明确一个责任单位并开始计时。",
            "Names the one unit that answers for it and starts its clock.",
        ),
    ),
    Transition(
        code="accept",
        label=Words("签收", "Accept"),
        from_states=(State.DISPATCHED,),
        to_state=State.ACCEPTED,
        roles=_UNIT,
        why=Words(
            "责任单位确认职责，派遣员不必再追问。",
            "The unit says that the case is its own, so that the dispatcher need not ask.",
        ),
    ),
    Transition(
        code="send_back",
        label=Words("退回", "Send back"),
        from_states=(State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS),
        to_state=State.SENT_BACK,
        roles=_UNIT,
        needs=(Need.REMARK,),
        why=Words(
            "派错单位要写明依据退回；已反馈过处置结果的不能再退。",
            "A case sent to the wrong unit goes back with the reason; a unit that has once "
            "reported it as done can no longer say that it is not its own.",
        ),
    ),
    Transition(
        code="start",
        label=Words("开始处置", "Start work"),
        from_states=(State.DISPATCHED, State.ACCEPTED, State.TO_REDO),
        to_state=State.IN_PROGRESS,
        roles=_UNIT,
        why=Words(
            "让反映人和值守人员看到已有人在办。",
            "Shows whoever reported it, and the desk, that somebody is at work.",
        ),
    ),
    Transition(
        code="resolve",
        label=Words("处置反馈", "Report as done"),
        from_states=_WITH_UNIT,
        to_state=State.RESOLVED,
        roles=_UNIT,
        needs=(Need.PHOTO,),
        why=Words(
            "用现场照片证明办结；小问题可当场办完直接反馈，不必逐级点选。",
            "A photograph proves the work; what is done on the spot is reported in one step.",
        ),
    ),
    Transition(
        code="verify",
        label=Words("核查通过", "Verify"),
        from_states=(State.RESOLVED,),
        to_state=State.VERIFIED,
        roles=(Role.VERIFIER, Role.INSPECTOR, Role.CREATION_OFFICE),
        why=Words(
            "办的人不能自己说办好了，由另一人到现场确认。",
            "Another person than the one who did the work confirms that the problem is gone.",
        ),
    ),
    Transition(
        code="redo",
        label=Words("返工", "Have it redone"),
        from_states=(State.RESOLVED, State.VERIFIED),
        to_state=State.TO_REDO,
        roles=(Role.VERIFIER, Role.INSPECTOR, *_DESK),
        needs=(Need.REMARK,),
        why=Words(
            "问题仍在，由原单位重办；返工次数计入考评。",
            "The problem is still there: the same unit does it again, and it counts.",
        ),
    ),
    Transition(
        code="close",
        label=Words("结案", "Close"),
        from_states=(State.VERIFIED,),
        to_state=State.CLOSED,
        roles=(Role.VERIFIER, *_DESK),
        why=Words(
            "核查通过后销号，从此计入办结。",
            "Struck off after verification; from here it counts as solved.",
        ),
    ),
    Transition(
        code="reopen",
        label=Words("重新办理", "Reopen"),
        from_states=(State.CLOSED,),
        to_state=State.TO_REDO,
        roles=(*_DESK, Role.CITIZEN),
        needs=(Need.REMARK,),
        why=Words(
            "反映人不满意、问题未解决的，退原单位重办。",
            "Whoever reported it says that it is not solved: the same unit takes it up again.",
        ),
    ),
    Transition(
        code="suspend",
        label=Words("挂账", "Suspend"),
        from_states=_WITH_UNIT,
        to_state=State.SUSPENDED,
        roles=_LEADS,
        needs=(Need.REMARK,),
        why=Words(
            "暂不具备条件的停止计时，并写明何时、何条件下恢复。",
            "What cannot be done yet stops its clock, with the condition that ends the wait.",
        ),
    ),
    Transition(
        code="resume",
        label=Words("恢复办理", "Resume"),
        from_states=(State.SUSPENDED,),
        to_state=State.IN_PROGRESS,
        roles=_LEADS,
        why=Words(
            "条件具备，继续计时；停止的时间补入时限。",
            "The condition holds: the clock goes on, and the time it stood is added.",
        ),
    ),
    Transition(
        code="relapse",
        label=Words("反弹", "Mark as relapsed"),
        from_states=(State.CLOSED,),
        to_state=State.RELAPSED,
        roles=(*_DESK, Role.INSPECTOR),
        needs=(Need.REMARK,),
        why=Words(
            "同一地点同类问题短期内再次出现，重开旧案而不另立新案，反弹才看得见。",
            "The same problem at the same place soon after: the old case opens again instead of "
            "a new one, so that relapses show.",
        ),
    ),
    Transition(
        code="withdraw",
        label=Words("撤销", "Withdraw"),
        from_states=(
            State.REPORTED,
            State.REGISTERED,
            State.DISPATCHED,
            State.ACCEPTED,
            State.SENT_BACK,
        ),
        to_state=State.WITHDRAWN,
        roles=_DESK,
        needs=(Need.REMARK,),
        why=Words(
            "误立的案件在动工之前撤下，记录保留。",
            "A case opened by mistake is taken off before work begins; its record stays.",
        ),
    ),
    Transition(
        code="extend",
        label=Words("延期", "Extend"),
        from_states=_WITH_UNIT,
        to_state=None,
        roles=(Role.UNIT_LEAD,),
        needs=(Need.REMARK, Need.APPROVAL),
        approved_by=(*_DESK, Role.DISTRICT_LEAD),
        why=Words(
            "确有困难的，到期前经批准可延一次，最多再给同样长的时间。",
            "Where the limit cannot be kept, once, before it ends and with approval, at most the "
            "same time again.",
        ),
    ),
)
