"""Cases as a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.text import mask_personal
from meicheng.organisation.models import User
from meicheng.tables import exports
from meicheng.tables.pages import COUNT_CAP

from .queries.filters import SOURCES, CaseFilters
from .queries.listing import Row


def case_sheet(rows: Iterable[Row], *, filters: CaseFilters, user: User, at: datetime) -> bytes:
    """A workbook of cases; its first row says what was asked, by whom and when.

    Text is written as text: a description that begins with “=” never becomes a formula.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("Cases"))
    bold = book.add_format({"bold": True, "bg_color": "#e3f1ee", "border": 1})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_string(
        0,
        0,
        _("%(filters)s; exported %(at)s by %(who)s; at most %(most)d cases")
        % {
            "filters": filters.sentence,
            "at": timezone.localtime(at).strftime("%Y-%m-%d %H:%M"),
            "who": user.display_name,
            "most": COUNT_CAP,
        },
    )
    heads = [
        (_("Number"), 18), (_("Kind"), 16), (_("State"), 14), (_("District"), 12),
        (_("Community"), 16), (_("Address"), 28), (_("Unit"), 22), (_("Source"), 10),
        (_("Reported at"), 17), (_("Due"), 17), (_("Reported as done"), 17), (_("Closed at"), 17),
        (_("Time"), 18), (_("Redone"), 8), (_("What is wrong"), 50), (_("Outcome"), 40),
        (_("Longitude"), 12), (_("Latitude"), 12),
    ]  # fmt: skip
    for column, (head, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, head, bold)
    sheet.freeze_panes(2, 1)
    line = 1
    for line, row in enumerate(rows, start=2):
        case = row.case
        texts = [
            case.number,
            case.kind.name,
            str(case.get_state_display()),
            case.district.name if case.district else "",
            case.division.name,
            mask_personal(case.address),
            case.unit.name if case.unit else "",
            str(SOURCES.get(case.source, case.source)),
        ]
        for column, text in enumerate(texts):
            sheet.write_string(line, column, text)
        times = (case.reported_at, case.due_at, case.resolved_at, case.closed_at)
        for column, time in enumerate(times, start=8):
            if time is not None:
                local = timezone.localtime(time).replace(tzinfo=None)
                sheet.write_datetime(line, column, local, moment)
        sheet.write_string(line, 12, row.time.words if row.time else "")
        sheet.write_number(line, 13, case.redo_count)
        sheet.write_string(line, 14, mask_personal(case.description)[:32_000])
        sheet.write_string(line, 15, mask_personal(case.outcome, landlines=False)[:32_000])
        if case.longitude is not None and case.latitude is not None:
            sheet.write_number(line, 16, case.longitude)
            sheet.write_number(line, 17, case.latitude)
    exports.counted(line - 1)
    book.close()
    return buffer.getvalue()
