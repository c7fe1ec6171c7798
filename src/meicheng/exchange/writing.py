"""Writing tables: CSV, XLSX and GeoJSON, row by row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter
from django.utils.translation import gettext as _

from meicheng.tables import exports
from meicheng.tables.kinds import Column, Filters, Kind, Refused
from meicheng.tables.values import cell_text

from .reading.table import OWN_MARK

FORMS = ("csv", "xlsx", "geojson")
XLSX_LONGEST = 32_767
XLSX_ROWS = 1_048_576
# What XML cannot hold.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Writer(Protocol):
    """Something that rows of text are written to."""

    def write(self, cells: Iterable[str]) -> None: ...


class _CsvWriter:
    def __init__(self, file: Any) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")

    def write(self, cells: Iterable[str]) -> None:
        self._writer.writerow(cells)


class _XlsxWriter:
    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._row = 0

    def write(self, cells: Iterable[str]) -> None:
        if self._row >= XLSX_ROWS:
            raise Refused(
                _("An Excel sheet holds %(limit)d rows; write CSV instead") % {"limit": XLSX_ROWS}
            )
        for column, cell in enumerate(cells):
            if len(cell) > XLSX_LONGEST:
                raise Refused(
                    _(
                        "Row %(row)d has a cell of %(length)d characters; Excel holds %(limit)d: write CSV"
                    )
                    % {"row": self._row + 1, "length": len(cell), "limit": XLSX_LONGEST}
                )
            if cell:
                # Always as text: nothing that somebody typed is ever run as a formula.
                self._sheet.write_string(self._row, column, UNWRITABLE.sub("", cell))
        self._row += 1


def form_of(path: Path) -> str:
    """The form that a file's name asks for. Raises `Refused`."""
    form = {".csv": "csv", ".xlsx": "xlsx", ".geojson": "geojson", ".json": "geojson"}.get(
        path.suffix.lower()
    )
    if form is None:
        raise Refused(_("“%(name)s” must end in .csv, .xlsx or .geojson") % {"name": path.name})
    return form


@contextmanager
def open_writer(path: Path, headings: list[str], first: str = "") -> Iterator[Writer]:
    """A CSV or XLSX file with headings, above them `first` where there is something to say.

    The file appears under its name when it is whole.
    """
    draft = _draft(path)
    writer: Writer
    try:
        if form_of(path) == "xlsx":
            book = xlsxwriter.Workbook(
                draft, {"constant_memory": True, "strings_to_formulas": False}
            )
            sheet = book.add_worksheet()
            writer = _XlsxWriter(sheet)
            _head(writer, headings, first)
            sheet.freeze_panes(2 if first else 1, 0)
            yield writer
            book.close()
        else:
            # With its mark, so that Excel shows Chinese as Chinese.
            with draft.open("w", encoding="utf-8-sig", newline="") as file:
                writer = _CsvWriter(file)
                _head(writer, headings, first)
                yield writer
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    """Where a file is written until it is whole. Raises `Refused` where that cannot be."""
    if not path.parent.is_dir():
        raise Refused(_("There is no folder %(path)s") % {"path": path.parent})
    if path.is_dir():
        raise Refused(_("%(path)s is a folder; name a file") % {"path": path})
    return path.with_name(f".{path.name}.part")


def _head(writer: Writer, headings: list[str], first: str) -> None:
    if first:
        writer.write([first])
    writer.write(headings)


def export_file(kind: Kind, path: Path, filters: Filters | None = None) -> int:
    """Write all rows of a kind that the filters let through; returns how many."""
    filters = filters or Filters()
    if kind.document is not None:
        if path.suffix.lower() not in kind.document.endings:
            raise Refused(
                _("“%(name)s” must end in %(endings)s")
                % {"name": path.name, "endings": ", ".join(kind.document.endings)}
            )
        return kind.document.write(path, filters)
    form = form_of(path)
    if form == "geojson":
        return _write_geojson(kind, path, filters)
    columns = [column for column in kind.columns if form == "csv" or column.name != "outline"]
    count = 0
    with open_writer(path, [column.name for column in columns], _first(kind, filters)) as writer:
        for row in kind.rows(filters):
            writer.write(_safe(cell_text(row.get(column.name))) for column in columns)
            count += 1
    exports.counted(count)
    return count


def _safe(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula when it opens the CSV.

    Numbers and positions may begin with a minus; words that begin like a formula get a space.
    """
    if cell[:1] in {"=", "+", "@", "\t"} or (cell[:1] == "-" and not cell[1:2].isdigit()):
        return f" {cell}"
    return cell


def _first(kind: Kind, filters: Filters) -> str:
    """The first row: what this is, in which system its positions are, what was filtered."""
    parts = [f"{OWN_MARK}{kind.code}"]
    if kind.has_positions or kind.geometry:
        parts.append("crs: wgs84")
    parts += [f"{name}: {value}" for name, value in filters.words.items()]
    return "; ".join(part.replace(";", ",") for part in parts)


def _write_geojson(kind: Kind, path: Path, filters: Filters) -> int:
    draft = _draft(path)
    count = 0
    places = {"point": {"longitude", "latitude", "crs"}, "outline": {"outline"}}
    place: set[str] = places.get(kind.geometry, set())
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write('{"type": "FeatureCollection",\n')
            file.write(f' "name": {json.dumps(_first(kind, filters), ensure_ascii=False)},\n')
            file.write(' "features": [')
            for row in kind.rows(filters):
                properties = {
                    name: cell_text(value)
                    if isinstance(value, datetime | list | dict | bool)
                    else value
                    for name, value in row.items()
                    if name not in place and value not in (None, "")
                }
                feature = {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": _geometry(kind, row),
                }
                file.write(",\n" if count else "\n")
                file.write(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
                count += 1
            file.write("\n]}\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _geometry(kind: Kind, row: dict[str, Any]) -> dict[str, Any] | None:
    if kind.geometry != "point":
        return row.get("outline") or None
    if row.get("longitude") is None or row.get("latitude") is None:
        return None
    return {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}


def write_template(kind: Kind, path: Path) -> None:
    """An empty file to fill in: headings in the reader's language and one made-up example."""
    columns = [column for column in kind.columns if _asked(kind, column)]
    with open_writer(path, [str(column.label) for column in columns]) as writer:
        writer.write(column.example for column in columns)


def _asked(kind: Kind, column: Column) -> bool:
    """Whether a template asks for this column: outlines come as GeoJSON."""
    return column.name != "outline"
