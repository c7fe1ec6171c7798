"""What every reader gives: headings, and rows of text cells one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Refused

# The first row of what Meicheng writes: `# meicheng reports; crs: wgs84; district: LC`.
OWN_MARK = "# meicheng "
# What a reader gives for a cell with a formula, followed by the cell's name.
FORMULA = "\x01formula"


class RawRow(NamedTuple):
    """A row as the file has it: its number (the first row is 1), cells, and what is broken."""

    number: int
    cells: list[str]
    problem: str = ""
    at: int | None = None  # the position of the cell that the problem is about; None is the row


def _nothing() -> float:
    return 0.0


@dataclass
class Table:
    """A file that has been opened: its headings and its rows, read as they are asked for."""

    columns: list[str]
    rows: Iterator[RawRow]
    form: str  # "csv", "xlsx", "geojson" or "document"
    crs: str = ""  # the coordinate system that the file itself names
    encoding: str = ""
    notes: list[str] = field(default_factory=list)
    share: Callable[[], float] = _nothing  # how much of the file has been read, 0 to 1


def checked_headings(cells: list[str]) -> list[str]:
    """The headings, cleaned. Raises `Refused` where two are the same or all are empty."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Refused(_("The file has no headings; the first row must name the columns"))
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        if not name:
            raise Refused(
                _("Column %(position)d has no heading; every column must be named")
                % {"position": position}
            )
        if name in seen:
            raise Refused(_("The heading “%(name)s” stands twice") % {"name": name[:60]})
        seen.add(name)
    return names


def own_crs(cell: str) -> str:
    """The coordinate system that the first row of one of our own exports names.

    >>> own_crs("# meicheng sites; crs: wgs84; district: LC")
    'wgs84'
    """
    for part in cell.split(";"):
        name, _colon, value = part.partition(":")
        if name.strip() == "crs":
            return value.strip()
    return ""
