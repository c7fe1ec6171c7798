"""Made-up cities for the lake: as many and as large as wanted, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from meicheng import __version__
from meicheng.engine.frameworks import read_document
from meicheng.standards.actions import FRAMEWORKS, criteria_of
from meicheng.standards.packs import read_pack

from .export import BadLake, put_manifest
from .tables import CASE_COUNTS, CASES, DIVISIONS, ITEMS, SITES, VERSION

YEAR = 2026
MONTHS = 12
SITES_OF_KIND = 60  # in a city
DISTRICTS = ("LC", "XC", "SF")


def make(
    folder: Path,
    *,
    cities: int,
    rows: int,
    seed: int = 1,
    progress: Callable[[str, int], None] = lambda _what, _rows: None,
) -> dict[str, int]:
    """Write `cities` cities with `rows` answers in all, of 2026, as the packs' checklists ask them.

    DuckDB makes the rows month by month from hashes of their number and the seed, so memory stays
    small and the same seed gives the same lake. Raises `BadLake` for a folder that holds anything.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadLake(_("%(folder)s is not empty; choose a new folder") % {"folder": folder})
    if cities < 1 or rows < cities * MONTHS:
        raise BadLake(_("expected at least 1 city and 12 rows for each"))
    bank = read_pack("site-checklists")["items"]
    looks = [(item["code"], kind) for item in bank for kind in item["site_kinds"]]
    kinds = sorted({kind for _item, kind in looks})
    documents = [_standard(name) for name in FRAMEWORKS]
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("CREATE TABLE looks (number BIGINT, item VARCHAR, kind VARCHAR)")
    connection.executemany(
        "INSERT INTO looks VALUES (?, ?, ?)", [(n, *pair) for n, pair in enumerate(looks)]
    )
    names = [f"city-{number:02d}" for number in range(1, cities + 1)]
    done = 0
    for index, city in enumerate(names):
        of_city = rows * (index + 1) // cities - rows * index // cities
        for month in range(1, MONTHS + 1):
            count = of_city * month // MONTHS - of_city * (month - 1) // MONTHS
            target = folder / "observations" / f"city={city}" / f"month={YEAR}{month:02d}"
            target.mkdir(parents=True)
            _observations(
                connection, target / "part-0.parquet", index, month, count, len(looks), seed
            )
            done += count
            progress("observations", done)
        _small(folder, city, bank, documents, kinds)
        manifest = {
            "version": VERSION,
            "made_by": f"meicheng {__version__} (made up, seed {seed})",
            "made_at": "",
            "ledger_head": "",
            "rows": {"observations": of_city, "sites": len(kinds) * SITES_OF_KIND},
        }
        put_manifest(folder, city, manifest)
    connection.close()
    return {"cities": cities, "observations": done}


def _observations(
    connection: Any, path: Path, city: int, month: int, count: int, looks: int, seed: int
) -> None:
    """One month of one city: which item and site, when and whether it passed come from hashes."""
    connection.execute(
        f"""
        COPY (
          SELECT l.item, l.kind || '-' || lpad(CAST(r.site AS VARCHAR), 4, '0') AS site,
            l.kind AS site_kind, d.district || '01' AS division, d.district,
            '/CITY/' || d.district || '/' || d.district || '01/' AS path,
            make_timestamp({YEAR}, {month}, 1 + CAST(r.h2 % 28 AS BIGINT), 8 + CAST(r.h3 % 10 AS BIGINT),
              CAST(r.h4 % 60 AS BIGINT), 0.0) AS observed_at,
            CASE WHEN r.h4 % 100 < 2 THEN 'na'
                 WHEN r.h3 % 1000 < 780 + (l.number * 37 + {city} * 11) % 200 THEN 'yes' ELSE 'no' END
              AS value,
            CAST(NULL AS DOUBLE) AS number,
            CAST(1 + (r.site % 4) / 4.0 AS DOUBLE) AS weight, true AS sampled
          FROM (SELECT hash(i, {seed}, {city}, {month}) AS h1, hash(i, {seed}, {city}, {month}, 2) AS h2,
                  hash(i, {seed}, {city}, {month}, 3) AS h3, hash(i, {seed}, {city}, {month}, 4) AS h4,
                  CAST(hash(i, {seed}, {city}, {month}, 5) % {SITES_OF_KIND} AS BIGINT) AS site
                FROM range({count}) AS numbers(i)) AS r
          JOIN looks AS l ON l.number = CAST(r.h1 % {looks} AS BIGINT)
          JOIN (VALUES (0, 'LC'), (1, 'XC'), (2, 'SF')) AS d(n, district) ON d.n = r.site % 3
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
        """
    )


def _small(
    folder: Path,
    city: str,
    bank: list[dict[str, Any]],
    documents: list[dict[str, Any]],
    kinds: list[str],
) -> None:
    """The small tables of a city: sites, divisions, items, standards; figures and cases are none."""

    def write(name: str, schema: Any, rows: list[dict[str, Any]]) -> None:
        target = folder / name / f"city={city}"
        target.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), target / "part-0.parquet")

    write("sites", SITES, [
        {"site": f"{kind}-{n:04d}", "kind": kind, "division": f"{DISTRICTS[n % 3]}01",
         "district": DISTRICTS[n % 3], "path": f"/CITY/{DISTRICTS[n % 3]}/{DISTRICTS[n % 3]}01/",
         "longitude": 114.3, "latitude": 34.2, "active": True}
        for kind in kinds for n in range(SITES_OF_KIND)
    ])  # fmt: skip
    write("divisions", DIVISIONS, [
        {"division": "CITY", "parent": None, "level": "city", "path": "/CITY/", "name_zh": city,
         "name_en": city, "population": 1_000_000},
        *({"division": one, "parent": "CITY", "level": "district", "path": f"/CITY/{one}/",
           "name_zh": one, "name_en": one, "population": 300_000} for one in DISTRICTS),
    ])  # fmt: skip
    direct = [
        {"item": code, "criteria": [f"{document['framework']}/{row['code']}"], "opens": "",
         "source": "criterion"}
        for document in documents
        for _node, row in criteria_of(document["nodes"])
        for code in _direct(document["framework"], row)
    ]  # fmt: skip
    write("items", ITEMS, [
        *({"item": one["code"], "criteria": one.get("criteria", []), "opens": one.get("opens") or "",
           "source": "look"} for one in bank),
        *direct,
    ])  # fmt: skip
    write("cases", CASES, [])
    write("case_counts", CASE_COUNTS, [])
    target = folder / "frameworks" / f"city={city}"
    target.mkdir(parents=True)
    for document in documents:
        name = f"{document['framework']}-{document['edition']}.json"
        (target / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _direct(framework: str, row: dict[str, Any]) -> list[str]:
    """The items of a criterion that is observed directly."""
    code = f"{framework}/{row['code']}"
    if row["rule"]["kind"] == "materials":
        return [f"{code}/{material}" for material in row["rule"]["needs"]]
    return [code] if row["method"] != "field" else []


def _standard(name: str) -> dict[str, Any]:
    found, problems = read_document(read_pack(f"frameworks/{name}"), None)
    if found is None:
        raise BadLake("; ".join(map(str, problems)))
    return found.document()
