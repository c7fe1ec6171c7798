"""Reports in files: years of a hotline's records become reports with their cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.cases.history import ENDED
from meicheng.cases.models import STATE_LABELS
from meicheng.engine.text import mask_personal
from meicheng.engine.workflow import State
from meicheng.places.exchange import POSITION_COLUMNS
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Leniency, Rejection

from .models import Report
from .personal import masked_extra
from .taking import OWN_SYSTEM, hide_reporter, identify_report, take_reports

LONGEST_BODY = 20_000


def _extra(cell: str) -> dict[str, str]:
    """Other columns of the source, as the export writes them: a JSON object of texts."""
    try:
        found = json.loads(cell)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(_("is no JSON object"))
    return {str(name): str(value) for name, value in found.items()}


def _state_words() -> dict[str, str]:
    return {code: code for code, _label in STATE_LABELS}


REPORT_COLUMNS = [
    Column("source_system", gettext_lazy("Source system"), values.text(60), example="12345"),
    Column("number", gettext_lazy("Number there"), values.text(80), example="20260901000123"),
    Column(
        "source",
        gettext_lazy("Way in"),
        values.choice([source.value for source in Report.Source]),
        example="hotline",
        default="file",
    ),
    Column("reporter", gettext_lazy("Reporter"), values.text(80)),
    Column("subject", gettext_lazy("Subject"), values.text(300), example="路灯不亮"),
    Column(
        "body",
        gettext_lazy("Words"),
        values.text(LONGEST_BODY),
        required=True,
        example="柳池一巷口的路灯三天没亮了。",
    ),
    Column(
        "reported_at",
        gettext_lazy("Reported at"),
        values.moment(),
        required=True,
        example="2026-09-01 20:15:00",
        default=None,
    ),
    Column("kind", gettext_lazy("Kind of case"), values.text(60), example="lamp-out"),
    Column("division", gettext_lazy("Division"), values.text(), example="LC0101"),
    Column("address", gettext_lazy("Address"), values.text(300), example="柳池一巷口"),
    *POSITION_COLUMNS,
    Column(
        "state",
        gettext_lazy("State of the case"),
        values.choice(_state_words()),
        example="closed",
    ),
    Column("unit", gettext_lazy("Unit"), values.text(60), example=""),
    Column("unit_name", gettext_lazy("Unit's name"), values.text()),
    Column(
        "due_at",
        gettext_lazy("Due at"),
        values.moment(),
        example="2026-09-03 18:00:00",
        default=None,
    ),
    Column(
        "closed_at",
        gettext_lazy("Closed at"),
        values.moment(),
        example="2026-09-02 16:40:00",
        default=None,
    ),
    Column("outcome", gettext_lazy("Outcome"), values.text(LONGEST_BODY), example="已更换灯具。"),
    Column("reply", gettext_lazy("Reply"), values.text(LONGEST_BODY), example="您好，路灯已修好。"),
    Column(
        "replied_at",
        gettext_lazy("Replied at"),
        values.moment(),
        example="2026-09-02 17:00:00",
        default=None,
    ),
    Column("votes", gettext_lazy("Votes for"), values.whole_number(), example="3", default=0),
    Column("against", gettext_lazy("Votes against"), values.whole_number(), example="0", default=0),
    Column(
        "rating",
        gettext_lazy("Satisfaction, 1 to 5"),
        values.whole_number(1, 5),
        example="5",
        default=None,
    ),
    Column("extra", gettext_lazy("Other columns (JSON)"), _extra, default=None),
]


def check_report(found: dict[str, Any]) -> Rejection | None:
    """What is wrong with the times of a report, if anything; also settles how it ended."""
    now = timezone.now()
    if not found["state"]:
        ended = found["closed_at"] or found["replied_at"]
        found["state"] = State.CLOSED if ended else State.REPORTED
    if found["state"] in ENDED:
        found["closed_at"] = found["closed_at"] or found["replied_at"]
        if found["closed_at"] is None:
            return Rejection("closed_at", _("is empty, but the case has ended"))
    else:
        found["closed_at"] = None
    if found["reported_at"] > now:
        return Rejection("reported_at", _("lies in the future"))
    for column in ("closed_at", "replied_at"):
        at = found[column]
        if at is not None and at < found["reported_at"]:
            return Rejection(column, _("lies before the report itself"))
        if at is not None and at > now:
            return Rejection(column, _("lies in the future"))
    if found["due_at"] is not None and found["due_at"] < found["reported_at"]:
        return Rejection("due_at", _("lies before the report itself"))
    return None


def report_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Reports in the order in which they came, never with a citizen's telephone or e-mail.

    Numbers, plates and names in the words and in other columns are masked (an office's own telephone
    stays), reporters are pseudonyms.
    """
    found = (
        Report.objects.filter(filters.within("division__path"))
        .select_related("division", "case", "case__unit")
        .defer("phone_sealed", "email_sealed", "name_sealed", "suggested", "division__outline")
        .order_by("pk")
    )
    for name in ("state", "source", "kind"):
        if wanted := filters.words.get(name):
            found = found.filter(**{name: wanted})
    for report in found.iterator(chunk_size=1000):
        case = report.case
        own = report.external_number is None
        row = {
            "source_system": OWN_SYSTEM if own else report.source_system,
            "number": report.code if own else report.external_number,
            "source": report.source,
            "reporter": report.reporter,
            "subject": mask_personal(report.subject),
            "body": mask_personal(report.body),
            "reported_at": report.reported_at,
            "kind": case.kind_id if case else report.kind_id or "",
            "division": report.division.code,
            "address": mask_personal(report.address),
            "longitude": report.longitude,
            "latitude": report.latitude,
            "crs": "wgs84" if report.longitude is not None else "",
            "state": case.state if case else "closed" if report.reply else "reported",
            "unit": case.unit.code if case and case.unit else "",
            "unit_name": case.unit.name_zh if case and case.unit else "",
            "due_at": _not_before(report, case.due_at) if case else None,
            "closed_at": max(case.closed_at, report.reported_at)
            if case and case.closed_at
            else report.replied_at
            if case is None
            else None,
            "outcome": mask_personal(case.outcome, landlines=False) if case else "",
            "reply": mask_personal(report.reply, landlines=False),
            "replied_at": report.replied_at,
            "votes": report.votes,
            "against": report.against,
            "rating": report.rating,
            "extra": masked_extra(report) or None,
        }
        hide_reporter(row, report.source_system or OWN_SYSTEM)
        yield row


def _not_before(report: Report, at: datetime | None) -> datetime | None:
    """A time of the report's case, unless it is from before the report was joined to it."""
    return at if at is not None and at >= report.reported_at else None


KINDS = [
    Kind(
        "reports",
        gettext_lazy("Reports"),
        REPORT_COLUMNS,
        take_reports,
        report_rows,
        append_only=True,
        keeps_extra=True,
        geometry="point",
        identify=identify_report,
        check=check_report,
        leniencies=[
            Leniency(
                "unknown_division",
                "city",
                gettext_lazy("A division that is not here: the report belongs to the whole city"),
            ),
            Leniency(
                "outside",
                "keep_aside",
                gettext_lazy("A position outside the city: keep it with the other columns"),
            ),
            Leniency(
                "unknown_kind",
                "by_words",
                gettext_lazy("A kind of case that is not here: find one from the words"),
            ),
            Leniency("make_units", True, gettext_lazy("A unit that is not here: make it")),
        ],
    ),
]
