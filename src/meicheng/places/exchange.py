"""Divisions and sites in files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.space import cell_of
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Refused, Rejection, Row, Taking
from meicheng.tables.upserts import Upsert, parents_first, unknown

from .finding import DivisionFinder
from .models import Division, GridCell, Site, SiteKind

LEVELS = [level.value for level in Division.Level]
LEVEL_WORDS = {
    **{level: level for level in LEVELS},
    "市": "city", "区": "district", "县": "district", "街道": "subdistrict", "镇": "subdistrict",
    "乡": "subdistrict", "社区": "community", "村": "community",
}  # fmt: skip

DIVISION_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(40), example="LC0101"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="柳池东社区",
        aliases=("name", "名称"),
    ),
    Column("name_en", gettext_lazy("Name in English"), values.text(), example="Liuchi East"),
    Column("level", gettext_lazy("Level"), values.choice(LEVEL_WORDS), example="community"),
    Column("parent", gettext_lazy("Parent's code"), values.code(40), example="LC01"),
    Column(
        "population",
        gettext_lazy("Population"),
        values.whole_number(0, 100_000_000),
        example="8200",
        default=None,
    ),
    Column("outline", gettext_lazy("Outline (GeoJSON)"), values.outline, default=None),
]


def take_divisions(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write divisions with what follows from their parents: path, level and district.

    A row without a parent lies in the city; one without a level is one below its parent; one
    without a code gets it from its name. A fresh city's first division may be the city itself.
    """
    upsert = Upsert(Division, taking, Division.objects.all())
    for row in rows:
        row.values["code"] = row.values["code"] or _code_from(row.values)
    root = _root(rows, upsert)
    for row in rows:
        if not row.values["parent"] and row.values["code"] != root:
            there = upsert.there.get(row.values["code"])
            # Where the file has no such column, the division stays where it is.
            above = there.parent_id if there is not None and "parent" not in taking.given else None
            row.values["parent"] = _code_of(upsert, above) if above else root
    ordered, rejected = parents_first(rows, upsert.there.__contains__)
    results: dict[int, Outcome | Rejection] = dict(rejected)
    for level in range(len(LEVELS)):
        for row in ordered:
            above = upsert.there.get(row.values["parent"] or "")
            if row.number not in results and _depth(row, root, above) == level:
                results[row.number] = _put_division(row, above, upsert)
        upsert.write()  # children need their parents' keys
    for row in ordered:
        if row.number not in results:
            results[row.number] = Rejection(
                "parent",
                _("the parent “%(parent)s” is a community or is rejected itself")
                % {"parent": row.values["parent"]},
            )
    _move_below(upsert)
    return [results[row.number] for row in rows]


def _root(rows: list[Row], upsert: Upsert) -> str:
    """The code of the division above all: the one here, else the row that says it is the city."""
    for division in upsert.there.values():
        if division.parent_id is None:
            return str(division.code)
    for row in rows:
        if row.values["level"] == "city" and not row.values["parent"]:
            return str(row.values["code"])
    raise Refused(
        _(
            "There is no city yet: run `meicheng setup`, or let a row of the file have the level city"
        )
    )


def _code_of(upsert: Upsert, pk: int) -> str:
    return next(str(d.code) for d in upsert.there.values() if d.pk == pk)


def _depth(row: Row, root: str, above: Division | None) -> int | None:
    """How deep the row lies, once its parent is known: 0 for the city."""
    if row.values["code"] == root:
        return 0
    if above is None or above.pk is None:
        return None
    return LEVELS.index(above.level) + 1


def _put_division(row: Row, above: Division | None, upsert: Upsert) -> Outcome | Rejection:
    found = row.values
    level = LEVELS[LEVELS.index(above.level) + 1] if above is not None else "city"
    asked = found["level"] or level
    if above is None and asked != "city":
        return Rejection("level", _("the division above all others is the city"))
    if above is not None and LEVELS.index(asked) <= LEVELS.index(above.level):
        return Rejection(
            "level",
            _("a %(level)s cannot lie in the %(above)s “%(code)s”")
            % {"level": asked, "above": above.level, "code": above.code},
        )
    path = f"{above.path if above else '/'}{found['code']}/"
    if len(path) > 200:
        return Rejection("code", _("the codes from the city down have over 200 characters"))
    fields = {
        "name_zh": found["name_zh"],
        "name_en": found["name_en"],
        "level": asked,
        "parent_id": above.pk if above else None,
        "path": path,
        "district_id": above.district_id if above else None,
        "population": found["population"],
        "outline": found["outline"],
    }
    there = upsert.there.get(found["code"])
    if asked == "district" and there is not None:
        fields["district_id"] = there.pk
    columns = {name: name for name in ("name_en", "population", "outline", "level")}
    outcome = upsert.put(found["code"], fields, columns)
    if asked == "district" and there is None:
        upsert.write()
        made = upsert.there[found["code"]]
        made.district_id = made.pk
        made.save(update_fields=["district"])
    return outcome


def _move_below(upsert: Upsert) -> None:
    """Bring the paths and districts of everything below a division that has moved up to date."""
    by_pk = {division.pk: division for division in upsert.there.values()}
    moved = []
    for division in sorted(by_pk.values(), key=lambda one: LEVELS.index(one.level)):
        above = by_pk.get(division.parent_id)
        path = f"{above.path if above else '/'}{division.code}/"
        district = division.pk if division.level == "district" else None
        if above is not None and division.level != "district":
            district = above.district_id
        if (division.path, division.district_id) != (path, district):
            division.path, division.district_id = path, district
            moved.append(division)
    Division.objects.bulk_update(moved, ["path", "district"], batch_size=200)


def _code_from(found: dict[str, Any]) -> str:
    """A code made from a name: `Staten Island` is STATEN-ISLAND, 柳池区 stays."""
    name = unicodedata.normalize("NFKC", found["name_en"] or found["name_zh"])
    return re.sub(r"[\s/\\]+", "-", name.strip()).upper()[:40]


def division_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Divisions from the city down."""
    found = Division.objects.filter(filters.within("path")).select_related("parent")
    for division in found.order_by("path").iterator(chunk_size=200):
        yield {
            "code": division.code,
            "name_zh": division.name_zh,
            "name_en": division.name_en,
            "level": division.level,
            "parent": division.parent.code if division.parent else "",
            "population": division.population,
            "outline": division.outline,
        }


POSITION_COLUMNS = [
    Column(
        "longitude",
        gettext_lazy("Longitude"),
        values.longitude,
        example="114.293",
        aliases=("lng", "lon", "x"),
        default=None,
    ),
    Column(
        "latitude",
        gettext_lazy("Latitude"),
        values.latitude,
        example="34.192",
        aliases=("lat", "y"),
        default=None,
    ),
    Column("crs", gettext_lazy("Coordinate system"), values.text(10), example="wgs84"),
]
SITE_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(60), required=True, example="LC0101-001"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="柳池一巷",
        aliases=("name", "名称"),
    ),
    Column("name_en", gettext_lazy("Name in English"), values.text(), example="Liuchi Lane 1"),
    Column(
        "kind", gettext_lazy("Kind of site"), values.text(60), required=True, example="back-lane"
    ),
    Column("division", gettext_lazy("Division"), values.text(), required=True, example="LC0101"),
    *POSITION_COLUMNS,
    Column("address", gettext_lazy("Address"), values.text(300), example="柳池路 12 号旁"),
    Column("hours", gettext_lazy("Opening hours"), values.text(100), example="06:00-22:00"),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]


def take_sites(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write sites; kinds by code or name, divisions by code or name."""
    cache = taking.cache
    if "divisions" not in cache:
        cache["divisions"] = DivisionFinder()
        cache["kinds"] = {}
        for one in SiteKind.objects.all():
            for name in (one.name_zh, one.name_en.casefold(), one.code):
                cache["kinds"][name] = one
    divisions: DivisionFinder = cache["divisions"]
    codes = [row.values["code"] for row in rows]
    upsert = Upsert(Site, taking, Site.objects.filter(code__in=codes))
    outside = _outside(rows, divisions)
    kinds = {row.number: _kind_of(row, cache["kinds"]) for row in rows}
    fixed = _of_a_fixed_kind(rows, kinds, upsert.there)
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        kind = kinds[row.number]
        division = divisions.find(found["division"])
        if kind is None:
            results.append(
                unknown("kind", found["kind"], {k.code for k in cache["kinds"].values()})
            )
        elif division is None:
            results.append(_no_division("division", found["division"]))
        elif row.number in outside:
            results.append(outside[row.number])
        elif row.number in fixed:
            results.append(fixed[row.number])
        else:
            results.append(upsert.put(found["code"], *_site_fields(found, kind, division)))
    upsert.write()
    return results


def _kind_of(row: Row, kinds: dict[str, SiteKind]) -> SiteKind | None:
    """The kind of site that a row names by its code or name."""
    words = row.values["kind"]
    return kinds.get(words) or kinds.get(words.casefold())


def _of_a_fixed_kind(
    rows: list[Row], kinds: dict[int, SiteKind | None], there: dict[str, Site]
) -> dict[int, Rejection]:
    """Rows that give a site another kind though something was seen there (1 SQL where kinds differ).

    What was seen is counted under the kind of the site: with another one, marks of past months, closed
    ones too, would be others, and the counts no longer those of the records.
    """
    differing = [
        row
        for row in rows
        if (site := there.get(row.values["code"])) is not None
        and (kind := kinds[row.number]) is not None
        and site.kind_id != kind.pk
    ]
    if not differing:
        return {}
    codes = {row.values["code"] for row in differing}
    looked_at = Site.objects.filter(code__in=codes, observations__isnull=False)
    seen = set(looked_at.values_list("code", flat=True).distinct())
    said = _(
        "something was seen there as a site of the kind “%(kind)s”; "
        "give the new site a code of its own and take this one out of use (active 0)"
    )
    return {
        row.number: Rejection("kind", said % {"kind": there[code].kind_id})
        for row in differing
        if (code := row.values["code"]) in seen
    }


def _site_fields(
    found: dict[str, Any], kind: SiteKind, division: Division
) -> tuple[dict[str, Any], dict[str, str]]:
    lon, lat = found["longitude"], found["latitude"]
    fields = {
        "name_zh": found["name_zh"],
        "name_en": found["name_en"],
        "kind_id": kind.pk,
        "division_id": division.pk,
        "longitude": lon,
        "latitude": lat,
        "cell": cell_of(lon, lat) if lon is not None else None,
        "address": found["address"],
        "hours": found["hours"],
        "active": found["active"],
    }
    columns = {
        name: name for name in ("name_en", "longitude", "latitude", "address", "hours", "active")
    }
    return fields, {**columns, "cell": "longitude"}


CELL_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(40), required=True, example="LC0101-07"),
    Column("division", gettext_lazy("Division"), values.text(), required=True, example="LC0101"),
    Column("outline", gettext_lazy("Outline (GeoJSON)"), values.outline, default=None),
]


def take_cells(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write cells of the unit grid."""
    divisions: DivisionFinder = taking.cache.setdefault("finder", DivisionFinder())
    codes = [row.values["code"] for row in rows]
    upsert = Upsert(GridCell, taking, GridCell.objects.filter(code__in=codes))
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        division = divisions.find(found["division"])
        if division is None:
            results.append(_no_division("division", found["division"]))
            continue
        fields = {"division_id": division.pk, "outline": found["outline"]}
        results.append(upsert.put(found["code"], fields, {"outline": "outline"}))
    upsert.write()
    return results


def cell_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Cells of the unit grid by code."""
    found = GridCell.objects.filter(filters.within("division__path")).select_related("division")
    for cell in found.defer("division__outline").order_by("code").iterator(chunk_size=500):
        yield {"code": cell.code, "division": cell.division.code, "outline": cell.outline}


def _no_division(column: str, words: str) -> Rejection:
    return Rejection(
        column,
        _("there is no division with the code or (only one) name “%(words)s”")
        % {"words": words[:60]},
    )


def _outside(rows: list[Row], divisions: DivisionFinder) -> dict[int, Rejection]:
    """Rows whose position lies outside the city, where its edge is known."""
    placed = [row for row in rows if row.values["longitude"] is not None]
    if not placed or not divisions.drawn:
        return {}
    points = [(row.values["longitude"], row.values["latitude"]) for row in placed]
    return {
        row.number: Rejection(
            "longitude",
            _("%(longitude)s, %(latitude)s lies outside the city's outlines")
            % {"longitude": point[0], "latitude": point[1]},
        )
        for row, point, where in zip(placed, points, divisions.locate(points), strict=True)
        if where is None
    }


def site_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Sites by code."""
    found = Site.objects.filter(filters.within("division__path")).select_related("division")
    if kind := filters.words.get("kind"):
        found = found.filter(kind_id=kind)
    for site in found.order_by("code").iterator(chunk_size=2000):
        yield {
            "code": site.code,
            "name_zh": site.name_zh,
            "name_en": site.name_en,
            "kind": site.kind_id,
            "division": site.division.code,
            "longitude": site.longitude,
            "latitude": site.latitude,
            "crs": "wgs84" if site.longitude is not None else "",
            "address": site.address,
            "hours": site.hours,
            "active": site.active,
        }


KINDS = [
    Kind(
        "divisions",
        gettext_lazy("Divisions"),
        DIVISION_COLUMNS,
        take_divisions,
        division_rows,
        whole=True,
        geometry="outline",
    ),
    Kind(
        "grid-cells",
        gettext_lazy("Grid cells"),
        CELL_COLUMNS,
        take_cells,
        cell_rows,
        geometry="outline",
    ),
    Kind("sites", gettext_lazy("Sites"), SITE_COLUMNS, take_sites, site_rows, geometry="point"),
]
