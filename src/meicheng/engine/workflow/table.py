"""The one table of the workflow: every step that a case can take, who takes it, and why.

Buttons and their keys, the API's `allowed_actions`, the permission matrix, the diagram in `docs/workflow.md` and
the tests are all made from `TRANSITIONS`.
"""

from __future__ import annotations

from meicheng.engine.words import Words

from .conditions import Condition
from .row import Need, Role, Transition
from .states import WITH_UNIT, State

_DESK = (Role.DISPATCHER, Role.CREATION_OFFICE)
_UNIT = (Role.UNIT_WORKER, Role.UNIT_LEAD)
_LEADS = (Role.DISTRICT_LEAD, Role.CITY_LEAD, Role.CREATION_OFFICE)
_DISPATCHERS = (*_DESK, Role.DISTRICT_LEAD)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        code="register",
        label=Words("立案", "Register"),
        from_states=(State.REPORTED,),
        to_state=State.REGISTERED,
        roles=_DESK,
        needs=(Need.KIND,),
        key="r",
        undoable=True,
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
        key="t",
        undoable=True,
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
        key="m",
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
        roles=_DISPATCHERS,
        needs=(Need.UNIT,),
        conditions=(Condition.NOT_SENT_AROUND,),
        key="d",
        undoable=True,
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
        key="a",
        undoable=True,
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
        conditions=(Condition.NOT_DECIDED,),
        key="b",
        why=Words(
            "派错单位要写明依据退回；已反馈过处置结果的不能再退，退回三次的由综合协调组裁定。",
            "A case sent to the wrong unit goes back with the reason; a unit that has once "
            "reported it as done can no longer say that it is not its own, and what was sent back "
            "three times the coordination group decides.",
        ),
    ),
    Transition(
        code="decide",
        label=Words("裁定", "Decide whose it is"),
        from_states=(State.SENT_BACK,),
        to_state=State.DISPATCHED,
        roles=(Role.CREATION_OFFICE, Role.CITY_LEAD),
        needs=(Need.UNIT, Need.REMARK),
        conditions=(Condition.SENT_AROUND,),
        key="d",
        undoable=True,
        why=Words(
            "退回三次仍无单位认领的，由综合协调组署名裁定责任单位，被裁定单位不得再退。",
            "After three units said no, the coordination group names the unit, and who decided; "
            "that unit cannot send it back again.",
        ),
    ),
    Transition(
        code="start",
        label=Words("开始处置", "Start work"),
        from_states=(State.DISPATCHED, State.ACCEPTED, State.TO_REDO),
        to_state=State.IN_PROGRESS,
        roles=_UNIT,
        key="s",
        undoable=True,
        why=Words(
            "让反映人和值守人员看到已有人在办。",
            "Shows whoever reported it, and the desk, that somebody is at work.",
        ),
    ),
    Transition(
        code="finish_stage",
        label=Words("完成阶段", "Finish a stage"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=_UNIT,
        needs=(Need.PHOTO,),
        conditions=(Condition.STAGE_OPEN,),
        why=Words(
            "先围挡、后修复：每个阶段各有时限，用照片证明按时完成。",
            "Fence off first, then repair: each stage has its own limit, and a photograph proves "
            "that it was kept.",
        ),
    ),
    Transition(
        code="support",
        label=Words("请求协办", "Ask another unit for its part"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=(*_DISPATCHERS, Role.UNIT_LEAD),
        needs=(Need.UNIT, Need.REMARK),
        why=Words(
            "一家主办、多家协办：写清协办单位承担的部分，各自反馈。",
            "One unit leads and others do their part, in words, each with its own done or not done.",
        ),
    ),
    Transition(
        code="part_done",
        label=Words("协办完成", "Report our part as done"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=_UNIT,
        needs=(Need.REMARK,),
        conditions=(Condition.PART_OPEN,),
        why=Words(
            "协办单位完成承担的部分后反馈，主办单位据此办结。",
            "The supporting unit says that its part is done, so that the lead can finish the whole.",
        ),
    ),
    Transition(
        code="resolve",
        label=Words("处置反馈", "Report as done"),
        from_states=WITH_UNIT,
        to_state=State.RESOLVED,
        roles=_UNIT,
        needs=(Need.PHOTO,),
        key="f",
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
        needs=(Need.PHOTO,),
        key="v",
        why=Words(
            "办的人不能自己说办好了，由另一人到现场拍照确认。",
            "Another person than the one who did the work confirms on the spot, with a photograph, "
            "that the problem is gone.",
        ),
    ),
    Transition(
        code="pass_photo",
        label=Words("看图核查通过", "Pass on the photograph"),
        from_states=(State.RESOLVED,),
        to_state=State.VERIFIED,
        roles=(Role.VERIFIER, Role.CREATION_OFFICE),
        conditions=(Condition.NOT_DRAWN,),
        key="p",
        undoable=True,
        why=Words(
            "未抽中现场核查的，凭处置照片核查；不合格率只按抽中的案件估计。",
            "What the draw did not send to the spot is verified on the unit's photograph; the share "
            "of failures is estimated from the drawn ones alone.",
        ),
    ),
    Transition(
        code="redo",
        label=Words("返工", "Have it redone"),
        from_states=(State.RESOLVED, State.VERIFIED),
        to_state=State.TO_REDO,
        roles=(Role.VERIFIER, Role.INSPECTOR, *_DESK),
        needs=(Need.REMARK,),
        key="b",
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
        key="c",
        undoable=True,
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
        from_states=WITH_UNIT,
        to_state=State.SUSPENDED,
        roles=_LEADS,
        needs=(Need.REMARK, Need.REVIEW_ON),
        why=Words(
            "暂不具备条件的停止计时，写明恢复的条件和复查日期，到期复查。",
            "What cannot be done yet stops its clock, with the condition that ends the wait and a "
            "day on which it is looked at again.",
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
        undoable=True,
        why=Words(
            "误立的案件在动工之前撤下，记录保留。",
            "A case opened by mistake is taken off before work begins; its record stays.",
        ),
    ),
    Transition(
        code="ask_extension",
        label=Words("申请延期", "Ask for more time"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=(Role.UNIT_LEAD,),
        needs=(Need.REMARK, Need.UNTIL, Need.APPROVAL),
        approved_by=_DISPATCHERS,
        conditions=(Condition.NOT_ASKED, Condition.NOT_EXTENDED, Condition.NOT_OVERDUE),
        why=Words(
            "确有困难的，到期前申请，经批准可延一次，最多再给同样长的时间。",
            "Where the limit cannot be kept, once, before it ends and with approval, at most the "
            "same time again.",
        ),
    ),
    Transition(
        code="extend",
        label=Words("批准延期", "Grant more time"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=_DISPATCHERS,
        conditions=(Condition.ASKED, Condition.NOT_OVERDUE),
        why=Words(
            "由申请人以外的人批准，时限按批准顺延并留痕。",
            "Somebody else than the one who asked grants it; the limit moves, and the record says "
            "why.",
        ),
    ),
    Transition(
        code="refuse_extension",
        label=Words("不予延期", "Refuse more time"),
        from_states=WITH_UNIT,
        to_state=None,
        roles=_DISPATCHERS,
        needs=(Need.REMARK,),
        conditions=(Condition.ASKED,),
        why=Words(
            "理由不充分的不予延期并说明理由，原时限不变。",
            "Where the reason does not hold the limit stays, and the unit is told why.",
        ),
    ),
    Transition(
        code="split",
        label=Words("拆分", "Split into parts"),
        from_states=(State.REGISTERED, State.SENT_BACK, State.RELAPSED, *WITH_UNIT),
        to_state=State.SPLIT,
        roles=_DISPATCHERS,
        needs=(Need.PARTS,),
        conditions=(Condition.NO_PART_OPEN,),
        why=Words(
            "一件含多个问题、分属多家的，拆成若干子案各自计时；子案全部办结，原案随之办结。",
            "Several problems of several units in one case: each becomes a case with its own clock, "
            "and the whole ends when all its parts have ended.",
        ),
    ),
    Transition(
        code="finish",
        label=Words("子案办结", "All parts have ended"),
        from_states=(State.SPLIT,),
        to_state=State.CLOSED,
        roles=(Role.SYSTEM,),
        why=Words(
            "最后一个子案结束时自动办结，不必再点。",
            "Follows by itself when the last part has ended.",
        ),
    ),
    Transition(
        code="unsplit",
        label=Words("子案均撤销", "All parts were withdrawn"),
        from_states=(State.SPLIT,),
        to_state=State.REGISTERED,
        roles=(Role.SYSTEM,),
        why=Words(
            "子案全部撤销的，问题仍在，原案回到派遣环节。",
            "When every part was withdrawn nobody has the problem: it is back at the desk.",
        ),
    ),
)

PEOPLES_STEPS: tuple[str, ...] = tuple(row.code for row in TRANSITIONS if row.by_people)
