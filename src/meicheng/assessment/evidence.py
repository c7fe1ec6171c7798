"""Gathering what is known about a standard's criteria, from the tallies and the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from meicheng.engine.scoring import Evidence, SiteSum
from meicheng.ledger.models import CaseTally, Observation, Tally
from meicheng.places.models import Division
from meicheng.standards.models import Criterion, Framework, Item

from .periods import Period

RATES = {  # what `of` and `among` of a rate mean in the counts of cases
    "on_time_closed": "on_time",
    "first_time_right": "first_time_right",
    "satisfied": "satisfied",
    "not_relapsed": "not_relapsed",
    "due": "due",
    "closed": "closed",
    "rated": "rated",
    "received": "received",
}
LATEST = {"target", "grade", "trend"}


@dataclass
class _Found:
    """Evidence of one criterion while it is being gathered."""

    observations: int = 0
    sites: set[int] = field(default_factory=set)
    values: Counter[str] = field(default_factory=Counter)
    problems: float = 0.0
    hits: float = 0.0
    among: float = 0.0
    by_kind: Counter[str] = field(default_factory=Counter)
    sums: dict[tuple[int, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0.0])
    )


@dataclass(frozen=True)
class Served:
    """A criterion that an item serves at some kinds of sites (all, where none are named)."""

    code: str
    kinds: frozenset[str]
    rule: str


def gather(
    framework: Framework, period: Period, division: Division, *, by_site: bool = True
) -> dict[str, Evidence]:
    """Evidence by criterion code for a place and period (at most 7 SQL statements).

    An answer counts for each of its item's criteria whose own site kinds name the site's kind, so
    one look serves every standard. With `by_site` the sums by sampled site come along, from which
    the interval is computed; without, only the tallies are read.
    """
    criteria = {criterion.code: criterion for criterion in framework.criteria.all()}
    served, kinds_opened = served_items(framework, criteria)
    found: dict[str, _Found] = defaultdict(_Found)
    _count_tallies(found, served, kinds_opened, period, division)
    if by_site:
        _count_sites(found, served, period, division)
    evidence = {
        code: Evidence(
            observations=one.observations,
            site_count=len(one.sites),
            values=dict(one.values),
            problems=one.problems,
            problems_by_kind=dict(one.by_kind),
            rate=(one.hits, one.among) if one.among else None,
            sites=[
                SiteSum(site, stratum, hits, among)
                for (site, stratum), (hits, among) in one.sums.items()
            ],
        )
        for code, one in found.items()
    }
    evidence.update(_figures(criteria, served, period, division))
    evidence.update(_materials(framework, criteria, period, division))
    for code, counted in _rates(criteria, period, division).items():
        if code not in evidence or evidence[code].rate is None:
            evidence[code] = counted  # figures that were observed stand before what cases tell
    evidence.update(_vetoes(criteria, served, period))
    return evidence


def served_items(
    framework: Framework, criteria: Mapping[str, Criterion]
) -> tuple[dict[int, list[Served]], dict[int, str]]:
    """Which criteria each item serves, and the kind of case that its "no" opens (1 SQL)."""
    prefix = f"{framework.code}/"
    served: dict[int, list[Served]] = {}
    opened: dict[int, str] = {}
    for pk, codes, opens in Item.objects.values_list("pk", "criteria", "opens_id"):
        ours = [code.removeprefix(prefix) for code in codes if code.startswith(prefix)]
        rows = [
            Served(code, frozenset(criteria[code].site_kinds), criteria[code].rule["kind"])
            for code in ours
            if code in criteria
        ]
        if rows:
            served[pk] = rows
            opened[pk] = opens or ""
    return served, opened


def inside(division: Division) -> dict[str, Any]:
    """The condition for rows in the division or below it; none for the city."""
    return {} if division.parent_id is None else {"division__path__startswith": division.path}


def months(period: Period) -> dict[str, int]:
    return {"month__gte": period.first, "month__lte": period.last}


def _count_tallies(
    found: dict[str, _Found],
    served: Mapping[int, list[Served]],
    opened: Mapping[int, str],
    period: Period,
    division: Division,
) -> None:
    rows = (
        Tally.objects.filter(sampled=True, **months(period), **inside(division))
        .values_list("item_id", "site_kind_code", "value")
        .annotate(Sum("observations"), Sum("weight"), Sum("number"))
        .order_by()
    )
    for item, kind, value, observations, weight, number in rows:
        for row in served.get(item, ()):
            if row.rule in LATEST or row.rule in {"materials", "veto"}:
                continue
            if row.kinds and kind and kind not in row.kinds:
                continue
            one = found[row.code]
            one.observations += observations
            one.values[value] += weight
            if row.rule == "rate" and value == "rate":
                # Two numbers, "17/20": kept as their share with the second as its weight.
                one.hits += number
                one.among += weight
            if row.rule == "deduct":
                count = weight if value == "no" else number
                one.problems += count
                one.by_kind[opened[item]] += count


def _count_sites(
    found: dict[str, _Found],
    served: Mapping[int, list[Served]],
    period: Period,
    division: Division,
) -> None:
    """Sums of "yes" among "yes" and "no" by site; strata are district × kind of site (1 SQL)."""
    rows = (
        Observation.objects.filter(
            sampled=True,
            site__isnull=False,
            value__in=["yes", "no"],
            replaced_by__isnull=True,
            **months(period),
            **inside(division),
        )
        .values_list("item_id", "site_id", "site__kind_id", "division__district_id", "value")
        .annotate(Sum("weight"))
        .order_by()
    )
    for item, site, kind, district, value, weight in rows.iterator(chunk_size=5000):
        for row in served.get(item, ()):
            if row.rule != "pass_rate" or (row.kinds and kind not in row.kinds):
                continue
            one = found[row.code]
            one.sites.add(site)
            sums = one.sums[site, f"{district}/{kind}"]
            sums[1] += weight
            if value == "yes":
                sums[0] += weight


def _figures(
    criteria: Mapping[str, Criterion],
    served: Mapping[int, list[Served]],
    period: Period,
    division: Division,
) -> dict[str, Evidence]:
    """The latest figure in the period, else of the 12 months before, and each year's last."""
    wanted = {item: row.code for item, rows in served.items() for row in rows if row.rule in LATEST}
    by_code: dict[str, list[tuple[int, float]]] = defaultdict(list)
    rows = Observation.objects.filter(
        item__in=list(wanted),
        division=division,
        site__isnull=True,
        number__isnull=False,
        replaced_by__isnull=True,
        month__gt=period.last - 1000,
        month__lte=period.last,
    ).order_by("observed_at", "pk")
    for item, month, number in rows.values_list("item_id", "month", "number"):
        if number is not None:
            by_code[wanted[item]].append((month, number))
    result = {}
    for code, series in by_code.items():
        month, number = series[-1]
        yearly = {month // 100: number for month, number in series}
        if month <= period.first - 100:
            continue  # older than the twelve months before: not known any more
        result[code] = Evidence(
            observations=sum(period.first <= m <= period.last for m, _n in series),
            number=number,
            carried=month < period.first,
            yearly=tuple(sorted(yearly.items())),
        )
    return result


def _materials(
    framework: Framework, criteria: Mapping[str, Criterion], period: Period, division: Division
) -> dict[str, Evidence]:
    """Materials whose latest review accepted them."""
    wanted = [c for c in criteria.values() if c.rule["kind"] == "materials"]
    codes = {
        f"{framework.code}/{c.code}/{material}": (c, material)
        for c in wanted
        for material in c.rule["needs"]
    }
    latest: dict[str, tuple[int, str]] = {}
    counted: Counter[str] = Counter()
    rows = Observation.objects.filter(
        item__code__in=list(codes),
        replaced_by__isnull=True,
        month__lte=period.last,
        **inside(division),
    ).order_by("observed_at", "pk")
    for code, month, value in rows.values_list("item__code", "month", "value"):
        latest[code] = (month, value)
        counted[codes[code][0].code] += 1
    accepted: dict[str, set[str]] = defaultdict(set)
    for code, (month, value) in latest.items():
        criterion, material = codes[code]
        within = criterion.rule.get("dated_within_months")
        fresh = within is None or _months_between(month, period.last) < int(within)
        if value == "accepted" and fresh:
            accepted[criterion.code].add(material)
    return {
        code: Evidence(observations=count, accepted=frozenset(accepted[code]))
        for code, count in counted.items()
    }


def _months_between(earlier: int, later: int) -> int:
    return (later // 100 - earlier // 100) * 12 + later % 100 - earlier % 100


def _rates(
    criteria: Mapping[str, Criterion], period: Period, division: Division
) -> dict[str, Evidence]:
    """Rates counted from cases, of all kinds or of those that the rule names (1 SQL)."""
    wanted = [
        c
        for c in criteria.values()
        # A rate that the counts do not hold yet stays unknown rather than being guessed.
        if c.rule["kind"] == "rate" and c.rule["of"] in RATES and c.rule["among"] in RATES
    ]
    if not wanted:
        return {}
    names = sorted({RATES[c.rule[side]] for c in wanted for side in ("of", "among")})
    rows: list[Any] = list(
        CaseTally.objects.filter(**months(period), **inside(division))
        .values("kind_id")
        .annotate(**{f"sum_{name}": Sum(name) for name in names})
        .order_by()
    )
    result = {}
    for criterion in wanted:
        rule = criterion.rule
        ours = [row for row in rows if not rule.get("kinds") or row["kind_id"] in rule["kinds"]]
        hits = sum(row[f"sum_{RATES[rule['of']]}"] for row in ours)
        among = sum(row[f"sum_{RATES[rule['among']]}"] for row in ours)
        if among > 0:
            result[criterion.code] = Evidence(
                observations=among, rate=(float(min(hits, among)), float(among))
            )
    return result


def _vetoes(
    criteria: Mapping[str, Criterion], served: Mapping[int, list[Served]], period: Period
) -> dict[str, Evidence]:
    """Whether a veto's event holds: the latest word in the 12 months up to the period's end."""
    wanted = {item: row.code for item, rows in served.items() for row in rows if row.rule == "veto"}
    rows = Observation.objects.filter(
        item__in=list(wanted),
        replaced_by__isnull=True,
        month__gt=period.last - 100,
        month__lte=period.last,
    ).order_by("observed_at", "pk")
    result: dict[str, Evidence] = {}
    for item, value in rows.values_list("item_id", "value"):
        code = wanted[item]
        before = result.get(code, Evidence())
        result[code] = Evidence(before.observations + 1, occurred=value == "occurred")
    return result


def unused_items() -> Iterable[Item]:
    """Items that no standard uses: kept, and listed as unused (1 SQL)."""
    return Item.objects.filter(criteria=[]).order_by("code")
