"""Tables as people see them, as a workbook: what was asked in the first row, headings, rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from . import exports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None
LONGEST = 32_000  # characters that a cell takes
_UNFIT = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True)
class Sheet:
    """One table: its name, what was asked (the first row), headings with widths, and rows.

    A share is written as per cent where its heading's column is in `shares` (counted from 0).
    """

    name: str
    asked: Sequence[str]
    headings: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Cell]]
    shares: frozenset[int] = frozenset()


def saved(content: bytes | str, name: str, media_type: str = XLSX) -> HttpResponse:
    """A file as an answer, a workbook unless said otherwise, to be saved under its name."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def workbook(*sheets: Sheet) -> bytes:
    """A workbook of tables.

    Text is written as text: a name that begins with “=” never becomes a formula. What is not known
    (None) stays empty. A name that two sheets share gets a number.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bg_color": "#e3f1ee", "border": 1, "text_wrap": True})
    share = book.add_format({"num_format": "0.0%"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    names: set[str] = set()
    for table in sheets:
        page = book.add_worksheet(_fitting(table.name, names))
        for column, words in enumerate(table.asked):
            page.write_string(0, column, words[:LONGEST])
        for column, (words, width) in enumerate(table.headings):
            page.set_column(column, column, width)
            page.write_string(1, column, words, head)
        page.freeze_panes(2, 1)
        page.repeat_rows(1)
        page.set_paper(9)  # A4
        page.set_landscape()
        page.fit_to_pages(1, 0)
        line = 1
        for line, row in enumerate(table.rows, start=2):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value[:LONGEST], text)
                elif value is not None:
                    page.write_number(
                        line, column, value, share if column in table.shares else None
                    )
        exports.counted(line - 1)
    book.close()
    return buffer.getvalue()


def _fitting(name: str, names: set[str]) -> str:
    """A name that Excel takes and no other sheet has: at most 31 signs, none of []:*?/\\."""
    plain = name.translate(_UNFIT).strip("' ")[:31] or "1"
    fitting, number = plain, 2
    while fitting.casefold() in names:
        tail = f" {number}"
        fitting = plain[: 31 - len(tail)] + tail
        number += 1
    names.add(fitting.casefold())
    return fitting
