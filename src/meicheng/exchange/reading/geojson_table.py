"""GeoJSON: each feature is a row, its properties are cells, its geometry the kind's own column.

Positions are WGS-84 longitude and latitude, as RFC 7946 says; a file with the older `crs` member
that names another system is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Kind, Refused
from meicheng.tables.values import cell_text

from .table import RawRow, Table

LARGEST = 200 * 1024 * 1024
WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84", "EPSG::4490", "EPSG:4490")


def open_geojson(path: Path, kind: Kind) -> Table:
    """A GeoJSON FeatureCollection as a table. Raises `Refused`."""
    if path.stat().st_size > LARGEST:
        raise Refused(
            _("A GeoJSON file may have at most %(limit)d MB; send CSV") % {"limit": LARGEST >> 20}
        )
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused(
            _("The file is not in UTF-8: byte %(position)d is no character")
            % {"position": error.start}
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refused(_("The file is not well-formed JSON: %(why)s") % {"why": error}) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise Refused(_("The file is JSON but no GeoJSON FeatureCollection"))
    _check_crs(document.get("crs"))
    names: list[str] = []
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            names.extend(name for name in properties if name not in names)
    geometry = {"point": ["longitude", "latitude"], "outline": ["outline"]}.get(kind.geometry, [])
    names = [name for name in names if name not in geometry]
    rows = _rows(features, names, kind.geometry)
    if not [*names, *geometry]:
        raise Refused(_("The features have no properties"))
    return Table([*names, *geometry], rows, "geojson", crs="wgs84", encoding="utf-8")


def _check_crs(named: Any) -> None:
    if named is None:
        return
    try:
        name = str(named["properties"]["name"])
    except (KeyError, TypeError):
        name = str(named)
    if not name.upper().endswith(WGS84_NAMES):
        raise Refused(
            _("The file names the coordinate system %(name)s; GeoJSON must be in WGS-84 (RFC 7946)")
            % {"name": name[:80]}
        )


def _rows(features: list[Any], names: list[str], geometry: str) -> Iterator[RawRow]:
    """Features as rows; the first is row 2, as under a heading."""
    for number, feature in enumerate(features, 2):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict | None):
            yield RawRow(number, [], _("is no GeoJSON feature"))
            continue
        properties = feature.get("properties") or {}
        cells = [cell_text(properties.get(name)) for name in names]
        shape = feature.get("geometry")
        problem = ""
        if not geometry:
            pass  # what has no place on the map has null here
        elif geometry == "outline":
            cells.append(json.dumps(shape) if shape else "")
        else:
            position = _position(shape)
            if position is None and shape is not None:
                problem = _("has a geometry that is no point")
            cells.extend(position or ["", ""])
        if any("\0" in cell for cell in cells):
            problem = _("holds a NUL character")
        yield RawRow(number, cells, problem)


def _position(shape: Any) -> list[str] | None:
    try:
        if shape["type"] != "Point":
            return None
        return [cell_text(float(part)) for part in shape["coordinates"][:2]]
    except (KeyError, TypeError, ValueError):
        return None
