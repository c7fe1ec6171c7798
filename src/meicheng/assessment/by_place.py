"""The places just below one, with their marks part by part: a heat map, and a real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from meicheng.engine.scoring import Assessment, NodeMark
from meicheng.places.models import Division
from meicheng.standards.models import Framework

from .naming import node_names
from .periods import Period
from .queries import assess, page

MOST_PLACES = 60
WIDE = 0.2  # an interval of a share wider than this says little
THIN = 0.5  # and so does a share of which less than half is known


@dataclass(frozen=True)
class Cell:
    """A part of the standard at a place; `doubtful` where little is known or the interval is wide."""

    share: float | None
    interval: tuple[float, float] | None
    coverage: float

    @property
    def doubtful(self) -> bool:
        """Whether the share says little."""
        wide = self.interval is not None and self.interval[1] - self.interval[0] > WIDE
        return self.share is not None and (wide or self.coverage < THIN)

    @property
    def grade(self) -> str:
        """What the ground says; the number beside it says the same."""
        if self.share is None:
            return "none"
        return "good" if self.share >= 0.85 else "fair" if self.share >= 0.75 else "poor"

    @property
    def percent(self) -> str:
        """The share in whole per cent; a dash where nothing is known."""
        return "–" if self.share is None else f"{self.share:.0%}"

    @property
    def words(self) -> str:
        """The share with its doubt, for a pointer and a reader."""
        if self.share is None:
            return _("no data")
        said = f"{self.share:.1%}"
        if self.interval is not None:
            said += f" ({self.interval[0]:.1%}–{self.interval[1]:.1%})"
        known = _("known: %(coverage)s") % {"coverage": f"{self.coverage:.0%}"}
        return f"{said}, {known}"


@dataclass(frozen=True)
class PlaceRow:
    """A place with its total and its parts; `apart` from the next in the order of the total."""

    division: Division
    marks: float | None
    total: Cell
    cells: tuple[Cell, ...]
    apart: bool


@dataclass(frozen=True)
class ByPlace:
    """The heat map: its columns (codes and names of parts) and its rows."""

    parts: tuple[tuple[str, str], ...]
    rows: tuple[PlaceRow, ...]

    def cell(self, row: PlaceRow, part: str) -> Cell:
        """A part of a row; the total where no part is named."""
        codes = [code for code, _name in self.parts]
        return row.cells[codes.index(part)] if part in codes else row.total


def by_place(
    framework: Framework, period: Period, division: Division, *, sort: str = ""
) -> ByPlace:
    """The places just below one (itself where there are none), the best in `sort` first.

    Statements as those of `assess` for each of at most 60 places.
    """
    below = list(Division.objects.filter(parent=division).order_by("code")[:MOST_PLACES])
    names = node_names(framework)
    found = [(one, assess(framework, period, one)) for one in below or [division]]
    tops = [node for node in found[0][1].nodes if node.parent is None and node.full_marks]
    parts = tuple((node.code, names[node.code]) for node in tops)
    rows = [
        PlaceRow(
            one,
            result.marks,
            _total(result),
            tuple(_cell(result.node(code)) for code, _name in parts),
            False,
        )
        for one, result in found
    ]
    whole = ByPlace(parts, tuple(rows))
    rows.sort(key=lambda row: _order(whole.cell(row, sort), row))
    marked = [
        PlaceRow(row.division, row.marks, row.total, row.cells, _apart(whole, row, after, sort))
        for row, after in zip(rows, [*rows[1:], None], strict=True)
    ]
    return ByPlace(parts, tuple(marked))


def features(found: ByPlace, framework: Framework, period: Period, part: str) -> dict[str, Any]:
    """The places as GeoJSON for the map: outline, grade, doubt, words, and where a click leads."""
    shapes = []
    for row in found.rows:
        if not row.division.outline:
            continue
        cell = found.cell(row, part)
        shapes.append(
            {
                "type": "Feature",
                "geometry": row.division.outline,
                "properties": {
                    "kind": "shaded",
                    "name": f"{row.division.name}: {cell.words}",
                    "label": f"{row.division.name} {cell.percent}",
                    "grade": cell.grade,
                    "doubtful": cell.doubtful,
                    "href": page(framework, period, row.division),
                },
            }
        )
    return {"type": "FeatureCollection", "features": shapes}


def sheet_rows(found: ByPlace) -> Sequence[Sequence[Any]]:
    """The heat map as rows of a workbook: shares, and the total in marks."""
    return [
        [
            row.division.name,
            *(None if cell.share is None else round(cell.share, 4) for cell in row.cells),
            row.marks,
        ]
        for row in found.rows
    ]


def _cell(node: NodeMark) -> Cell:
    return Cell(node.share, node.interval, node.coverage)


def _total(result: Assessment) -> Cell:
    full = result.full_marks or 1.0
    share = None if result.marks is None else result.marks / full
    interval = result.interval and (result.interval[0] / full, result.interval[1] / full)
    return Cell(share, interval, result.coverage)


def _order(cell: Cell, row: PlaceRow) -> tuple[bool, float, str]:
    return cell.share is None, -(cell.share or 0.0), row.division.code


def _apart(found: ByPlace, row: PlaceRow, after: PlaceRow | None, sort: str) -> bool:
    """Whether a place surely stands before the next: their intervals do not overlap."""
    if after is None:
        return True
    here, there = found.cell(row, sort), found.cell(after, sort)
    if here.interval is None or there.interval is None:
        return False
    return here.interval[0] > there.interval[1]


def address_of(query: str, part: str) -> str:
    """The end of an address with the part that is shown."""
    return f"{query}&part={quote(part)}" if part else query
