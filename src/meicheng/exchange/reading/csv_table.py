"""CSV: decoded line by line, so that a broken byte costs one row and its place can be named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Refused

from .encoding import PIECE, Encoding, encoding_of
from .table import OWN_MARK, RawRow, Table, checked_headings, own_crs

LONGEST_CELL = 1_000_000  # characters; an unclosed quote swallows no more than this
csv.field_size_limit(LONGEST_CELL)


class _Lines:
    """The decoded lines of a file, remembering where bytes were broken."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._path = path
        self._encoding = encoding
        self.count = 0
        self.position = encoding.mark
        self.size = max(1, path.stat().st_size)
        self.broken: list[tuple[int, int]] = []  # (line, byte position in the file)

    def __iter__(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            file.seek(self.position)
            for line in _physical_lines(file):
                self.count += 1
                try:
                    yield line.decode(self._encoding.codec)
                except UnicodeDecodeError as error:
                    self.broken.append((self.count, self.position + error.start))
                    yield line.decode(self._encoding.codec, errors="replace")
                self.position += len(line)

    def take_broken(self) -> int | None:
        """The first broken byte of the lines read since the last call."""
        position = self.broken[0][1] if self.broken else None
        self.broken.clear()
        return position


def _physical_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; where old programs ended them by CR alone, by that.

    A line break is never part of a longer character, in UTF-8 as in GB18030.
    """
    start = file.tell()
    piece = file.read(PIECE)
    file.seek(start)
    if b"\n" in piece or b"\r" not in piece:
        yield from file
        return
    rest = b""
    while piece := file.read(PIECE):
        *lines, rest = (rest + piece).split(b"\r")
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest


def open_csv(path: Path) -> Table:
    """A CSV file as a table; its encoding and delimiter are found out. Raises `Refused`."""
    encoding = encoding_of(path)
    lines = _Lines(path, encoding)
    records = _records(lines, _delimiter(path, encoding))
    heading = next(records, None)
    crs = ""
    if heading is not None and heading.cells and heading.cells[0].startswith(OWN_MARK):
        crs = own_crs(heading.cells[0])
        heading = next(records, None)
    if heading is None:
        raise Refused(_("The file is empty; expected headings in the first row"))
    if heading.problem:
        raise Refused(_("The headings cannot be read: %(reason)s") % {"reason": heading.problem})
    columns = checked_headings(heading.cells)
    table = Table(columns, _fitting(records, len(columns)), "csv", crs, encoding.codec)
    table.share = lambda: lines.position / lines.size
    if encoding.codec != "utf-8":
        table.notes.append(_("The file is in %(codec)s") % {"codec": encoding.codec.upper()})
    return table


def _delimiter(path: Path, encoding: Encoding) -> str:
    """Comma, unless the headings have none of it and use tab or semicolon instead."""
    with path.open("rb") as file:
        file.seek(encoding.mark)
        for line in _physical_lines(file):
            first = line.decode(encoding.codec, errors="replace")
            if first.strip() and not first.lstrip('"').startswith(OWN_MARK):
                if "," in first:
                    return ","
                return max("\t;", key=first.count) if any(s in first for s in "\t;") else ","
    return ","


def _records(lines: _Lines, delimiter: str) -> Iterator[RawRow]:
    """Every record with its number; empty lines are counted and passed over."""
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        cells: list[str] = []
        problem = ""
        at: int | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = _csv_reason(error, lines.count)
        position = lines.take_broken()
        if position is not None:
            problem = _(
                "has a byte that is no character, at byte %(position)d of the file (line %(line)d)"
            ) % {"position": position, "line": lines.count}
        if not problem:
            at = next((at for at, cell in enumerate(cells) if "\0" in cell), None)
            problem = _("holds a NUL character") if at is not None else ""
        if problem or any(cell.strip() for cell in cells):
            yield RawRow(number, cells, problem, at)


def _csv_reason(error: csv.Error, line: int) -> str:
    words = str(error)
    if "field larger" in words:
        return _("has a cell of over %(limit)d characters, or a quote that is never closed") % {
            "limit": LONGEST_CELL
        }
    if "unexpected end" in words:
        return _("has a quote that is never closed (the file ends at line %(line)d)") % {
            "line": line
        }
    return _("is not well-formed CSV near line %(line)d: %(why)s") % {"line": line, "why": words}


def _fitting(records: Iterator[RawRow], width: int) -> Iterator[RawRow]:
    """Rows as wide as the headings; others say so."""
    for row in records:
        cells = row.cells
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if not row.problem and len(cells) != width:
            reason = _("has %(found)d cells; the headings have %(width)d") % {
                "found": len(cells),
                "width": width,
            }
            yield RawRow(row.number, cells, reason)
        else:
            yield row
