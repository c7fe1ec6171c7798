"""Marks on the citizens' maps, far enough from each other to be touched one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import cos, hypot, radians

from meicheng.cases.queries.cells import MapCell

APART = 44  # dots between the middles of two marks
WORLD = 256  # dots around the equator at zoom 0


def apart(cells: Iterable[MapCell], *, zoom: int) -> list[MapCell]:
    """The marks of a view, those that would cover each other counted together (no SQL).

    Each joins the first mark that stands within `APART` dots of it; a mark of several has no name
    and no address, and a press on it brings the map nearer.

    >>> marks = [MapCell(114.3, 34.2, 1, 0, "A"), MapCell(114.301, 34.2, 2, 0), MapCell(114.4, 34.2, 1, 0)]
    >>> [(one.count, one.number) for one in apart(marks, zoom=12)]
    [(3, ''), (1, '')]
    >>> len(apart(marks, zoom=19))
    3
    """
    degrees = APART * 360 / (WORLD * 2 ** max(0, min(zoom, 22)))
    marks: list[MapCell] = []
    for cell in cells:
        east = cos(radians(cell.lat))
        for place, mark in enumerate(marks):
            if hypot(mark.lon - cell.lon, (mark.lat - cell.lat) / east) < degrees:
                together = mark.count + cell.count
                marks[place] = replace(mark, count=together, number="", label="")
                break
        else:
            marks.append(cell)
    return marks
