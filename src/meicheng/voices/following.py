"""A report follows its case: one rule for each step, in the same transaction as the step."""

from __future__ import annotations

from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf

from meicheng.cases.models import Case
from meicheng.cases.signals import stepped

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
    """Move the reports of a case after a step of it (1 SQL statement, none for other steps)."""
    state = AFTER.get(code)
    if state is None:
        return
    reports = Report.objects.filter(case=case)
    if code == "register":
        reports.filter(state=Report.State.RECEIVED).update(state=state)
    elif code in {"close", "turn_down", "withdraw"}:
        # What was written to the citizen by hand stands; else the outcome is the answer.
        words = case.outcome or said.get("remark", "")
        reports.update(
            state=state,
            reply=Coalesce(NullIf("reply", Value("")), Value(words)),
            replied_at=Coalesce("replied_at", Value(case.closed_at)),
        )
    else:
        reports.update(state=state)


def start() -> None:
    """Follow the steps of cases from now on."""
    stepped.connect(follow, dispatch_uid="meicheng.voices.following")
