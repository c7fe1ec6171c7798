"""CSV: decoded line by line, so that a broken byte costs one row and its place can be named."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Refused

from .encoding import PIECE, Encoding, encoding_of
from .table import OWN_MARK, RawRow, Table, checked_headings, own_crs

LONGEST_CELL = 1_000_000  # characters; an unclosed quote swallows no more than this
MOST_AGAIN = 50  # unclosed quotes after which the rest is read again; then each takes what it finds
csv.field_size_limit(LONGEST_CELL)


class _Line(NamedTuple):
    """A decoded line: its number in the file, and the first byte in it that is no character."""

    text: str
    number: int
    broken: int | None


class _Lines:
    """The decoded lines of a file, and those that the current record has taken."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._path = path
        self._encoding = encoding
        self._fresh = self._read()
        self._back: deque[_Line] = deque()
        self.taken: list[_Line] = []
        self.position = encoding.mark
        self.size = max(1, path.stat().st_size)

    def feed(self) -> Iterator[str]:
        """The lines for a reader of records."""
        while True:
            line = self._back.popleft() if self._back else next(self._fresh, None)
            if line is None:
                return
            self.taken.append(line)
            yield line.text

    def give_back(self) -> None:
        """Let all but the first line of the current record be read again."""
        self._back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def broken(self) -> int | None:
        """The first byte in the current record that is no character."""
        return next((line.broken for line in self.taken if line.broken is not None), None)

    def _read(self) -> Iterator[_Line]:
        codec = self._encoding.codec
        with self._path.open("rb") as file:
            file.seek(self.position)
            for number, line in enumerate(_physical_lines(file), 1):
                try:
                    yield _Line(line.decode(codec), number, None)
                except UnicodeDecodeError as error:
                    text = line.decode(codec, errors="replace")
                    yield _Line(text, number, self.position + error.start)
                self.position += len(line)


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
    """Every record with its number; empty lines are counted and passed over.

    A quote that is never closed costs its own line: what it would swallow is read again.
    """
    reader = csv.reader(lines.feed(), delimiter=delimiter, strict=True)
    number = 0
    again = 0
    while True:
        number += 1
        problem = ""
        at: int | None = None
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = _csv_reason(error, lines.taken[-1].number)
            cells = [lines.taken[0].text.rstrip("\r\n")]
            if again < MOST_AGAIN and len(lines.taken) > 1 and _is_unclosed(error):
                again += 1
                lines.give_back()
                reader = csv.reader(lines.feed(), delimiter=delimiter, strict=True)
        position = lines.broken()
        if position is not None:
            problem = _(
                "has a byte that is no character, at byte %(position)d of the file (line %(line)d)"
            ) % {"position": position, "line": lines.taken[-1].number}
        if not problem:
            at = next((at for at, cell in enumerate(cells) if "\0" in cell), None)
            problem = _("holds a NUL character") if at is not None else ""
        if problem or any(cell.strip() for cell in cells):
            yield RawRow(number, cells, problem, at)


def _is_unclosed(error: csv.Error) -> bool:
    return "field larger" in str(error) or "unexpected end" in str(error)


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
