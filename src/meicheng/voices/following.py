"""A report follows its case: one rule for each step, in the same transaction as the step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _

from meicheng.cases.actions.undoing import CannotUndo
from meicheng.cases.models import Case
from meicheng.cases.signals import stepped
from meicheng.engine.workflow import State
from meicheng.notices.models import Letter

from .models import Report

ACCEPTED, JOINED = Report.State.ACCEPTED, Report.State.JOINED
# What a step of its case makes of a report. One that was joined stays so until it is answered.
AFTER = {
    "register": ACCEPTED,
    "reopen": ACCEPTED,
    "join": JOINED,
    "turn_down": Report.State.TURNED_DOWN,
    "withdraw": Report.State.TURNED_DOWN,
    "close": Report.State.ANSWERED,
}


def follow(*, case: Case, code: str, said: dict[str, Any], **_more: Any) -> None:
    """Move the reports of a case after a step of it (1 SQL statement, none for other steps).

    Registered: what waited is accepted, under the kind that the desk chose. Closed, turned down or
    withdrawn: everybody is answered, with the outcome where nothing was written by hand. Joined to
    a case that is closed already: answered with that one's outcome. Reopened: accepted again, and
    the answer to a result that did not hold is none; the chains keep what was written.
    """
    if code == "undo":
        _take_back(case, said)
        return
    state = AFTER.get(code)
    if state is None:
        return
    reports = Report.objects.filter(case=case)
    if code == "register":
        reports.filter(state=Report.State.RECEIVED).update(state=state, kind=case.kind_id)
    elif code in {"close", "turn_down", "withdraw"}:
        _answer(reports, state, case.outcome or said.get("remark", ""), case.closed_at)
    elif code == "reopen":
        reports.update(state=state, reply="", replied_at=None)
    elif case.joined_to is not None and case.joined_to.state == State.CLOSED:
        _answer(reports, Report.State.ANSWERED, case.joined_to.outcome, case.closed_at)
    else:
        reports.update(state=state)


def _answer(
    reports: QuerySet[Report], state: Report.State, words: str, at: datetime | None
) -> None:
    """Answer with these words whoever has not been written to by hand."""
    reports.update(
        state=state,
        reply=Coalesce(NullIf("reply", Value("")), Value(words)),
        replied_at=Coalesce("replied_at", Value(at)),
    )


def _take_back(case: Case, said: dict[str, Any]) -> None:
    """Let the reports say what they said before a step that was taken back (≤ 3 SQL statements).

    Raises `CannotUndo` where somebody was written to.
    """
    reports = Report.objects.filter(case=case)
    waits = Report.State.RECEIVED if case.state == State.REPORTED else ACCEPTED
    if said["step"] == "register":
        reports.filter(state=ACCEPTED).update(state=waits, kind=case.kind_id)
    elif said["step"] in {"close", "turn_down", "withdraw"}:
        answered = reports.filter(replied_at=said["closed_at"])
        letters = [letter_key(one) for one in answered]
        if Letter.objects.filter(key__in=letters).exists():
            raise CannotUndo(
                _("It cannot be taken back any more: whoever reported it was written to")
            )
        reports.exclude(replied_at=said["closed_at"]).update(state=Report.State.ANSWERED)
        answered.update(state=waits, reply="", replied_at=None)


def letter_key(report: Report) -> str:
    """The key of the letter that tells of a report's answer."""
    return f"report:{report.pk}:{report.replied_at.isoformat() if report.replied_at else ''}"


def start() -> None:
    """Follow the steps of cases from now on."""
    stepped.connect(follow, dispatch_uid="meicheng.voices.following")
