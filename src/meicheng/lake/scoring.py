"""Marks of any number of cities from the lake, by the same expressions on DuckDB and on Spark."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import ibis
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.assessment.counted import Counted
from meicheng.assessment.evidence import Served, gather_from
from meicheng.assessment.latest import A_YEAR, Figure, Review, Word
from meicheng.assessment.periods import DAY, Period, months_earlier
from meicheng.engine.scoring import Assessment, score
from meicheng.places.time import midnight
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Criterion

from .export import BadLake, manifest_of
from .tables import COUNTS

Engine = Literal["duckdb", "spark"]
YEARS_BACK = 12  # of figures that a trend may ask for
LOOKED = frozenset({"yes", "no", "na"})  # the values of a look at a site


@dataclass(frozen=True)
class CityMarks:
    """The marks of a city, as its own database gives them."""

    city: str
    marks: Assessment
    observations: int


@dataclass
class _Rows:
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


def score_lake(
    folders: Sequence[Path],
    framework: str,
    period: Period,
    *,
    edition: str = "",
    engine: Engine = "duckdb",
) -> list[CityMarks]:
    """The marks of every city in these lakes under a standard, equal to each city's own.

    The sums by item, site, kind, district and value are one set of Ibis expressions, which the
    engine runs over all cities at once; what is summed becomes marks by the code that scores a
    database (`gather_from`, `score`). A period is whole months: the lake's tallies of cases have no
    days. Raises `BadLake`.
    """
    if period.days is not None:
        raise BadLake(_("The lake scores whole months: 2026, 2026Q3 or 2026-09"))
    cities = [(folder, city) for folder in folders for city in manifest_of(folder)["cities"]]
    twice = [city for city, count in Counter(city for _f, city in cities).items() if count > 1]
    if twice:
        raise BadLake(_("The city %(city)s stands in two of these lakes") % {"city": twice[0]})
    document = _document(folders, framework, edition)
    criteria = {
        row["code"]: Criterion(
            code=row["code"], rule=row["rule"], site_kinds=row.get("site_kinds") or [],
            method=row.get("method", ""),
        )
        for _node, row in criteria_of(document["nodes"])
    }  # fmt: skip
    tables = _Tables(folders, engine)
    rows, items = _summed(tables, framework, criteria, period)
    return [
        _marks(city, rows[city], items[city], framework, document, criteria, period)
        for _folder, city in sorted(cities, key=lambda pair: pair[1])
        if city in rows
    ]


class _Tables:
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


def _summed(
    tables: _Tables, framework: str, criteria: Mapping[str, Criterion], period: Period
) -> tuple[dict[str, _Rows], dict[str, dict[str, tuple[list[str], str]]]]:
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
    found: dict[str, _Rows] = defaultdict(_Rows)
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


def _answers(found: dict[str, _Rows], wanted: Any, period: Period) -> None:
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
    found: dict[str, _Rows],
    wanted: Any,
    tables: _Tables,
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
    found: dict[str, _Rows],
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


def _cases(found: dict[str, _Rows], tables: _Tables, period: Period) -> None:
    whole = tables.read("case_counts")
    whole = whole.mutate(month=whole.day.year().cast("int64") * 100 + whole.day.month())
    t = whole.filter(whole.month >= (period.last // 100 - 1) * 100, whole.month <= period.last)
    sums = t.group_by("city", "kind", "month").aggregate(**{n: t[n].sum() for n in COUNTS})
    for row in _fetched(sums):
        counts = Counter({name: int(row[name] or 0) for name in COUNTS})
        found[row["city"]].cases.append((row["kind"], int(row["month"]), counts))


def _populations(found: dict[str, _Rows], tables: _Tables) -> None:
    whole = tables.read("sites")
    t = whole.filter(whole.active)
    sums = t.group_by("city", "district", "kind").aggregate(sites=t.count())
    for row in _fetched(sums):
        district = row["district"] if _there(row["district"]) else None
        found[row["city"]].population[f"{district}/{row['kind']}"] = int(row["sites"])


@dataclass(frozen=True)
class _City:
    """One city's sums as `gather_from` asks for them."""

    rows: _Rows
    period: Period
    whole: Period

    @property
    def path(self) -> str:
        """The whole city."""
        return self.rows.root

    def during(self, period: Period) -> _City:
        """The same city in another period, of which rates and cases are known by month."""
        return replace(self, period=period)

    def answers(self, by: Sequence[str]) -> Iterable[Counted]:
        """The sampled answers; of other periods only rates."""
        if self.period == self.whole:
            for item, kind, value, looks, weight, number in self.rows.answers:
                named = {"item_id": item, "site_kind_code": kind, "value": value}
                yield Counted(tuple(named[name] for name in by), looks, weight, number)
            return
        for item, month, kind, looks, weight, number in self.rows.earlier:
            if self._months[0] <= month <= self._months[1]:
                named = {"item_id": item, "site_kind_code": kind, "value": "rate"}
                yield Counted(tuple(named[name] for name in by), looks, weight, number)

    def problem_numbers(self, items: Iterable[int]) -> Iterable[tuple[int, str | None, float]]:
        """Numbers of problems by item and kind of site."""
        wanted = set(items)
        return [row for row in self.rows.problems if row[0] in wanted]

    def site_answers(self) -> Iterable[tuple[int, int, str, Any, str, float]]:
        """Weights of answers by item, site and value."""
        return self.rows.looks

    def cases(self, names: Sequence[str]) -> dict[str, Counter[str]]:
        """The counts of cases by kind."""
        found: dict[str, Counter[str]] = {}
        if names:
            for kind, month, counts in self.rows.cases:
                if self._months[0] <= month <= self._months[1]:
                    known = found.setdefault(kind, Counter())
                    known.update({name: counts[name] for name in names})
        return found

    def figures(self, items: Iterable[int]) -> Mapping[int, list[Figure]]:
        """The city's own figures."""
        end = self.period.end
        return {
            item: [
                Figure(at, at_month(at), number)
                for at, value, number, path, site in self.rows.last.get(item, ())
                if value == ""
                and number is not None
                and path == self.path
                and not site
                and at < end
            ]
            for item in items
        }

    def reviews(self, items: Mapping[int, tuple[str, str]]) -> Mapping[str, list[Review]]:
        """The city's own reviews."""
        found: dict[str, list[Review]] = defaultdict(list)
        for item, (criterion, material) in items.items():
            for at, value, _number, path, _site in self.rows.last.get(item, ()):
                if path == self.path and at < self.period.end:
                    found[criterion].append(Review(at, material, value))
        for reviews in found.values():
            reviews.sort(key=lambda one: (one.at, one.value != "accepted"))
        return found

    def words(self, items: Iterable[int]) -> list[Word]:
        """What was said of events within a year."""
        begin = midnight(months_earlier(self.period.last_day + DAY, A_YEAR))
        found = [
            Word(at, item, path, site, value)
            for item in items
            for at, value, _number, path, site in self.rows.last.get(item, ())
            if begin <= at < self.period.end
        ]
        return sorted(found, key=lambda one: (one.at, one.value == "occurred"))

    @property
    def _months(self) -> tuple[int, int]:
        return self.period.first, self.period.last


def at_month(at: datetime) -> int:
    """The month of an instant in the city, as 202609."""
    local = timezone.localtime(at)
    return local.year * 100 + local.month


def _marks(
    city: str,
    rows: _Rows,
    items: Mapping[str, tuple[list[str], str]],
    framework: str,
    document: Mapping[str, Any],
    criteria: Mapping[str, Criterion],
    period: Period,
) -> CityMarks:
    served: dict[int, list[Served]] = {}
    opened: dict[int, str] = {}
    for code, (ours, opens) in items.items():
        if ours:
            number = rows.items[code]
            served[number] = [
                Served(one, frozenset(criteria[one].site_kinds), criteria[one].rule["kind"])
                for one in ours
            ]
            opened[number] = opens
    materials = {
        rows.items[code]: (one.code, material)
        for one in criteria.values()
        if one.rule["kind"] == "materials"
        for material in one.rule["needs"]
        if (code := f"{framework}/{one.code}/{material}") in rows.items
    }
    evidence = gather_from(_City(rows, period, period), criteria, served, opened, materials)
    seen = sum(looks for _item, _kind, _value, looks, _weight, _number in rows.answers)
    return CityMarks(city, score(document, evidence, rows.population), seen)


def _document(folders: Sequence[Path], framework: str, edition: str) -> dict[str, Any]:
    """The standard as a lake keeps it: this edition, else the newest. Raises `BadLake`."""
    found: dict[str, Path] = {}
    known = set()
    for folder in folders:
        for path in sorted(folder.glob("frameworks/*/*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            known.add(f"{document['framework']} {document['edition']}")
            if document["framework"] == framework:
                found[str(document["edition"])] = path
    if not found or (edition and edition not in found):
        words = {"code": f"{framework} {edition}".strip(), "known": ", ".join(sorted(known)) or "–"}
        raise BadLake(_("There is no standard %(code)s in the lake; there are: %(known)s") % words)
    chosen: dict[str, Any] = json.loads(found[edition or max(found)].read_text(encoding="utf-8"))
    return chosen


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
