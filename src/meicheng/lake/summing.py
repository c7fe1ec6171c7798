"""Sums of any number of cities in the lake, by the same expressions on DuckDB and on Spark."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import ibis
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.assessment.periods import Period
from meicheng.standards.models import Criterion

from .export import BadLake
from .tables import COUNTS

Engine = Literal["duckdb", "spark"]
YEARS_BACK = 12  # of figures that a trend may ask for
LOOKED = frozenset({"yes", "no", "na"})  # the values of a look at a site


@dataclass
class Rows:
    """What was summed of one city, by whole numbers for its items, sites and districts."""

    items: dict[str, int] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=dict)
    root: str = ""
    answers: list[tuple[int, str, str, int, float, float]] = field(default_factory=list)
    earlier: list[tuple[int, int, str, int, float, float]] = field(default_factory=list)
    problems: list[tuple[int, str, float]] = field(default_factory=list)
    looks: list[tuple[int, int, str, str | None, str, float]] = field(default_factory=list)
    last: dict[int, list[tuple[datetime, str, float | None, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    cases: list[tuple[str, int, Counter[str]]] = field(default_factory=list)
    population: dict[str, int] = field(default_factory=dict)


class Tables:
    """The lake's tables in one engine."""

    def __init__(self, folders: Sequence[Path], engine: Engine) -> None:
        self.folders = [str(folder.resolve()) for folder in folders]
        if engine == "duckdb":
            self.backend: Any = ibis.duckdb.connect()
        else:
            self.backend = _spark()
        self.engine = engine

    def read(self, name: str, depth: int = 1) -> Any:
        """A table of all lakes with its partitions as columns of text."""
        stars = "/".join(["*"] * depth)
        if self.engine == "duckdb":
            paths = [f"{folder}/{name}/{stars}/*.parquet" for folder in self.folders]
            found = self.backend.read_parquet(
                paths, table_name=name, hive_partitioning=True, hive_types_autocast=False
            )
        else:
            session = self.backend._session
            frames = [session.read.parquet(f"{folder}/{name}") for folder in self.folders]
            whole = frames[0]
            for frame in frames[1:]:
                whole = whole.unionByName(frame)
            whole.createOrReplaceTempView(f"lake_{name}")
            found = self.backend.table(f"lake_{name}")
        return found


def _spark() -> Any:
    """A Spark session of this machine, or the cluster's that runs already."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadLake(_("Spark is not installed here: pip install pyspark")) from None
    session = (
        SparkSession.builder.appName("meicheng-lake")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    return ibis.pyspark.connect(session)


def tallies(observations: Any, first: int, last: int) -> Any:
    """Sums of the sampled answers of some months by city, item, kind of site, district, site, value.

    The one expression that reads every row of the period; everything else is summed from it.
    """
    month = observations.month.cast("int64")
    t = observations.filter(month >= first, month <= last, observations.sampled)
    return t.group_by("city", "item", "site", "site_kind", "district", "value").aggregate(
        looks=t.count(),
        weight=t.weight.sum(),
        number=(t.weight * t.number.fill_null(0.0)).sum(),
        plain=t.number.fill_null(0.0).sum(),
        numbers=t.number.count(),
    )


def summed(
    tables: Tables, framework: str, criteria: Mapping[str, Criterion], period: Period
) -> tuple[dict[str, Rows], dict[str, dict[str, tuple[list[str], str]]]]:
    """What was summed of each city, and each city's items that serve the standard."""
    prefix = f"{framework}/"
    items: dict[str, dict[str, tuple[list[str], str]]] = defaultdict(dict)
    for row in _fetched(tables.read("items")):
        ours = [c.removeprefix(prefix) for c in row["criteria"] if c.startswith(prefix)]
        items[row["city"]][row["item"]] = (
            [c for c in dict.fromkeys(ours) if c in criteria],
            row["opens"] or "",
        )
    served = sorted({code for city in items.values() for code, (ours, _o) in city.items() if ours})
    if not served:
        raise BadLake(_("No item of this lake serves the standard %(code)s") % {"code": framework})
    found: dict[str, Rows] = defaultdict(Rows)
    for city, known in items.items():
        found[city].items = {code: number for number, code in enumerate(sorted(known))}
    observations = tables.read("observations", 2)
    wanted = observations.filter(observations.item.isin(served))
    _answers(found, wanted, period)
    _last_words(found, wanted, tables, criteria, items, period)
    _earlier(found, wanted, items, criteria, period)
    _cases(found, tables, period)
    _populations(found, tables)
    return found, items


def _answers(found: dict[str, Rows], wanted: Any, period: Period) -> None:
    table = tallies(wanted, period.first, period.last).to_pyarrow()
    counted: dict[tuple[str, int, str, str], list[float]] = {}
    problems: dict[tuple[str, int, str], float] = defaultdict(float)
    # A million groups and more: read column by column, which is several times as quick.
    columns = (
        "city", "item", "site", "site_kind", "district", "value", "looks", "weight", "number",
        "plain", "numbers",
    )  # fmt: skip
    for city, code, site, kind, district, value, looks, weight, number, plain, numbers in zip(
        *(table[name].to_pylist() for name in columns), strict=True
    ):
        rows = found[city]
        item = rows.items[code]
        known = counted.get((city, item, kind, value))
        if known is None:
            counted[city, item, kind, value] = [looks, weight, number]
        else:
            known[0] += looks
            known[1] += weight
            known[2] += number
        if value == "" and numbers:
            problems[city, item, kind] += plain
        if site is not None and value in LOOKED:
            place = rows.sites.setdefault(site, len(rows.sites))
            rows.looks.append((item, place, kind, district, value, weight))
    for (city, item, kind, value), (looks, weight, number) in counted.items():
        found[city].answers.append((item, kind, value, int(looks), weight, number))
    for (city, item, kind), number in problems.items():
        found[city].problems.append((item, kind, number))


def _last_words(
    found: dict[str, Rows],
    wanted: Any,
    tables: Tables,
    criteria: Mapping[str, Criterion],
    items: Mapping[str, Mapping[str, tuple[list[str], str]]],
    period: Period,
) -> None:
    """Figures, reviews and events: of these the latest counts, so each row is read."""
    latest = {"target", "grade", "trend", "materials", "veto"}
    codes = sorted(
        {
            code
            for city in items.values()
            for code, (ours, _opens) in city.items()
            if any(criteria[one].rule["kind"] in latest for one in ours)
        }
    )
    for row in _fetched(tables.read("divisions")):
        if not _there(row["parent"]):
            found[row["city"]].root = row["path"]
    t = wanted
    month = t.month.cast("int64")
    rows = t.filter(
        t.item.isin(codes), month <= period.last, month >= (period.last // 100 - YEARS_BACK) * 100
    ).select("city", "item", "path", "site", "observed_at", "value", "number", month=month)
    for row in _fetched(rows):
        city = found[row["city"]]
        number = row["number"] if _there(row["number"]) else None
        at = timezone.make_aware(_moment(row["observed_at"]))
        site = city.sites.setdefault(row["site"], len(city.sites)) + 1 if _there(row["site"]) else 0
        city.last[city.items[row["item"]]].append((at, row["value"], number, row["path"], site))


def _earlier(
    found: dict[str, Rows],
    wanted: Any,
    items: Mapping[str, Mapping[str, tuple[list[str], str]]],
    criteria: Mapping[str, Criterion],
    period: Period,
) -> None:
    """Rates given as two numbers, by month of this year and the last, for those that may rise."""
    codes = sorted(
        {
            code
            for city in items.values()
            for code, (ours, _opens) in city.items()
            if any(criteria[one].rule["kind"] == "rate" for one in ours)
        }
    )
    if not codes:
        return
    whole = wanted.mutate(at_month=wanted.month.cast("int64"))
    t = whole.filter(
        whole.item.isin(codes),
        whole.sampled,
        whole.value == "rate",
        whole.at_month >= (period.last // 100 - 1) * 100,
        whole.at_month <= period.last,
    )
    rows = t.group_by("city", "item", "site_kind", month=t.at_month).aggregate(
        looks=t.count(),
        weight=t.weight.sum(),
        number=(t.weight * t.number.fill_null(0.0)).sum(),
    )
    for row in _fetched(rows):
        city = found[row["city"]]
        city.earlier.append(
            (
                city.items[row["item"]],
                int(row["month"]),
                row["site_kind"],
                int(row["looks"]),
                row["weight"],
                row["number"],
            )
        )


def _cases(found: dict[str, Rows], tables: Tables, period: Period) -> None:
    whole = tables.read("case_counts")
    whole = whole.mutate(month=whole.day.year().cast("int64") * 100 + whole.day.month())
    t = whole.filter(whole.month >= (period.last // 100 - 1) * 100, whole.month <= period.last)
    sums = t.group_by("city", "kind", "month").aggregate(**{n: t[n].sum() for n in COUNTS})
    for row in _fetched(sums):
        counts = Counter({name: int(row[name] or 0) for name in COUNTS})
        found[row["city"]].cases.append((row["kind"], int(row["month"]), counts))


def _populations(found: dict[str, Rows], tables: Tables) -> None:
    whole = tables.read("sites")
    t = whole.filter(whole.active)
    sums = t.group_by("city", "district", "kind").aggregate(sites=t.count())
    for row in _fetched(sums):
        district = row["district"] if _there(row["district"]) else None
        found[row["city"]].population[f"{district}/{row['kind']}"] = int(row["sites"])


def _fetched(expression: Any) -> Iterable[dict[str, Any]]:
    """The rows of an expression."""
    rows: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
    return rows


def _there(value: Any) -> bool:
    """Whether a cell holds something; engines write what is missing as None or NaN."""
    return value is not None and value == value


def _moment(value: Any) -> datetime:
    return (
        value.replace(tzinfo=None)
        if isinstance(value, datetime)
        else datetime.fromisoformat(str(value))
    )
