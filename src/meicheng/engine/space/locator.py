"""From a point to the division it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from shapely import STRtree
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry


class BadOutline(ValueError):
    """An outline that is no area; the message says whose and what is wrong."""


class Locator:
    """Finds divisions by their outlines; made once, asked often.

    `outlines` are (code, depth, outline): depth 0 for the city, 1 for a district and so on;
    outline a GeoJSON geometry, a polygon or several, in WGS-84. Raises `BadOutline`.

    >>> city = {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]}
    >>> east = {"type": "Polygon", "coordinates": [[[5, 0], [9, 0], [9, 9], [5, 9], [5, 0]]]}
    >>> locator = Locator([("CITY", 0, city), ("EAST", 1, east)])
    >>> locator.find(6, 2), locator.find(2, 2), locator.find(20, 2)
    ('EAST', 'CITY', None)
    """

    def __init__(self, outlines: Iterable[tuple[str, int, Mapping[str, Any]]]) -> None:
        areas = sorted(
            ((depth, code, _area(code, outline)) for code, depth, outline in outlines),
            key=lambda one: (-one[0], one[1]),
        )
        self._codes = [code for _, code, _ in areas]
        self._areas = [area for _, _, area in areas]
        # A prepared area answers many points much faster; the tree holds the same objects.
        shapely.prepare(self._areas)
        self._tree = STRtree(self._areas)

    def __len__(self) -> int:
        return len(self._codes)

    def find(self, longitude: float, latitude: float) -> str | None:
        """The code of the deepest division that contains the point; None outside all.

        A point on a border between two of one depth lies in the one whose code comes first, so
        that it always lies in the same.
        """
        hits = self._tree.query(shapely.Point(longitude, latitude), predicate="intersects")
        return self._codes[int(hits.min())] if len(hits) else None

    def find_all(self, points: Iterable[tuple[float, float]]) -> list[str | None]:
        """As `find` for many points (longitude, latitude) at once, in their order."""
        pairs = list(points)
        dots = shapely.points([x for x, _ in pairs], [y for _, y in pairs])
        best: dict[int, int] = {}
        for place, hit in self._tree.query(dots, predicate="intersects").T.tolist():
            best[place] = min(hit, best.get(place, hit))
        return [self._codes[best[n]] if n in best else None for n in range(len(dots))]

    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of everything; None without outlines."""
        if not self._areas:
            return None
        west, south, east, north = shapely.total_bounds(self._areas)
        return float(west), float(south), float(east), float(north)


def _area(code: str, outline: Mapping[str, Any]) -> BaseGeometry:
    try:
        area = shape(dict(outline))
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadOutline(f"The outline of {code} is no GeoJSON geometry: {error}") from error
    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty:
        raise BadOutline(
            f"The outline of {code} is a {area.geom_type}; expected a polygon or several"
        )
    if not shapely.is_valid(area):
        # Hand-drawn outlines often touch themselves; the repaired area is what was meant.
        area = shapely.make_valid(area)
        parts = [part for part in shapely.get_parts(area) if part.geom_type.endswith("Polygon")]
        if not parts:
            raise BadOutline(f"The outline of {code} encloses no area")
        area = shapely.union_all(parts)
    return area
