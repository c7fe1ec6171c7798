"""How far, and what is nearest."""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

T = TypeVar("T")

EARTH_M = 6_371_008.8  # mean radius, IUGG


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Distance of two points in metres on a sphere (haversine); within 0.5 % of the ellipsoid.

    One degree of latitude is a 360th of the circumference:

    >>> round(distance_m(114.0, 34.0, 114.0, 35.0))
    111195
    """
    south, north = radians(lat1), radians(lat2)
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def nearest(
    longitude: float,
    latitude: float,
    places: Iterable[tuple[T, float, float]],
    *,
    within_m: float | None = None,
) -> tuple[T, float] | None:
    """The nearest of `places` (thing, longitude, latitude) with its distance in metres.

    None when there is no place, or none within `within_m`. Of two equally near the first wins.
    """
    best: tuple[T, float] | None = None
    for thing, lon, lat in places:
        far = distance_m(longitude, latitude, lon, lat)
        if (within_m is None or far <= within_m) and (best is None or far < best[1]):
            best = thing, far
    return best
