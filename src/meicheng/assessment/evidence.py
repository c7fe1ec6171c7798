"""Gathering what is known about a standard's criteria, from the tallies and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count

from meicheng.engine.scoring import Evidence, SiteSum
from meicheng.places.models import Division, Site
from meicheng.standards.models import Criterion, Framework, Item

from .counted import inside
from .latest import (
    figure_evidence,
    in_order,
    material_evidence,
    veto_evidence,
)
from .periods import Period, between, year_before
from .sources import Database, SiteAnswer, Source

RATES = {  # what `of` and `among` of a rate mean in the counts of cases
    "on_time_closed": "on_time",
    "first_time_right": "first_time_right",
    "satisfied": "satisfied",
    "not_relapsed": "not_relapsed",
    "due": "due",
    "closed": "closed",
    "rated": "rated",
    "received": "received",
    "received_in_time": "received_in_time",
    "answered_in_time": "answered_in_time",
}
# A share of received cases leaves out those of which nobody knows whether it was in time.
KNOWN = {"received_in_time": "receipt_known", "answered_in_time": "answer_known"}
LATEST = {"target", "grade", "trend"}
COUNTED = {"pass_rate", "deduct", "share_of_answers", "rate"}


@dataclass
class _Found:
    """Evidence of one criterion while it is being gathered."""

    observations: int = 0
    sites: set[int] = field(default_factory=set)
    values: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    problems: float = 0.0
    hits: float = 0.0
    among: float = 0.0
    by_kind: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sums: dict[tuple[int, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0.0])
    )


@dataclass(frozen=True)
class Served:
    """A criterion that an item serves at some kinds of sites (all, where none are named)."""

    code: str
    kinds: frozenset[str]
    rule: str

    def at(self, kind: str) -> bool:
        """Whether an answer at this kind of site counts for it ("": it is no matter of a site)."""
        return not self.kinds or not kind or kind in self.kinds


def gather(
    framework: Framework, period: Period, division: Division, *, by_site: bool = True
) -> dict[str, Evidence]:
    """Evidence by criterion code for a place and period (at most 9 SQL statements for months).

    An answer counts for each of its item's criteria whose own site kinds name the site's kind, so
    one look serves every standard. With `by_site` the sums by sampled site come along, from which
    the interval is computed; without, only the tallies are read.
    """
    criteria = {criterion.code: criterion for criterion in framework.criteria.all()}
    served, opened = served_items(framework, criteria)
    materials = material_items(framework, criteria)
    source = Database(period, division)
    sites = source.site_answers() if by_site else ()
    return gather_from(source, criteria, served, opened, materials, sites)


def gather_from(
    source: Source,
    criteria: Mapping[str, Criterion],
    served: Mapping[int, list[Served]],
    opened: Mapping[int, str],
    materials: Mapping[int, tuple[str, str]],
    sites: Iterable[SiteAnswer] = (),
) -> dict[str, Evidence]:
    """Evidence by criterion code from wherever the observations are kept.

    served: the criteria that each item serves; opened: the kind of case that its "no" opens;
    materials: the criterion and material of each item that stands for one; sites: what was answered
    at each site, for the interval.
    """
    found: dict[str, _Found] = defaultdict(_Found)
    _count_answers(found, served, opened, source)
    _count_sites(found, served, sites)
    evidence = {
        code: Evidence(
            observations=one.observations,
            site_count=len(one.sites),
            values=dict(one.values),
            problems=one.problems,
            problems_by_kind=dict(one.by_kind),
            sites=[
                SiteSum(site, stratum, hits, among)
                for (site, stratum), (hits, among) in one.sums.items()
            ],
        )
        for code, one in found.items()
    }
    observed = {code: (one.hits, one.among) for code, one in found.items() if one.among > 0}
    evidence.update(_rates(criteria, served, observed, evidence, source))
    evidence.update(_figures(criteria, served, source))
    evidence.update(_materials(criteria, materials, source))
    evidence.update(_vetoes(served, source))
    return evidence


def served_items(
    framework: Framework, criteria: Mapping[str, Criterion]
) -> tuple[dict[int, list[Served]], dict[int, str]]:
    """Which criteria each item serves, and the kind of case that its "no" opens (1 SQL)."""
    prefix = f"{framework.code}/"
    served: dict[int, list[Served]] = {}
    opened: dict[int, str] = {}
    for pk, codes, opens in Item.objects.values_list("pk", "criteria", "opens_id"):
        ours = dict.fromkeys(c.removeprefix(prefix) for c in codes if c.startswith(prefix))
        rows = [
            Served(code, frozenset(criteria[code].site_kinds), criteria[code].rule["kind"])
            for code in ours
            if code in criteria
        ]
        if rows:
            served[pk] = rows
            opened[pk] = opens or ""
    return served, opened


def serving(served: Mapping[int, list[Served]], rules: Iterable[str]) -> dict[str, list[int]]:
    """The items of each criterion that has one of these kinds of rules."""
    wanted = frozenset(rules)
    items: dict[str, list[int]] = defaultdict(list)
    for item, rows in served.items():
        for row in rows:
            if row.rule in wanted:
                items[row.code].append(item)
    return items


def populations(division: Division) -> dict[str, int]:
    """How many sites each stratum has, from which visits are drawn: active ones (1 SQL).

    Strata are those of `SiteSum`: district × kind of site, within the place.
    """
    rows = (
        Site.objects.filter(active=True, **inside(division))
        .values_list("division__district_id", "kind_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return {f"{district}/{kind}": count for district, kind, count in rows}


def _count_answers(
    found: dict[str, _Found],
    served: Mapping[int, list[Served]],
    opened: Mapping[int, str],
    source: Source,
) -> None:
    numbered = False
    for row in source.answers(["item_id", "site_kind_code", "value"]):
        item, kind, value = row.by
        for one in served.get(item, ()):
            if one.rule not in COUNTED or not one.at(kind):
                continue
            if one.rule == "deduct" and value == "na":
                continue  # where it does not apply nothing was looked at
            into = found[one.code]
            into.observations += row.observations
            into.values[value] += row.weight
            if one.rule == "rate" and value == "rate":
                # Two numbers, "17/20": kept as their share with the second as its weight.
                into.hits += row.number
                into.among += row.weight
            if one.rule == "deduct" and value == "no":
                into.problems += row.observations
                into.by_kind[opened[item]] += row.observations
            numbered |= one.rule == "deduct" and value == ""
    if numbered:
        _count_numbers(found, served, opened, source)


def _count_numbers(
    found: dict[str, _Found],
    served: Mapping[int, list[Served]],
    opened: Mapping[int, str],
    source: Source,
) -> None:
    """Problems that were given as a number: as many as were found, whatever a look weighs."""
    items = {i for of_criterion in serving(served, ["deduct"]).values() for i in of_criterion}
    for item, kind, number in source.problem_numbers(items):
        for one in served[item]:
            if one.rule == "deduct" and one.at(kind or ""):
                found[one.code].problems += number
                found[one.code].by_kind[opened[item]] += number


def _count_sites(
    found: dict[str, _Found],
    served: Mapping[int, list[Served]],
    sites: Iterable[SiteAnswer],
) -> None:
    """Sums of "yes" among "yes" and "no" by site; strata are district × kind of site.

    A site where a criterion did not apply was looked at all the same: it belongs to the sample. Of
    one where problems are counted only the site itself is noted.
    """
    for item, site, kind, district, value, weight in sites:
        for row in served.get(item, ()):
            if not row.at(kind):
                continue
            if row.rule == "deduct" and value != "na":
                found[row.code].sites.add(site)
            if row.rule != "pass_rate" or value == "":
                continue
            one = found[row.code]
            one.sites.add(site)
            sums = one.sums[site, f"{district}/{kind}"]
            if value != "na":
                sums[1] += weight
            if value == "yes":
                sums[0] += weight


def _rates(
    criteria: Mapping[str, Criterion],
    served: Mapping[int, list[Served]],
    observed: Mapping[str, tuple[float, float]],
    evidence: Mapping[str, Evidence],
    source: Source,
) -> dict[str, Evidence]:
    """Rates as they were observed, else as they are counted from cases (1 SQL statement).

    One that may also be met by rising (or falling) is compared with the year before: from January to
    the period's last day in both years, so that the seasons are the same (2 or 4 SQL more).
    """
    wanted = [one for one in criteria.values() if one.rule["kind"] == "rate"]
    from_cases = _from_cases(wanted, source)
    result = {}
    for code in {one.code for one in wanted}:
        if code in observed:
            count = evidence[code].observations
            result[code] = Evidence(observations=count, rate=observed[code])
        elif code in from_cases:
            result[code] = Evidence(observations=int(from_cases[code][1]), rate=from_cases[code])
    moving = [one for one in wanted if "or" in one.rule and one.code in result]
    if not moving:
        return result
    last = source.period.last_day
    for day in (year_before(last), last):
        year = source.during(between(date(day.year, 1, 1), day))
        sums = _from_cases(moving, year) | _observed_rates(served, year)
        for one in moving:
            if one.code in sums:
                hits, among = sums[one.code]
                before = result[one.code]
                yearly = (*before.yearly, (day.year, 100.0 * hits / among))
                result[one.code] = Evidence(before.observations, rate=before.rate, yearly=yearly)
    return result


def _observed_rates(
    served: Mapping[int, list[Served]], source: Source
) -> dict[str, tuple[float, float]]:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in source.answers(["item_id", "value"]):
        item, value = row.by
        for one in served.get(item, ()):
            if one.rule == "rate" and value == "rate":
                sums[one.code][0] += row.number
                sums[one.code][1] += row.weight
    return {code: (hits, among) for code, (hits, among) in sums.items() if among > 0}


def counts_cases(rule: Mapping[str, Any]) -> bool:
    """Whether the counts of cases hold what a rate asks; else it stays unknown, never guessed."""
    return rule["of"] in RATES and rule["among"] in RATES


def counted_as(rule: Mapping[str, Any]) -> tuple[str, str]:
    """The counts of cases that a rate divides: what it is of, and among what.

    >>> counted_as({"of": "received_in_time", "among": "received"})
    ('received_in_time', 'receipt_known')
    """
    of, among = RATES[rule["of"]], RATES[rule["among"]]
    return of, KNOWN.get(of, among) if among == "received" else among


def _from_cases(rates: Iterable[Criterion], source: Source) -> dict[str, tuple[float, float]]:
    """Rates from the counts of cases, of all kinds or of those that the rule names (1 SQL)."""
    wanted = [one for one in rates if counts_cases(one.rule)]
    names = sorted({name for one in wanted for name in counted_as(one.rule)})
    counted = source.cases(names)
    result = {}
    for one in wanted:
        kinds = one.rule.get("kinds") or counted
        ours = [counted[kind] for kind in kinds if kind in counted]
        of, within = counted_as(one.rule)
        hits, among = sum(row[of] for row in ours), sum(row[within] for row in ours)
        if among > 0:
            result[one.code] = (float(min(hits, among)), float(among))
    return result


def _figures(
    criteria: Mapping[str, Criterion], served: Mapping[int, list[Served]], source: Source
) -> dict[str, Evidence]:
    """The place's own latest figures."""
    items = serving(served, LATEST)
    found = source.figures({i for ours in items.values() for i in ours})
    result = {}
    for code, ours in items.items():
        figures = [one for item in ours for one in found.get(item, ())]
        known = figure_evidence(in_order(figures, criteria[code].rule), source.period)
        if known is not None:
            result[code] = known
    return result


def material_items(
    framework: Framework, criteria: Mapping[str, Criterion]
) -> dict[int, tuple[str, str]]:
    """The criterion and the material of each item that stands for a material (1 SQL statement)."""
    codes = {
        f"{framework.code}/{one.code}/{material}": (one.code, material)
        for one in criteria.values()
        if one.rule["kind"] == "materials"
        for material in one.rule["needs"]
    }
    rows = Item.objects.filter(code__in=list(codes)).values_list("pk", "code")
    return {pk: codes[code] for pk, code in rows}


def _materials(
    criteria: Mapping[str, Criterion], items: Mapping[int, tuple[str, str]], source: Source
) -> dict[str, Evidence]:
    """The place's own materials."""
    result = {}
    for code, found in source.reviews(items).items():
        known = material_evidence(found, criteria[code].rule, source.period)
        if known is not None:
            result[code] = known
    return result


def _vetoes(served: Mapping[int, list[Served]], source: Source) -> dict[str, Evidence]:
    """Whether events hold that rule the standard or a part of it out."""
    items = serving(served, ["veto"])
    words = source.words({i for ours in items.values() for i in ours})
    result = {}
    for code, ours in items.items():
        known = veto_evidence([one for one in words if one.item in ours], source.path)
        if known is not None:
            result[code] = known
    return result
