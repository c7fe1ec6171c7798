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
from meicheng.engine.scoring import Assessment, Evidence, linearised, sampled_parts, score
from meicheng.places.time import midnight
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Criterion

from .engines import Engine, Tables
from .export import BadLake, manifest_of
from .summing import Rows, Sums


@dataclass(frozen=True)
class CityMarks:
    """The marks of a city, as its own database gives them."""

    city: str
    edition: str
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

    One set of Ibis expressions sums all cities at once in the engine, by site, and by criterion and
    stratum; what is summed becomes marks by the code that scores a database (`gather_from`,
    `score`). For the intervals the engine is asked a second time: with each criterion's share and worth
    known, what each site adds to the error is linear in its sums (`linearised`). A period is whole months: the lake's tallies of cases have no
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
    sums = Sums(tables, framework, criteria, period)
    evidence = {
        city: _evidence(rows, sums.items[city], framework, criteria, period)
        for city, rows in sums.cities.items()
    }
    lines = {
        (city, part.code): linearised(part, rows.strata[part.code], rows.population)
        for city, rows in sums.cities.items()
        for part in sampled_parts(document, evidence[city])
    }
    variances = sums.variances(lines, _nodes_above(document["nodes"]))
    return [
        CityMarks(
            city,
            str(document["edition"]),
            score(document, evidence[city], variances=variances.get(city, {})),
            sum(looks for _item, _kind, _value, looks, *_sums in sums.cities[city].answers),
        )
        for _folder, city in sorted(cities, key=lambda pair: pair[1])
        if city in evidence
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


def _evidence(
    rows: Rows,
    items: Mapping[str, tuple[list[str], str]],
    framework: str,
    criteria: Mapping[str, Criterion],
    period: Period,
) -> dict[str, Evidence]:
    """A city's evidence; of its sites only how many they are."""
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
    for code, count in rows.site_counts.items():
        evidence[code] = replace(evidence[code], site_count=count)
    return evidence


def _nodes_above(
    nodes: Iterable[Mapping[str, Any]], above: tuple[str, ...] = ("",)
) -> dict[str, tuple[str, ...]]:
    """The nodes that each criterion belongs to, with "" for the whole standard."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        here = (*above, str(node["code"]))
        found |= {str(one["code"]): here for one in node.get("criteria") or []}
        found |= _nodes_above(node.get("children") or [], here)
    return found


def _document(folders: Sequence[Path], framework: str, edition: str) -> dict[str, Any]:
    """The standard as every city of these lakes keeps it: this edition, else the newest.

    Raises `BadLake` where there is none, and where cities keep different ones under its name: their
    marks would not be their own.
    """
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    known = set()
    for folder in folders:
        for path in sorted(folder.glob("frameworks/city=*/*.json")):
            try:
                document = json.loads(path.read_text(encoding="utf-8"))
                known.add(f"{document['framework']} {document['edition']}")
            except (ValueError, KeyError, TypeError):
                said = _("%(folder)s: %(table)s cannot be read; export it again")
                where = {"folder": folder, "table": path.relative_to(folder)}
                raise BadLake(said % where) from None
            if document["framework"] == framework:
                city = path.parent.name.removeprefix("city=")
                found[str(document["edition"])][city] = document
    if not found or (edition and edition not in found):
        words = {"code": f"{framework} {edition}".strip(), "known": ", ".join(sorted(known)) or "–"}
        raise BadLake(_("There is no standard %(code)s in the lake; there are: %(known)s") % words)
    chosen = edition or max(found)
    first, *others = found[chosen].items()
    for city, document in others:
        if document != first[1]:
            words = {"code": f"{framework} {chosen}", "one": first[0], "other": city}
            raise BadLake(
                _("%(one)s and %(other)s keep different standards as %(code)s; score them apart")
                % words
            )
    return first[1]
