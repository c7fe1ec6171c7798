"""Marks of any number of cities from the lake, by the same expressions on DuckDB and on Spark."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

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
from .summing import Engine, Rows, Tables, summed

YEARS_BACK = 12  # of figures that a trend may ask for
LOOKED = frozenset({"yes", "no", "na"})  # the values of a look at a site


@dataclass(frozen=True)
class CityMarks:
    """The marks of a city, as its own database gives them."""

    city: str
    marks: Assessment
    observations: int


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
    tables = Tables(folders, engine)
    rows, items = summed(tables, framework, criteria, period)
    return [
        _marks(city, rows[city], items[city], framework, document, criteria, period)
        for _folder, city in sorted(cities, key=lambda pair: pair[1])
        if city in rows
    ]


@dataclass(frozen=True)
class _City:
    """One city's sums as `gather_from` asks for them."""

    rows: Rows
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
    rows: Rows,
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
