"""XLSX, streamed: the first sheet's rows, with formulas and merged cells found and named.

A formula's last result may be missing or stale, so a row that has one in a column that is used is
rejected with the cell's name: paste the values, then import. Cells merged over rows or columns
leave it open what belongs to which, so their rows are rejected too.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from meicheng.tables.kinds import Refused
from meicheng.tables.values import cell_as_shown

from .table import FORMULA, OWN_MARK, RawRow, Table, checked_headings, own_crs

LARGEST_UNPACKED = 4 * 1024**3
WIDEST = 500
MERGED = re.compile(rb'<mergeCell\s+ref="([A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?)"')


def open_xlsx(path: Path) -> Table:
    """The first sheet of a workbook as a table. Raises `Refused`."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if "xl/workbook.xml" not in archive.namelist():
                raise Refused(_("This is a ZIP archive but no Excel workbook (.xlsx)"))
        if unpacked > LARGEST_UNPACKED:
            raise Refused(
                _("The workbook unpacks to over %(limit)d GB; send CSV")
                % {"limit": LARGEST_UNPACKED >> 30}
            )
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Refused:
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise on a damaged file
        raise Refused(_("The workbook cannot be opened: %(why)s") % {"why": error}) from error
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise Refused(_("The workbook has no visible sheet"))
    sheet = sheets[0]
    merged = _merged_rows(path, sheet)
    height = sheet.max_row or 0  # as the workbook says it; some say nothing
    sheet.reset_dimensions()
    last = [0]
    records = _records(sheet, merged, last)
    heading = next(records, None)
    crs = ""
    if heading is not None and heading.cells and heading.cells[0].startswith(OWN_MARK):
        crs = own_crs(heading.cells[0])
        heading = next(records, None)
    if heading is None:
        raise Refused(_("The sheet “%(name)s” is empty") % {"name": sheet.title})
    if heading.number in merged:
        raise Refused(
            _(
                "Cells %(cells)s are merged where headings were expected: the first row must name "
                "each column; remove the title above it"
            )
            % {"cells": merged[heading.number]}
        )
    columns = checked_headings(["" if cell.startswith(FORMULA) else cell for cell in heading.cells])
    table = Table(columns, _fitting(records, len(columns)), "xlsx", crs, "xlsx")
    table.share = lambda: min(1.0, last[0] / height) if height else 0.0
    if len(sheets) > 1:
        table.notes.append(_("Only the first sheet is read: “%(name)s”") % {"name": sheet.title})
    return table


def _merged_rows(path: Path, sheet: Any) -> dict[int, str]:
    """The rows that merged cells touch, each with the range; found by streaming the sheet's XML."""
    inner = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    rows: dict[int, str] = {}
    with zipfile.ZipFile(path) as archive, archive.open(inner) as stream:
        tail = b""
        while piece := stream.read(1 << 20):
            block = tail + piece
            for found in MERGED.finditer(block):
                reference = found[1].decode("ascii")
                _left, top, _right, bottom = range_boundaries(reference)
                for row in range(int(top or 1), min(int(bottom or 1), int(top or 1) + 10_000) + 1):
                    rows[row] = reference
            tail = block[-80:]
    return rows


def _records(sheet: Any, merged: dict[int, str], last: list[int]) -> Iterator[RawRow]:
    """Every row with its number, which is kept in `last` too; empty ones are passed over."""
    for number, cells in enumerate(sheet.iter_rows(max_col=WIDEST), 1):
        last[0] = number
        values: list[str] = []
        problem = ""
        at: int | None = None
        for position, cell in enumerate(cells, 1):
            if cell.value is None:
                values.append("")
            elif cell.data_type == "f":
                values.append(f"{FORMULA} {get_column_letter(position)}{number}")
            elif cell.data_type == "e":
                at = position - 1
                problem = _("cell %(cell)s holds the error %(value)s") % {
                    "cell": f"{get_column_letter(position)}{number}",
                    "value": cell.value,
                }
                values.append(str(cell.value))
            else:
                values.append(_written(cell))
        while values and not values[-1]:
            values.pop()
        if not values:
            continue
        if number in merged and not problem:
            problem = _("cells %(cells)s are merged; unmerge them and fill each") % {
                "cells": merged[number]
            }
        yield RawRow(number, values, problem, at)


def _written(cell: Any) -> str:
    """A cell as the text that a CSV file would have."""
    value = cell.value
    if isinstance(value, datetime):
        # Excel counts days in floating point: a full second can lie a little beside itself.
        return (value + timedelta(microseconds=500)).replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return cell_as_shown(cell)


def _fitting(records: Iterator[RawRow], width: int) -> Iterator[RawRow]:
    for row in records:
        if not row.problem and len(row.cells) > width:
            reason = _("has %(found)d cells; the headings have %(width)d") % {
                "found": len(row.cells),
                "width": width,
            }
            yield RawRow(row.number, row.cells, reason)
            continue
        yield row._replace(cells=row.cells + [""] * (width - len(row.cells)))
