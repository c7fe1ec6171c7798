"""H3 cells as whole numbers, which fit a signed 64-bit column."""

from __future__ import annotations

from math import cos, radians

import h3.api.basic_int as h3

RESOLUTION = 9  # cells of about 0.1 km², 200 m from side to side
MOST_CELLS = 50_000
RING_M = 250


def cell_of(longitude: float, latitude: float, res: int = RESOLUTION) -> int:
    """The cell of a point (WGS-84) at an H3 resolution, 0 to 15.

    >>> f"{cell_of(114.3, 34.8):x}"[:2]
    '89'
    """
    return int(h3.latlng_to_cell(latitude, longitude, res))


def cells_around(longitude: float, latitude: float, within_m: float) -> list[int]:
    """Cells (of RESOLUTION) that hold everything within a distance of a point, at most 250 m.

    The point's own cell and the ring about it: a cell is 2 × 150 m wide at its narrowest, so what
    lies outside the ring is farther away than that.

    >>> len(cells_around(114.3, 34.8, 100))
    7
    """
    if within_m > RING_M:
        raise ValueError(f"{within_m} m is more than {RING_M} m; ask `cells_covering` for a box")
    middle = h3.latlng_to_cell(latitude, longitude, RESOLUTION)
    return [int(cell) for cell in h3.grid_disk(middle, 1)]


def cells_covering(
    west: float, south: float, east: float, north: float, res: int = RESOLUTION
) -> set[int]:
    """Every cell that touches a box of longitudes and latitudes.

    Raises `ValueError` for a box that is no box, or that needs more than 50,000 cells; then a
    coarser resolution is the answer.
    """
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(
            f"The box {west}, {south}, {east}, {north} must be west, south, east, north in degrees"
        )
    corners = [(south, west), (south, east), (north, east), (north, west)]
    shape = h3.LatLngPoly(corners)
    middle = h3.latlng_to_cell((south + north) / 2, (west + east) / 2, res)
    box_km2 = (east - west) * (north - south) * 12_364 * cos(radians((south + north) / 2))
    if box_km2 / h3.cell_area(middle, "km^2") > MOST_CELLS:
        raise ValueError(
            f"The box needs more than {MOST_CELLS} cells at resolution {res}; use a coarser one"
        )
    return {int(cell) for cell in h3.polygon_to_cells_experimental(shape, res, contain="overlap")}
