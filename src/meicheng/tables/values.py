"""From the text of a cell to a value: each maker returns a function that raises ValueError.

The reasons are for the people who made the file: what stands there, and what was expected.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST_SHOWN = 60
CODE = re.compile(r"[^\s/\\\x00-\x1f\x7f]+(?:/[^\s/\\\x00-\x1f\x7f]+)*")
MOMENT = re.compile(
    r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?"
    r"(?:[ T]\s*(\d{1,2})[:：](\d{1,2})(?:[:：](\d{1,2})(?:[.,](\d{1,6})\d*)?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
YES = {"1", "true", "yes", "y", "是", "有", "对"}
NO = {"0", "false", "no", "n", "否", "无", "错"}


def shown(words: str) -> str:
    """A cell's text as a reason quotes it: short, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


def text(limit: int = 200) -> Callable[[str], str]:
    """Words of at most `limit` characters, without space around them."""

    def parse(cell: str) -> str:
        value = cell.strip()
        if len(value) > limit:
            raise ValueError(
                _("has %(length)d characters; at most %(limit)d are kept")
                % {"length": len(value), "limit": limit}
            )
        return value

    return parse


def code(limit: int = 60) -> Callable[[str], str]:
    """A code: no spaces, no control characters; `/` only between parts."""

    def parse(cell: str) -> str:
        value = cell.strip()
        if len(value) > limit or not CODE.fullmatch(value):
            raise ValueError(
                _("“%(value)s” is no code; expected at most %(limit)d characters without spaces")
                % {"value": shown(value), "limit": limit}
            )
        return value

    return parse


def whole_number(least: int = 0, most: int = 2_147_483_647) -> Callable[[str], int]:
    """A whole number between two bounds; "1,204" and "1204.0" are understood."""

    def parse(cell: str) -> int:
        value = number(least, most)(cell)
        if value != int(value):
            raise ValueError(_("“%(value)s” is not a whole number") % {"value": shown(cell)})
        return int(value)

    return parse


def number(
    least: float = -math.inf, most: float = math.inf, *, above: float | None = None
) -> Callable[[str], float]:
    """A number between two bounds."""

    def parse(cell: str) -> float:
        try:
            value = float(cell.strip().replace(",", ""))
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or "_" in cell:
            raise ValueError(_("“%(value)s” is not a number") % {"value": shown(cell)})
        if not least <= value <= most:
            raise ValueError(
                _("%(value)s is out of range; expected %(least)s to %(most)s")
                % {"value": shown(cell), "least": f"{least:g}", "most": f"{most:g}"}
            )
        if above is not None and value <= above:
            raise ValueError(
                _("%(value)s is out of range; expected more than %(above)s")
                % {"value": shown(cell), "above": f"{above:g}"}
            )
        return value

    return parse


def flag(cell: str) -> bool:
    """Yes or no, as 1/0, yes/no, true/false, 是/否."""
    value = cell.strip().casefold()
    if value in YES:
        return True
    if value in NO:
        return False
    raise ValueError(_("“%(value)s” is neither yes nor no") % {"value": shown(cell)})


def choice(options: Iterable[str] | Mapping[str, str]) -> Callable[[str], str]:
    """One of some codes; a mapping also takes other words for them."""
    table = {name: name for name in options}
    if isinstance(options, Mapping):
        table.update(options)
    codes = sorted(set(table.values()))

    def parse(cell: str) -> str:
        value = cell.strip()
        found = table.get(value) or table.get(value.casefold())
        if found is None:
            raise ValueError(
                _("“%(value)s” is not known here; expected one of: %(codes)s")
                % {"value": shown(value), "codes": ", ".join(codes)}
            )
        return found

    return parse


def words(limit: int = 40) -> Callable[[str], list[str]]:
    """A list of codes, by comma, semicolon or space."""
    one = code(limit)

    def parse(cell: str) -> list[str]:
        return [one(part) for part in re.split(r"[,;，；、\s]+", cell.strip()) if part]

    return parse


def moment(formats: Iterable[str] = (), zone: str = "") -> Callable[[str], datetime]:
    """A time, in the given zone (the city's by default) where the cell names none.

    Year first with `-`, `/`, `.` or 年月日, with or without a time of day, is always understood;
    other orders are tried only where `formats` (as strptime takes them) name them, because
    `04/05/2026` means two different days to different people. In the hour that summer time gives
    twice, the first is meant.
    """
    local = ZoneInfo(zone or settings.TIME_ZONE)
    patterns = list(formats)

    def parse(cell: str) -> datetime:
        value = cell.strip()
        found = MOMENT.fullmatch(value)
        if found:
            year, month, day, hour, minute, second, part, offset = found.groups()
            try:
                at = datetime(
                    int(year), int(month), int(day), int(hour or 0), int(minute or 0),
                    int(second or 0), int((part or "0").ljust(6, "0")),
                )  # fmt: skip
                if offset:
                    return datetime.fromisoformat(at.isoformat() + offset).astimezone(UTC)
                return at.replace(tzinfo=local).astimezone(UTC)
            except (ValueError, OverflowError):
                raise ValueError(
                    _("“%(value)s” is not a day and time that exist") % {"value": shown(cell)}
                ) from None
        for pattern in patterns:
            try:
                at = datetime.strptime(value, pattern)
                return at.replace(tzinfo=at.tzinfo or local).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
        expected = " / ".join(["2026-09-01 08:30:00", *patterns])
        raise ValueError(
            _("“%(value)s” is not a time; expected it as %(expected)s")
            % {"value": shown(cell), "expected": expected}
        )

    return parse


longitude = number(-180, 180)
latitude = number(-90, 90)


def outline(cell: str) -> dict[str, Any]:
    """A GeoJSON Polygon or MultiPolygon, valid and in longitude and latitude.

    Outlines that touch themselves, as many published ones do, are repaired where that leaves their
    area as it was (to 0.1 %); others are refused.
    """
    from shapely import make_valid
    from shapely.errors import ShapelyError
    from shapely.geometry import mapping, shape
    from shapely.validation import explain_validity

    try:
        written = json.loads(cell)
        kind = written["type"]
        if kind not in {"Polygon", "MultiPolygon"}:
            raise ValueError(
                _("is a %(kind)s; expected a Polygon or MultiPolygon") % {"kind": shown(str(kind))}
            )
        drawn = shape(written)
        west, south, east, north = drawn.bounds
    except (KeyError, TypeError, AttributeError, ShapelyError, json.JSONDecodeError, IndexError):
        raise ValueError(_("is no GeoJSON geometry with coordinates")) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(_("has corners that are no longitude and latitude in degrees"))
    if drawn.is_valid:
        return {"type": kind, "coordinates": written["coordinates"]}
    mended = make_valid(drawn, method="structure")
    same = abs(mended.area - drawn.area) <= 0.001 * max(mended.area, drawn.area)
    if same and mended.geom_type in {"Polygon", "MultiPolygon"}:
        # Through JSON, so that it equals what the database gives back.
        return dict(json.loads(json.dumps(mapping(mended))))
    raise ValueError(_("is not a valid outline: %(why)s") % {"why": shown(explain_validity(drawn))})


def cell_as_shown(cell: Any) -> str:
    """The cell of a workbook as a reader sees it: what is formatted as per cent with its sign.

    A spreadsheet keeps 85 % as 0.85; without its sign nobody could tell it from 0.85 %.
    """
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in cell.number_format:
        return f"{value * 100:.10g}%"
    return cell_text(value)


def cell_text(value: Any) -> str:
    """A value as its cell is written; `values` reads it back to the same value.

    >>> cell_text(True), cell_text(None), cell_text(2.0), cell_text(["a", "b"])
    ('1', '', '2', 'a b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(settings.TIME_ZONE)) if value.tzinfo else value
        return local.isoformat(sep=" ", timespec="seconds" if not local.microsecond else "auto")
    if isinstance(value, list | tuple):
        return " ".join(str(part) for part in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
