"""The three coordinate systems of Chinese maps and the way between them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, isfinite, pi, sin, sqrt

# GCJ-02 is shifted from WGS-84 by a formula over the Krasovsky 1940 ellipsoid.
_AXIS = 6_378_245.0
_ECCENTRICITY = 0.006_693_421_622_965_943
_BD = pi * 3000 / 180


class System(StrEnum):
    """A coordinate system. CGCS2000 differs from WGS-84 by centimetres and is taken as it."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"  # most Chinese web maps
    BD09 = "bd09"  # Baidu


class BadPosition(ValueError):
    """A position that cannot be; the message says what and what was expected."""


def check_position(longitude: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude as floats; raises `BadPosition` for what is no place on the earth.

    The point 0, 0 is refused too: it is what devices write that do not know where they are.
    """
    try:
        lon, lat = float(longitude), float(latitude)
    except (TypeError, ValueError):
        raise BadPosition(
            f"A position is two numbers in degrees, not {longitude!r}, {latitude!r}"
        ) from None
    if not (isfinite(lon) and isfinite(lat)):
        raise BadPosition(f"A position is two numbers in degrees, not {longitude}, {latitude}")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        swapped = -90 <= lon <= 90 and -180 <= lat <= 180
        raise BadPosition(
            f"Longitude {lon} must lie from -180 to 180 and latitude {lat} from -90 to 90"
            + ("; they seem to be exchanged" if swapped else "")
        )
    if lon == 0 and lat == 0:
        raise BadPosition("The position 0, 0 means that the device did not know where it was")
    return lon, lat


def convert(
    longitude: float, latitude: float, *, source: System | str, target: System | str
) -> tuple[float, float]:
    """A point given in one system, in another; exact to about a centimetre both ways.

    Outside China the systems GCJ-02 and WGS-84 are the same. Raises `BadPosition`, and
    `ValueError` for a system that is not known.

    The Temple of Heaven is 550 m off where its WGS-84 position is drawn on a GCJ-02 map:

    >>> lon, lat = convert(116.4107, 39.8822, source="wgs84", target="gcj02")
    >>> round(lon, 4), round(lat, 4)
    (116.4169, 39.8836)

    Source: the formulae in general use since 2010 (no official publication exists).
    """
    point = check_position(longitude, latitude)
    source, target = System(source), System(target)
    if source is target:
        return point
    if source is System.WGS84:
        point = _to_gcj(*point)
    elif source is System.BD09:
        point = _undo(_to_bd, *point)
    if target is System.WGS84:
        return _undo(_to_gcj, *point)
    return _to_bd(*point) if target is System.BD09 else point


def _to_gcj(lon: float, lat: float) -> tuple[float, float]:
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return lon, lat
    x, y = lon - 105, lat - 35
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
        + (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    )  # fmt: skip
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
        + (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        + (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    )  # fmt: skip
    radians = lat / 180 * pi
    bend = 1 - _ECCENTRICITY * sin(radians) ** 2
    north_m = _AXIS * (1 - _ECCENTRICITY) / (bend * sqrt(bend))
    east_m = _AXIS / sqrt(bend) * cos(radians)
    return lon + east * 180 / (east_m * pi), lat + north * 180 / (north_m * pi)


def _to_bd(lon: float, lat: float) -> tuple[float, float]:
    radius = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BD)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def _undo(
    forward: Callable[[float, float], tuple[float, float]], lon: float, lat: float
) -> tuple[float, float]:
    """The point that `forward` moves here. The shift hardly changes nearby: a few rounds do."""
    back_lon, back_lat = lon, lat
    for _ in range(10):
        there_lon, there_lat = forward(back_lon, back_lat)
        off_lon, off_lat = there_lon - lon, there_lat - lat
        back_lon, back_lat = back_lon - off_lon, back_lat - off_lat
        if abs(off_lon) < 1e-10 and abs(off_lat) < 1e-10:
            break
    return back_lon, back_lat
