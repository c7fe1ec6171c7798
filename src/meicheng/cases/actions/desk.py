"""What the desk decides: whether it is a case, whose it is, and when it is over."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.clock import due_of
from meicheng.cases.models import Case
from meicheng.cases.problems import Needed
from meicheng.cases.stages import begin_stages, reopen_last_stage, run_on
from meicheng.cases.units import check_unit
from meicheng.engine.workflow import State
from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.standards.models import CaseKind

from .stepping import Taking, lock, step


def register_case(
    case: Case,
    *,
    by: User,
    kind: CaseKind | None = None,
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Accept a reported problem as a case, if need be under another kind (立案)."""
    with step(case, "register", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        if kind is not None and kind.pk != case.kind_id:
            said["kind"] = kind.code
            said["kind_was"] = case.kind_id
            case.kind = kind
            case.severity = max(case.severity, kind.severity)
        case.registered_at = at
    return case


def turn_down_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Say with a reason that this is not a problem for the city to solve."""
    with step(case, "turn_down", by=by, remark=remark, seen=seen) as (case, _said, at, _facts):
        case.outcome = remark
        case.closed_at = at
    return case


def join_case(case: Case, *, to: Case, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say that this is the same problem as `to`; whoever reported it is answered with `to` (并案)."""
    if case.pk == to.pk:
        raise Needed(_("A case cannot be joined to itself"))
    if to.pk == case.parent_id:
        raise Needed(_("A part cannot be joined to the case that it is a part of"))
    with transaction.atomic():
        for one in sorted((case, to), key=lambda one: one.pk):
            lock(one)
        if to.state in {State.JOINED, State.TURNED_DOWN, State.WITHDRAWN}:
            raise Needed(
                _("%(number)s is %(state)s; choose a case that is being worked on")
                % {"number": to.number, "state": to.get_state_display()}
            )
        with step(case, "join", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
            case.joined_to = to
            case.closed_at = at
            said["to"] = to.number
        to.reports_count += case.reports_count
        next_event(to, "joined_by", by=by, at=timezone.now(), case=case.number)
        to.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
        case.reports.update(case=to)
    return case


def dispatch_case(
    case: Case, *, to: Unit, by: User, remark: str = "", seen: int | None = None
) -> Case:
    """Hand a registered case to the unit that will solve it and start its clock (派遣)."""
    with step(case, "dispatch", by=by, remark=remark, seen=seen) as taking:
        hand_to(taking, to)
    return case


def decide_case(case: Case, *, to: Unit, by: User, remark: str, seen: int | None = None) -> Case:
    """Decide as the coordination group, by name, whose case it is that was sent around (裁定).

    The unit cannot send it back again.
    """
    with step(case, "decide", by=by, remark=remark, seen=seen) as taking:
        hand_to(taking, to)
        case.decided_by_name = by.display_name
        taking.said["decided_by"] = by.display_name
    return case


def hand_to(taking: Taking, to: Unit) -> None:
    """Give the case to a unit: its clock starts, and that of each of its stages (≤ 2 SQL)."""
    case, said, at, _facts = taking
    check_unit(case, to)
    case.unit = to
    case.dispatched_at = at
    case.accepted_at = None
    case.extension, case.decided_by_name = "", ""
    case.limit, case.due_at = due_of(case, at)
    said["limit"] = case.limit
    said["unit"] = to.code
    said["due_at"] = case.due_at.isoformat()
    begin_stages(case, at)


def close_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Close a verified case; its outcome counts in the tallies from this moment (结案)."""
    with step(case, "close", by=by, remark=remark, seen=seen) as (case, _said, at, _facts):
        case.closed_at = at
        if remark:
            case.outcome = remark
    return case


def reopen_case(case: Case, *, by: User | None, remark: str, seen: int | None = None) -> Case:
    """Open a closed case again because whoever reported it says that it is not solved.

    A case that was split is taken up again as a whole, by the unit of its first part.
    """
    with step(case, "reopen", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        if case.unit is None:
            raise Needed(_("No unit had this case; open a new one"))
        case.redo_count += 1
        reopen_last_stage(case)
        run_on(case, case.resolved_at or case.closed_at, at, said)
        case.closed_at = case.resolved_at = case.split_at = None
        case.rating = case.answered_in_time = case.spot_check = None
        if case.due_at is None:
            case.dispatched_at = at
            case.limit, case.due_at = due_of(case, at)
            said["due_at"] = case.due_at.isoformat()
            begin_stages(case, at)
    return case


def withdraw_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Take a case off the list that was opened by mistake."""
    with step(case, "withdraw", by=by, remark=remark, seen=seen) as (case, _said, at, _facts):
        case.outcome = remark
        case.closed_at = at
    return case
