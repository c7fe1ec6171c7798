"""Figures, documents, surveys and ruling-out events: what is filed rather than seen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from meicheng.standards.models import Criterion, Framework, Item

from .noting import Notes, chosen
from .world import World

UNKNOWN = 0.06  # share of the criteria on which nothing was filed: no city knows everything
GOOD = 0.87  # share of the figures that reach their target
SATISFIED = [
    ("very_satisfied", 0.41), ("satisfied", 0.37), ("neutral", 0.14), ("dissatisfied", 0.04),
    ("very_dissatisfied", 0.02), ("no_answer", 0.02),
]  # fmt: skip
CORRECT = [("correct", 0.63), ("partly_correct", 0.22), ("wrong", 0.13), ("no_answer", 0.02)]


def make_filings(world: World, notes: Notes) -> int:
    """Write everything filed for all standards here; returns the number of observations."""
    before = notes.count
    items = dict(Item.objects.values_list("code", "pk"))
    extra = {
        framework.pk: set(_bonus(framework.document["nodes"]))
        for framework in Framework.objects.all()
    }
    criteria = Criterion.objects.select_related("framework", "lead").defer("framework__document")
    for criterion in criteria.order_by("framework__code", "position"):
        code = f"{criterion.framework.code}/{criterion.code}"
        chance = world.chance(f"filed/{code}")
        kind = criterion.rule["kind"]
        unknown = chance.random() < UNKNOWN
        if kind == "veto":
            _cleared(world, notes, items[code], chance)
        elif unknown:
            continue
        elif kind == "materials":
            needs = criterion.rule["needs"]
            for material in needs:
                # Extra marks are hard to come by: the last proof did not convince.
                doubtful = criterion.node in extra[criterion.framework_id] and material == needs[-1]
                _reviewed(world, notes, items[f"{code}/{material}"], chance, accepted=not doubtful)
        elif kind == "share_of_answers":
            _asked(world, notes, items[code], criterion, chance)
        elif kind in {"target", "trend", "grade"} and code in items:
            # The same figure under two standards is the same.
            same = world.chance(f"figure/{criterion.name_zh}")
            _figures(world, notes, items[code], criterion, same)
    return notes.count - before


def _figures(
    world: World, notes: Notes, item: int, criterion: Criterion, chance: random.Random
) -> None:
    """The city by quarters with yearly values before; each district by years and now."""
    rule = criterion.rule
    good = chance.random() < GOOD
    latest = figure(rule, criterion.unit, good=good, chance=chance)
    slope = _slope(rule, latest, good=good, chance=chance)
    source = f"市{criterion.lead.name_zh}" if criterion.lead else "市统计局"
    places = [
        ("CITY", 1.0),
        *((one.code, chance.uniform(0.985, 1.01)) for one in world.ground.districts),
    ]
    whole = float(latest).is_integer() and (criterion.unit == "count" or "needs" in _first(rule))
    fixed = "equals" in rule or rule.get("at_least") == 100
    for code, share in places:
        division = world.division_pks[code]
        share = 1.0 if whole or fixed else share
        for at, years in _dates(world, city=code == "CITY"):
            number = max(0.0, latest * share - slope * years)
            if criterion.unit == "percent":
                number = min(100.0, number)
            number = float(round(number)) if whole else round(number, 2)
            notes.file(item, division, at, number=number, source=source)


def figure(rule: dict[str, Any], unit: str, *, good: bool, chance: random.Random) -> float:
    """A value that reaches a rule's target, or just does not.

    >>> figure({"kind": "target", "at_least": 95}, "percent", good=True, chance=random.Random(1)) >= 95
    True
    """
    most = 100.0 if unit == "percent" else float("inf")
    if "equals" in rule:
        wanted = float(rule["equals"])
        return wanted if good else max(0.0, wanted - 1) if wanted else 2.0
    if "at_least" in rule:
        wanted = float(rule["at_least"])
        share = chance.uniform(0.004, 0.06) if good else -chance.uniform(0.01, 0.06)
        return min(most, wanted * (1 + share))
    if "at_most" in rule:
        share = chance.uniform(0.02, 0.2) if good else -chance.uniform(0.01, 0.06)
        return float(rule["at_most"]) * (1 - share)
    if rule["kind"] == "trend":
        return chance.uniform(8, 40)
    step = rule["steps"][0 if good or len(rule["steps"]) == 1 else 1]
    if "needs" in step:
        return float(step["needs"])
    if "above" in step:
        return min(most, float(step["above"]) + chance.uniform(0.5, 3))
    return float(step["below"]) - chance.uniform(0.6, 3)


def _slope(rule: dict[str, Any], latest: float, *, good: bool, chance: random.Random) -> float:
    """What the figure gained in a year; falling where less is better."""
    if "needs" in _first(rule) or "equals" in rule:
        return 0.0
    falling = rule.get("direction") == "falling" or "at_most" in rule or "below" in _first(rule)
    falling = falling or "not_above_mean_of" in rule
    size = latest * chance.uniform(0.006, 0.025)
    towards = good or chance.random() < 0.5
    return -size if falling == towards else size


def _first(rule: dict[str, Any]) -> dict[str, Any]:
    steps = rule.get("steps") or [{}]
    first: dict[str, Any] = steps[0]
    return first


def _dates(world: World, *, city: bool) -> Iterator[tuple[datetime, float]]:
    """When figures were filed, oldest first, and how many years ago that was."""
    for years in range(6 if city else 3, 2 if city else 0, -1):
        yield world.until - timedelta(days=365 * years + 20), float(years)
    for quarters in range(7 if city else 0, -1, -1):
        yield world.until - timedelta(days=91 * quarters + 12), quarters / 4


def _asked(
    world: World, notes: Notes, item: int, criterion: Criterion, chance: random.Random
) -> None:
    """A survey in every quarter and district, weighted by whom it reached."""
    options = CORRECT if "correct" in criterion.rule["counts"] else SATISFIED
    source = "居民抽样问卷"
    for quarters in range(7, -1, -1):
        end = world.until - timedelta(days=91 * quarters + 5)
        for area in world.ground.districts:
            for _ in range(world.size.answers):
                at = end - timedelta(minutes=chance.randint(0, 12 * 24 * 60))
                # Slightly better with every quarter.
                draw = chance.random() ** (1 + 0.03 * (7 - quarters))
                notes.file(
                    item,
                    area.pk,
                    at,
                    value=chosen(options, draw),
                    weight=round(chance.uniform(0.7, 1.4), 2),
                    source=source,
                )


def _bonus(nodes: list[dict[str, Any]], *, inside: bool = False) -> Iterator[str]:
    """The codes of the nodes that give marks beyond the full ones."""
    for node in nodes:
        extra = inside or bool(node.get("bonus"))
        if extra:
            yield node["code"]
        yield from _bonus(node.get("children", []), inside=extra)


def _reviewed(
    world: World, notes: Notes, item: int, chance: random.Random, *, accepted: bool
) -> None:
    """A document of this year and of last: filed, sometimes returned first, seldom missing."""
    city = world.division_pks["CITY"]
    for year in (1, 0):
        if chance.random() < 0.05:
            continue
        at = world.until - timedelta(
            days=365 * year + chance.randint(20, 250), minutes=chance.randint(0, 400)
        )
        if chance.random() < 0.15:
            notes.file(item, city, at - timedelta(days=chance.randint(3, 15)), value="returned",
                       source="材料审核")  # fmt: skip
        if not accepted:
            notes.file(item, city, at, value="returned", source="材料审核")
        elif chance.random() < 0.95:
            notes.file(item, city, at, value="accepted", source="材料审核")


def _cleared(world: World, notes: Notes, item: int, chance: random.Random) -> None:
    """Each half-year the office in charge confirms that nothing of the kind happened."""
    for half in (3, 2, 1, 0):
        at = world.until - timedelta(days=182 * half + chance.randint(8, 30))
        notes.file(item, world.division_pks["CITY"], at, value="cleared", source="主管部门确认")
