"""Cases on a map: counted by hexagon from afar, one by one from near.

A case carries its H3 cell of resolution 9. The cell of a coarser resolution that holds it is the
same number with other resolution bits and with the finer digits set to ones, so the database can
count by it without being asked about any geometry (H3's index layout: resolution in bits 52 to 55,
one digit of 3 bits for each resolution, resolution 15 in the lowest).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Avg, Count, F, Q, QuerySet

from meicheng.cases.models import Case
from meicheng.engine.space import cells_covering
from meicheng.organisation.models import User
from meicheng.places.time import midnight
from meicheng.standards.models import CaseKind

from .filters import overdue
from .reach import reach
from .time import time_left

STORED = 9
# The resolution for each zoom of a web map; from `ONE_BY_ONE` on cases are shown singly.
RESOLUTIONS = {9: 5, 10: 5, 11: 6, 12: 7, 13: 7, 14: 8, 15: 9}
ONE_BY_ONE = 16
MOST = 500
BY_CELLS = 0.05  # degrees: up to some 200 cells, from about zoom 15 on
# What a single mark shows, and what its time left is computed from.
SHOWN = (
    "number", "state", "kind_id", "longitude", "latitude", "limit", "due_at", "dispatched_at",
    "resolved_at", "suspended_at", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    """What is in view, in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def condition(self) -> Q:
        """Cases in view; from near also by the cells in view, of which there is an index."""
        here = Q(longitude__range=(self.west, self.east), latitude__range=(self.south, self.north))
        if max(self.east - self.west, self.north - self.south) > BY_CELLS:
            return here
        return here & Q(cell__in=cells_covering(self.west, self.south, self.east, self.north))


@dataclass(frozen=True)
class MapCell:
    """One mark on the map: a number of cases, or a single one with its address and words."""

    lon: float
    lat: float
    count: int
    late: int
    number: str = ""
    label: str = ""


def coarse(resolution: int) -> tuple[int, int]:
    """What makes the cell of a resolution out of a stored one: subtract the first, set the second.

    >>> less, ones = coarse(7)
    >>> import h3
    >>> fine = h3.latlng_to_cell(34.2, 114.3, 9)
    >>> h3.int_to_str((h3.str_to_int(fine) - less) | ones) == h3.cell_to_parent(fine, 7)
    True
    """
    ones = 0
    for digit in range(resolution + 1, STORED + 1):
        ones |= 0b111 << (3 * (15 - digit))
    return (STORED - resolution) << 52, ones


def cells(
    user: User,
    box: Box,
    *,
    zoom: int,
    at: datetime,
    kind: CaseKind | None = None,
    state: str = "open",
    month: date | None = None,
) -> list[MapCell]:
    """The cases in view that the user may see (at most 2 SQL statements beside the reach).

    Open ones, or with `state="overdue"` the late ones of these, or all that were reported in the
    month that begins at `month`. At most `MOST` marks, those with most cases, or the newest.
    """
    where = reach(user) & box.condition
    if kind is not None:
        where &= Q(kind=kind)
    if month is not None:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        where &= Q(reported_at__gte=midnight(month), reported_at__lt=midnight(following))
    else:
        where &= Q(closed_at__isnull=True)
        if state == "overdue":
            where &= overdue(at)
    found = Case.objects.filter(where)
    return _singly(found, at) if zoom >= ONE_BY_ONE else counted(found, zoom, at)


def counted(found: QuerySet[Case], zoom: int, at: datetime) -> list[MapCell]:
    """Cases counted by hexagons of the size that a zoom shows (1 SQL statement)."""
    less, ones = coarse(RESOLUTIONS.get(zoom, 5 if zoom < 9 else 9))
    rows = (
        found.filter(cell__isnull=False)
        .order_by()
        .annotate(coarse=(F("cell") - less).bitor(ones))
        .values("coarse")
        .annotate(
            lon=Avg("longitude"),
            lat=Avg("latitude"),
            count=Count("pk"),
            late=Count("pk", filter=overdue(at)),
        )
        .order_by("-count", "coarse")[:MOST]
    )
    return [
        MapCell(round(row["lon"], 5), round(row["lat"], 5), row["count"], row["late"])
        for row in rows
    ]


def _singly(found: QuerySet[Case], at: datetime) -> list[MapCell]:
    kinds = CaseKind.objects.in_bulk()  # a few dozen, each with its stages to be read once
    shown = []
    for case in found.only(*SHOWN).order_by("-reported_at", "-pk")[:MOST]:
        case.kind = kinds[case.kind_id]
        time = time_left(case, at=at)
        parts = [case.kind.name, case.number, str(case.get_state_display())]
        if time is not None and not time.stopped:
            parts.append(time.words)
        late = int(time is not None and time.late and not time.stopped)
        shown.append(
            MapCell(
                round(case.longitude or 0.0, 6),
                round(case.latitude or 0.0, 6),
                1,
                late,
                case.number,
                " · ".join(parts),
            )
        )
    return shown
