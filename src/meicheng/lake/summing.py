"""Sums of any number of cities in the lake, by the same expressions on DuckDB and on Spark."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.assessment.periods import Period
from meicheng.engine.scoring import Linear, Stratum
from meicheng.standards.models import Criterion

from .engines import Tables
from .export import BadLake
from .tables import COUNTS

YEARS_BACK = 12  # of figures that a trend may ask for
Items = dict[str, dict[str, tuple[list[str], str]]]  # of each city: criteria, and what "no" opens
LOOKED = ("yes", "no", "na")  # the values of a look at a site


@dataclass
class Rows:
    """What was summed of one city, by whole numbers for its items, sites and districts."""

    items: dict[str, int] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=dict)
    root: str = ""
    answers: list[tuple[int, str, str, int, float, float]] = field(default_factory=list)
    earlier: list[tuple[int, int, str, int, float, float]] = field(default_factory=list)
    problems: list[tuple[int, str, float]] = field(default_factory=list)
    site_counts: dict[str, int] = field(default_factory=dict)
    strata: dict[str, dict[str, Stratum]] = field(default_factory=lambda: defaultdict(dict))
    last: dict[int, list[tuple[datetime, str, float | None, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    cases: list[tuple[str, int, Counter[str]]] = field(default_factory=list)
    population: dict[str, int] = field(default_factory=dict)


def tallies(observations: Any, first: int, last: int) -> Any:
    """Sums of the sampled answers of some months by city, item, kind of site, district, site, value.

    The one expression that reads every row of the period; everything else is summed from it.
    """
    month = observations.month.cast("int64")
    t = observations.filter(month >= first, month <= last, observations.sampled)
    return t.group_by("city", "item", "site", "site_kind", "district", "value").aggregate(
        looks=t.count(),
        weight=t.weight.sum(),
        number=(t.weight * t.number).sum(),
    )


def numbered(observations: Any, first: int, last: int) -> Any:
    """Numbers of problems, unweighted, by city, item and kind of site."""
    month = observations.month.cast("int64")
    t = observations.filter(
        observations.value == "", observations.number.notnull(), observations.sampled,
        month >= first, month <= last,
    )  # fmt: skip
    return t.group_by("city", "item", "site_kind").aggregate(number=t.number.sum())


def site_sums(tallied: Any, serving: Any) -> Any:
    """Sums of "yes" among "yes" and "no" by city, criterion, stratum (district and kind) and site.

    A site where a criterion did not apply was looked at all the same: it belongs to the sample.
    """
    t = _at_sites(tallied.filter(tallied.value.isin(LOOKED)), serving)
    nothing = ibis.literal(0.0)
    return t.group_by(
        "city", "criterion", "site", kind=t.site_kind, district=t.district.fill_null("")
    ).aggregate(
        hits=ibis.ifelse(t.value == "yes", t.weight, nothing).sum(),
        among=ibis.ifelse(t.value == "na", nothing, t.weight).sum(),
    )


def sites_of_problems(tallied: Any, serving: Any) -> Any:
    """How many sites were looked at for problems, by city and criterion."""
    t = _at_sites(tallied.filter(tallied.value != "na"), serving)
    return t.group_by("city", "criterion").aggregate(sites=t.site.nunique())


def _at_sites(tallied: Any, serving: Any) -> Any:
    """What was answered at sites with each criterion that it counts for there."""
    t = tallied.filter(tallied.site.notnull()).join(serving, ["city", "item"])
    return t.filter((t.at_kind == "") | (t.site_kind == "") | (t.at_kind == t.site_kind))


def squared_errors(sums: Any, lines: Any, within: Any) -> Any:
    """The variance of each city's nodes: errors added up by site, then squared, as `total_variance`.

    lines: how a site's sums become its error, by city, criterion and stratum (`linearised`);
    within: the nodes, and the whole standard, that each criterion belongs to.
    """
    e = sums.join(lines, ["city", "criterion", "district", "kind"])
    e = e.mutate(error=e.scale * (e.hits - e.share * e.among) - e.shift).join(within, "criterion")
    by_site = e.group_by("city", "node", "district", "kind", "site").aggregate(error=e.error.sum())
    return by_site.group_by("city", "node").aggregate(
        variance=(by_site.error * by_site.error).sum(), sites=by_site.count()
    )


class Sums:
    """What the engine summed of some months; sums by site stay in it."""

    def __init__(
        self, tables: Tables, framework: str, criteria: Mapping[str, Criterion], period: Period
    ) -> None:
        self.items: Items = _items(tables, framework, criteria)
        served = {code for city in self.items.values() for code, (ours, _o) in city.items() if ours}
        if not served:
            raise BadLake(
                _("No item of this lake serves the standard %(code)s") % {"code": framework}
            )
        self.cities: dict[str, Rows] = defaultdict(Rows)
        for city, known in self.items.items():
            self.cities[city].items = {code: number for number, code in enumerate(sorted(known))}
        observations = tables.read("observations")
        wanted = observations.filter(observations.item.isin(sorted(served)))
        self._tables = tables
        tallied = tallies(wanted, period.first, period.last).cache()
        _answers(self.cities, tallied)
        _problems(self.cities, wanted, criteria, self.items, period)
        if serving := _serving(self.items, criteria, "pass_rate"):
            self._by_site = site_sums(tallied, tables.given("serving", serving)).cache()
            _strata(self.cities, self._by_site)
        if serving := _serving(self.items, criteria, "deduct"):
            counted = sites_of_problems(tallied, tables.given("deducting", serving))
            _note_sites(self.cities, counted)
        _last_words(self.cities, wanted, tables, criteria, self.items, period)
        _earlier(self.cities, wanted, self.items, criteria, period)
        _cases(self.cities, tables, period)
        _populations(self.cities, tables)

    def variances(
        self,
        lines: Mapping[tuple[str, str], Mapping[str, Linear]],
        nodes: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, float]]:
        """Each city's variances by node, from how errors come of sums by city and criterion.

        nodes: those that each criterion belongs to. One site alone tells of no spread.
        """
        rows = [
            {
                "city": city, "criterion": criterion, "district": stratum.partition("/")[0],
                "kind": stratum.partition("/")[2], **line._asdict(),
            }
            for (city, criterion), strata in lines.items()
            for stratum, line in strata.items()
        ]  # fmt: skip
        found: dict[str, dict[str, float]] = defaultdict(dict)
        if not rows:
            return found
        within = [
            {"criterion": code, "node": node} for code, above in nodes.items() for node in above
        ]
        lined = self._tables.given("lines", rows)
        expression = squared_errors(self._by_site, lined, self._tables.given("within", within))
        for row in _fetched(expression):
            if row["sites"] >= 2:
                found[row["city"]][row["node"]] = row["variance"]
        return found


def _items(tables: Tables, framework: str, criteria: Mapping[str, Criterion]) -> Items:
    prefix = f"{framework}/"
    items: Items = defaultdict(dict)
    for row in _fetched(tables.read("items")):
        ours = [c.removeprefix(prefix) for c in row["criteria"] if c.startswith(prefix)]
        items[row["city"]][row["item"]] = (
            [c for c in dict.fromkeys(ours) if c in criteria],
            row["opens"] or "",
        )
    return items


def _serving(items: Items, criteria: Mapping[str, Criterion], rule: str) -> list[dict[str, str]]:
    """The criteria of a rule that an item's answers count for, and at which kinds of sites ("": all)."""
    return [
        {"city": city, "item": item, "criterion": code, "at_kind": kind}
        for city, known in items.items()
        for item, (ours, _opens) in known.items()
        for code in ours
        if criteria[code].rule["kind"] == rule
        for kind in dict.fromkeys(criteria[code].site_kinds or [""])
    ]


def _of_rules(items: Items, criteria: Mapping[str, Criterion], rules: Set[str]) -> list[str]:
    """The items that serve a criterion with one of these kinds of rules."""
    return sorted(
        {
            code
            for city in items.values()
            for code, (ours, _opens) in city.items()
            if any(criteria[one].rule["kind"] in rules for one in ours)
        }
    )


def _answers(found: Mapping[str, Rows], tallied: Any) -> None:
    """Sums of answers by item, kind of site and value."""
    t = tallied
    sums = t.group_by("city", "item", "site_kind", "value").aggregate(
        looks=t.looks.sum(), weight=t.weight.sum(), number=t.number.fill_null(0.0).sum()
    )
    for row in _fetched(sums):
        rows = found[row["city"]]
        item, kind, value = rows.items[row["item"]], row["site_kind"], row["value"]
        rows.answers.append((item, kind, value, int(row["looks"]), row["weight"], row["number"]))


def _problems(
    found: Mapping[str, Rows],
    wanted: Any,
    criteria: Mapping[str, Criterion],
    items: Items,
    period: Period,
) -> None:
    """Problems that were given as a number, of the items that may cost marks by them."""
    if codes := _of_rules(items, criteria, {"deduct"}):
        t = wanted.filter(wanted.item.isin(codes))
        for row in _fetched(numbered(t, period.first, period.last)):
            rows = found[row["city"]]
            rows.problems.append((rows.items[row["item"]], row["site_kind"], row["number"]))


def _strata(found: Mapping[str, Rows], sums: Any) -> None:
    """What the sites of each criterion and stratum add up to, and how many sites it has in all."""
    by_stratum = sums.group_by("city", "criterion", "district", "kind").aggregate(
        sites=sums.count(), hits=sums.hits.sum(), among=sums.among.sum()
    )
    for row in _fetched(by_stratum):
        stratum = f"{row['district']}/{row['kind']}"
        of_criterion = found[row["city"]].strata[row["criterion"]]
        of_criterion[stratum] = Stratum(int(row["sites"]), row["hits"], row["among"])
    _note_sites(found, sums.group_by("city", "criterion").aggregate(sites=sums.site.nunique()))


def _note_sites(found: Mapping[str, Rows], counted: Any) -> None:
    for row in _fetched(counted):
        found[row["city"]].site_counts[row["criterion"]] = int(row["sites"])


def _last_words(
    found: dict[str, Rows],
    wanted: Any,
    tables: Tables,
    criteria: Mapping[str, Criterion],
    items: Items,
    period: Period,
) -> None:
    """Figures, reviews and events: of these the latest counts, so each row is read."""
    codes = _of_rules(items, criteria, {"target", "grade", "trend", "materials", "veto"})
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
    items: Items,
    criteria: Mapping[str, Criterion],
    period: Period,
) -> None:
    """Rates given as two numbers, by month of this year and the last, for those that may rise."""
    codes = _of_rules(items, criteria, {"rate"})
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
        district = row["district"] if _there(row["district"]) else ""
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
