"""`meicheng lake`: write a city into Parquet, score any number of them, make some up."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

WIDTHS = (16, 9, 20, 9, 10, 14)  # of the columns of a score


def commands(subparsers: Any) -> None:
    """Add the commands of the lake."""
    lake = subparsers.add_parser("lake", help="cities as Parquet files, scored by the million")
    ways = lake.add_subparsers(title="lake", metavar="WHAT", required=True)
    export = ways.add_parser("export", help="write this city's observations, sites and cases")
    export.add_argument("dir", type=Path)
    export.add_argument("--city", default="city", help="its name in the lake (city)")
    export.set_defaults(run=_export)
    score = ways.add_parser("score", help="marks of every city in some lakes")
    score.add_argument("dir", type=Path, nargs="+")
    score.add_argument("--framework", required=True, help="code of the standard: sanitary-city")
    score.add_argument("--edition", default="", help="edition (the newest when absent)")
    score.add_argument("--period", help="2026, 2026Q3 or 2026-09 (the running quarter)")
    score.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb")
    score.add_argument("--json", action="store_true", help="print everything as JSON")
    score.set_defaults(run=_score)
    make = ways.add_parser("make", help="made-up cities of any size")
    make.add_argument("dir", type=Path)
    make.add_argument("--cities", type=int, default=30)
    make.add_argument("--rows", type=int, default=1_000_000, help="answers of all cities together")
    make.add_argument("--seed", type=int, default=1)
    make.set_defaults(run=_make)


def _export(arguments: argparse.Namespace) -> int:
    from .export import BadLake, export

    begun = time.monotonic()
    try:
        manifest = export(arguments.dir, arguments.city, progress=_progress)
    except BadLake as problem:
        return _refuse(str(problem))
    rows = ", ".join(f"{name} {count:,}" for name, count in manifest["rows"].items())
    _clear()
    said = _("%(folder)s: city=%(city)s: rows of %(rows)s; %(seconds).1f s")
    words = {"folder": arguments.dir, "city": arguments.city, "rows": rows}
    print(said % {**words, "seconds": time.monotonic() - begun})
    return 0


def _make(arguments: argparse.Namespace) -> int:
    from .export import BadLake
    from .making import make

    begun = time.monotonic()
    try:
        made = make(
            arguments.dir,
            cities=arguments.cities,
            rows=arguments.rows,
            seed=arguments.seed,
            progress=_progress,
        )
    except BadLake as problem:
        return _refuse(str(problem))
    _clear()
    said = _("%(folder)s: %(cities)d cities, %(observations)s observations; %(seconds).1f s")
    words = {
        "folder": arguments.dir,
        "cities": made["cities"],
        "observations": f"{made['observations']:,}",
        "seconds": time.monotonic() - begun,
    }
    print(said % words)
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from meicheng.assessment.periods import current_period, parse_period

    from .export import BadLake
    from .scoring import score_lake

    begun = time.monotonic()
    try:
        period = parse_period(arguments.period) if arguments.period else current_period()
        found = score_lake(
            arguments.dir,
            arguments.framework,
            period,
            edition=arguments.edition,
            engine=arguments.engine,
        )
    except (BadLake, ValueError) as problem:
        return _refuse(str(problem))
    seconds = time.monotonic() - begun
    if arguments.json:
        for one in found:
            marks = one.marks
            said = {
                "city": one.city,
                "framework": arguments.framework,
                "edition": one.edition,
                "period": period.text,
                "full_marks": marks.full_marks,
                "marks": marks.marks,
                "interval": list(marks.interval) if marks.interval else None,
                "strict_marks": marks.strict_marks,
                "coverage": marks.coverage,
                "pass_probability": marks.pass_probability,
                "vetoes": list(marks.vetoes),
                "observations": one.observations,
            }
            print(json.dumps(said, ensure_ascii=False))
        return 0
    if found:
        print(f"{arguments.framework} {found[0].edition} · {period.text}")
    print(_line([
        _("city"), _("marks"), _("95 % interval"), _("strict"), _("coverage"), _("observations"),
    ]))  # fmt: skip
    for one in found:
        marks, interval = one.marks, "–"
        if marks.interval is not None:
            interval = f"{marks.interval[0]:.1f} – {marks.interval[1]:.1f}"
        total = "–" if marks.marks is None else f"{marks.marks:.1f}"
        line = _line([
            one.city, total, interval, f"{marks.strict_marks:.1f}", f"{marks.coverage:.0%}",
            f"{one.observations:,}",
        ])  # fmt: skip
        if marks.vetoes:
            line += "  " + _("ruled out: %(codes)s") % {"codes": ", ".join(marks.vetoes)}
        print(line)
    whole = _("%(cities)d cities in %(seconds).1f s (%(engine)s)")
    print(whole % {"cities": len(found), "seconds": seconds, "engine": arguments.engine})
    return 0


def _line(cells: Sequence[str]) -> str:
    """A line of the table; a Chinese sign is as wide as two others."""
    found: list[str] = []
    for cell, width in zip(cells, WIDTHS, strict=True):
        room = " " * (width - sum(1 + (east_asian_width(sign) in "WF") for sign in cell))
        found.append(room + cell if found else cell + room)
    return "".join(found)


def _progress(what: str, rows: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what}: {rows:,}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _refuse(words: str) -> int:
    print(f"meicheng: {words}", file=sys.stderr)
    return 2
