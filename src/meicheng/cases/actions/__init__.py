"""What people do with cases: one function for one thing, one transaction each.

Every function locks the case, checks the permission, the state and the conditions against the
workflow's table, changes the row, moves the counts and writes the event, in this order.
"""

from meicheng.cases.problems import Needed, Stale

from .checks import pass_photo_case, rate_case, redo_case, verify_case
from .desk import (
    close_case,
    decide_case,
    dispatch_case,
    join_case,
    register_case,
    reopen_case,
    turn_down_case,
    withdraw_case,
)
from .family import Part, split_case
from .opening import (
    add_report,
    bring_back,
    closed_here,
    draft_case,
    open_case,
    relapse_case,
    remove_report,
)
from .time import (
    ask_extension_case,
    extend_case,
    refuse_extension_case,
    resume_case,
    suspend_case,
)
from .undoing import MOMENT, CannotUndo, can_be_undone, undo_case, why_never
from .work import (
    accept_case,
    finish_stage_case,
    part_done_case,
    resolve_case,
    send_back_case,
    start_case,
    support_case,
)

__all__ = [
    "MOMENT",
    "CannotUndo",
    "Needed",
    "Part",
    "Stale",
    "accept_case",
    "add_report",
    "ask_extension_case",
    "bring_back",
    "can_be_undone",
    "close_case",
    "closed_here",
    "decide_case",
    "dispatch_case",
    "draft_case",
    "extend_case",
    "finish_stage_case",
    "join_case",
    "open_case",
    "part_done_case",
    "pass_photo_case",
    "rate_case",
    "redo_case",
    "refuse_extension_case",
    "register_case",
    "relapse_case",
    "remove_report",
    "reopen_case",
    "resolve_case",
    "resume_case",
    "send_back_case",
    "split_case",
    "start_case",
    "support_case",
    "suspend_case",
    "turn_down_case",
    "undo_case",
    "verify_case",
    "why_never",
    "withdraw_case",
]
