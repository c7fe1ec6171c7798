"""Reports: taken once, located, joined or given a case; read by the desk."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from meicheng.engine.text import mask_personal
from meicheng.organisation.models import User
from meicheng.organisation.permissions import Scope, allow, scope
from meicheng.organisation.personal import read_phone
from meicheng.voices.actions import submit_report
from meicheng.voices.answers import read_answers, with_answers
from meicheng.voices.checking import (
    BadReport,
    Checked,
    check_report,
    world,
)
from meicheng.voices.checking import NewReport as Said
from meicheng.voices.codes import read_code
from meicheng.voices.models import Report
from meicheng.voices.quick import submit_at_once

from .asking import nothing, one_of, only
from .keys import need, sees_personal
from .once import Answer, digest_of, key_of, once
from .paging import newest, told
from .photos import photos_of
from .problems import Problem
from .schemas import NewReport, Page, ReportPage, TakenReport
from .schemas import Problem as ProblemSchema
from .tags import tagged

router = Router()
STATES, SOURCES = Report.State.values, Report.Source.values
EARLIEST = 2000  # the year before which no report can have been made


@router.post(
    "/reports",
    response={201: TakenReport, 404: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema},
    summary="Report a problem",
)
def report(request: HttpRequest, payload: NewReport) -> Any:
    """Take a report: it joins an open case of the same kind close by, or opens one of its own."""
    user = need(request, "reports:write")
    key = key_of(request)
    checked = _answered(check_report(_said(payload)), payload)
    allow(user, "reports.write", division=checked.division)
    if connection.vendor == "postgresql" and not payload.photos:
        written = _at_once(request, checked, payload.phone, user, key)
        if written is not None:
            return Status(201, written)
    photos = photos_of(payload.photos, user)

    def do() -> Answer:
        taken = submit_report(checked.said, by=user, photos=photos, phone=payload.phone)
        written = {
            "code": taken.code,
            "state": taken.state,
            "kind": checked.kind.code,
            "division": checked.division.code,
        }
        return Status(201, written)

    answer = once(request, user, do)
    return Status(answer.status_code, _with_case(answer.value))


@router.get("/reports", response=ReportPage, summary="Reports, the newest first")
def reports(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    state: Annotated[str, one_of(*STATES), only(*STATES)] = "",
    source: Annotated[str, one_of(*SOURCES), only(*SOURCES)] = "",
    kind: str = "",
) -> Any:
    """The reports of the caller's area, without names and numbers of people."""
    user = need(request, "reports:read")
    allow(user, "reports.see")
    rows = Report.objects.filter(scope(user, "reports.see").filter(division="division"))
    for field, value in (("state", state), ("source", source), ("kind", kind)):
        if value:
            rows = rows.filter(**{field: value})
    rows = rows.select_related("division", "case").defer("division__outline", "phone_sealed")
    found, cursor = newest(rows, limit=page.limit, cursor=page.cursor)
    seen = sees_personal(request, user)
    return told(request, response, found, cursor, partial(report_json, seen=seen))


@router.get("/reports/{code}", summary="One report")
def one_report(request: HttpRequest, code: str) -> HttpResponse:
    """One report; answers 304 to whoever has it."""
    user = need(request, "reports:read")
    known = read_code(code) or code
    found = Report.objects.select_related("division", "case").filter(code=known).first()
    if found is None:
        raise Http404(_("No report has this code; compare it letter by letter"))
    allow(user, "reports.see", division=found.division)
    return tagged(request, report_json(found, seen=sees_personal(request, user)))


def report_json(one: Report, *, seen: Scope | None) -> dict[str, Any]:
    """A report as the API writes it; masked but where `seen` lets the caller read all words."""
    read = seen is not None and seen.covers(division=one.division)
    told = str if read else mask_personal
    return {
        "code": one.code,
        "state": one.state,
        "source": one.source,
        "case": one.case.number if one.case else None,
        "kind": one.kind_id,
        "subject": told(one.subject),
        "body": told(one.body),
        "division": one.division.code,
        "address": told(one.address),
        "longitude": one.longitude,
        "latitude": one.latitude,
        "reported_at": one.reported_at,
        "reply": one.reply if read else mask_personal(one.reply, landlines=False),
        "replied_at": one.replied_at,
        "rating": one.rating,
        "votes": one.votes,
    }


def _said(payload: NewReport) -> Said:
    known = world()
    kind = None
    if payload.kind is not None:
        kind = known.kinds.get(payload.kind)
        if kind is None:
            raise nothing("kind", payload.kind)
    division = None
    if payload.division is not None:
        division = known.divisions.find(payload.division)
        if division is None:
            raise nothing("division", payload.division)
    if payload.reported_at is not None and payload.reported_at.tzinfo is None:
        said = _("Say the time with its zone, as 2026-11-23T19:40:00+08:00")
        raise Problem(422, said, [("reported_at", said)])
    if payload.reported_at is not None and payload.reported_at.year < EARLIEST:
        said = _("The time lies before %(year)d") % {"year": EARLIEST}
        raise Problem(409, said, [("reported_at", said)])
    return Said(
        source=Report.Source.API,
        body=payload.body,
        subject=payload.subject,
        kind=kind,
        division=division,
        address=payload.address,
        longitude=payload.longitude,
        latitude=payload.latitude,
        reported_at=payload.reported_at,
    )


def _answered(checked: Checked, payload: NewReport) -> Checked:
    """The report with what was answered to its kind's questions, if anything was."""
    if not payload.answers:
        return checked
    sent = {code: one if isinstance(one, list) else [one] for code, one in payload.answers.items()}
    answers = read_answers(checked.kind, sent)
    return check_report(with_answers(checked.said, checked.kind, answers))


def _at_once(
    request: HttpRequest, checked: Checked, phone: str, user: User, key: str
) -> dict[str, Any] | None:
    """The way of one statement; None where the key was used or an open case stands close by."""
    if phone:
        try:
            phone = read_phone(phone)
        except ValueError as problem:
            raise BadReport("phone", str(problem)) from None
    digest = digest_of(request)
    written = submit_at_once(checked, user=user, key=key, request_hash=digest, phone=phone)
    if written is None:
        return None
    taken, number = written
    return {
        "code": taken.code,
        "state": taken.state,
        "case": number,
        "kind": checked.kind.code,
        "division": checked.division.code,
    }


def _with_case(body: dict[str, Any]) -> dict[str, Any]:
    """An answer with the number of the report's case, which SQL gave (1 SQL statement)."""
    number = Report.objects.values_list("case__number", flat=True).get(code=body["code"])
    return {**body, "case": number}
