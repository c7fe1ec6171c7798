"""Workbooks cell by cell: opened with care, read with the place of every value, written as text."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from .cells import from_cell, to_cell
from .fields import Field, Text
from .located import Located
from .problems import Log, Where

LARGEST = 100_000_000  # bytes that a workbook may unpack to
WIDE = ("value", "site_kinds", "steps", "from", "to")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def opened(content: bytes, log: Log) -> Any:
    """The workbook of a file, or None with the reason in the log."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST:
            log.add(Where(), f"解开后超过 {LARGEST} 字节", f"unpacks to over {LARGEST} bytes")
            return None
        return load_workbook(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        log.add(
            Where(),
            f"不是可读的 XLSX 工作簿（{error}）",
            f"not a workbook that can be read ({error}); expected XLSX",
        )
        return None


def saved(workbook: Workbook) -> bytes:
    """The workbook as a file."""
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def fill(sheet: Any, rows: list[list[Any]]) -> None:
    """Write rows, the headings first; text is text, whatever a spreadsheet would make of it."""
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            stored = to_cell(value)
            if stored is None:
                continue
            cell = sheet.cell(number, column)
            cell.value = _excel_text(stored) if isinstance(stored, str) else stored
            if isinstance(stored, str):
                cell.data_type = "s"  # never a formula, an error or a number
                cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor="E8E4DA")
            elif len(str(stored)) > 30:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    for column, name in enumerate(rows[0], start=1):
        wide = name.startswith(("name", "note")) or name in WIDE
        sheet.column_dimensions[get_column_letter(column)].width = 36 if wide else 16


def _excel_text(text: str) -> str:
    """Text in which Excel sees no escape: it reads _x000D_ as a line end."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


class Rows:
    """Reads the rows of sheets with headings; what is wrong goes into the log."""

    def __init__(self, workbook: Any, log: Log) -> None:
        self.workbook, self.log = workbook, log

    def has(self, *titles: str) -> bool:
        """Whether the workbook has these sheets; each that is missing is noted."""
        missing = [name for name in titles if name not in self.workbook.sheetnames]
        for name in missing:
            self.log.add(Where(sheet=name), "缺少这张工作表", "the sheet is missing; expected it")
        return not missing

    def rows(self, title: str, columns: dict[str, Field]) -> Iterator[dict[str, Located]]:
        """The rows of a sheet that say something, by column, as they are written."""
        sheet = self.workbook[title]
        self.no_merges(sheet)
        names: dict[int, str] = {}
        for cell in next(sheet.iter_rows(max_row=1), ()):
            name = str(cell.value or "").strip()
            if name and (name not in columns or name in names.values()):
                self.log.add(
                    place_of(cell),
                    f"列“{name}”不认识或重复；可用的列：{', '.join(columns)}",
                    f"column “{name}” is unknown or given twice; expected {', '.join(columns)}",
                )
            elif name:
                names[cell.column] = name
        for cells in sheet.iter_rows(min_row=2):
            row: dict[str, Located] = {}
            for cell in cells:
                if cell.column not in names:
                    if cell.value is not None:
                        self.log.add(
                            place_of(cell), "这一列没有列名", "a value in a column without a name"
                        )
                    continue
                name = names[cell.column]
                if (found := self.read(cell, name, columns[name])) is not None:
                    row[name] = found
            if row:
                yield row

    def read(self, cell: Any, name: str, field: Field) -> Located | None:
        """What a cell says, or None where it is empty."""
        value, where = cell.value, place_of(cell)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if cell.data_type == "f":
            self.log.add(where, "是公式；应写出它的值", "a formula; expected its value written out")
        elif isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            self.log.add(
                where,
                "被表格软件当成了日期；请把单元格设为文本后重写",
                "taken for a date; expected a cell formatted as text",
            )
        elif isinstance(value, float) and isinstance(field, Text) and not value.is_integer():
            self.log.add(
                where,
                f"{value:g} 是数字，分不清 3.1 和 3.10；请设为文本",
                f"{value:g} is a number, in which 3.1 and 3.10 are the same; expected text",
            )
        elif isinstance(value, str) and _CONTROL.search(value):
            self.log.add(where, "有不可见的控制字符", "control characters; expected plain text")
        else:
            found = from_cell(_as_text(value), field, where, self.log)
            found.name = name
            return found
        return Located(where, None, broken=True, name=name)

    def no_merges(self, sheet: Any) -> None:
        """Note merged cells: nobody can tell whose value theirs is."""
        for merged in sheet.merged_cells.ranges:
            where = Where(sheet=sheet.title, cell=str(merged.coord).split(":")[0])
            self.log.add(
                where,
                f"合并单元格 {merged.coord}；应逐格填写",
                f"merged cells {merged.coord}; expected none",
            )


def place_of(cell: Any) -> Where:
    """The place of a cell."""
    return Where(sheet=cell.parent.title, cell=cell.coordinate)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
