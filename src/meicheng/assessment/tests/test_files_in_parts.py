"""A file of observations in parts, in any order, gives the marks that the whole file gives."""

from __future__ import annotations

import random

import pytest
from django.core.cache import cache
from django.db import transaction

from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import as_json, assess
from meicheng.exchange.running import import_file
from meicheng.standards.models import Framework, Item
from meicheng.tables.kinds import kind_of

from .golden import HEAD, criterion, node, standard

RULES = {
    "look": {"kind": "pass_rate"},
    "tidy": {"kind": "deduct", "per": 0.05},
    "met": {"kind": "target", "at_least": 50, "or": "rising"},
    "falling": {"kind": "trend", "direction": "falling", "years": 2},
    "step": {"kind": "grade", "steps": [{"share": 1, "below": 20}, {"share": 0.5, "below": 60}]},
    "asked": {"kind": "share_of_answers", "counts": {"good": 1}},
    "papers": {"kind": "materials", "needs": ["plan", "summary"]},
    "told": {"kind": "rate", "of": "satisfied", "among": "rated"},
    "event": {"kind": "veto", "rules_out": "1"},
}
VALUES = {
    "look": ["yes", "no", "na"],
    "tidy": ["yes", "no", "1", "2"],
    "met": ["40", "60"],
    "falling": ["1", "2", "3"],
    "step": ["10", "30", "90"],
    "asked": ["good", "bad", "no_answer"],
    "papers/plan": ["accepted", "returned"],
    "papers/summary": ["accepted", "returned"],
    "told": ["1/2", "4/5"],
    "event": ["occurred", "cleared"],
}


def rows_by_chance(city, dice):
    """Rows of every kind, many for the same moment; no two say the same."""
    lanes = [city.site("back-lane").code for _ in range(3)]
    rows = set()
    for _ in range(60):
        item = dice.choice([*VALUES, "swept"])
        subject = dice.choice(["CITY", "LC", "LC0101"])
        values = VALUES.get(item, VALUES["look"])
        if item == "swept":
            subject = dice.choice(lanes)
        code = item if item == "swept" else f"g/{item}"
        at = f"202{dice.choice('566')}-0{dice.choice('789')}-01"
        weight = dice.choice(["", "2", "0.5"]) if item in {"look", "swept", "asked"} else ""
        rows.add(f"{code},{subject},{at},{dice.choice(values)},{weight},")
    return sorted(rows)


@pytest.mark.parametrize("seed", range(6))
def test_parts_in_any_order_give_the_marks_of_the_whole(city, tmp_path, seed):
    codes = list(RULES)
    standard(
        node("1", 3, *(criterion(code, RULES[code]) for code in codes[:4]),
             criterion("event", RULES["event"])),
        node("2", 2, *(criterion(code, RULES[code], 2) for code in codes[4:8])),
    )  # fmt: skip
    Item.objects.filter(code="swept").update(criteria=["g/look"])
    dice = random.Random(seed)
    rows = rows_by_chance(city, dice)
    period = parse_period("2026Q3")

    def marks_after(parts):
        cache.clear()  # keys of what is undone below may be given again
        with transaction.atomic():
            for number, part in enumerate(parts):
                path = tmp_path / f"{number}.csv"
                path.write_text("\n".join([HEAD, *part]) + "\n", encoding="utf-8")
                counts = import_file(kind_of("observations"), path)
                assert (counts.imported, counts.rejected) == (len(part), 0)
            framework = Framework.objects.get(code="g")
            found = [
                as_json(framework, period, city.division(code), assess(framework, period, city.division(code)))
                for code in ("CITY", "LC", "LC0101")
            ]  # fmt: skip
            transaction.set_rollback(True)
        return found

    whole = marks_after([rows])
    assert whole[0]["marks"] is not None
    shuffled = dice.sample(rows, len(rows))
    cuts = sorted(dice.sample(range(1, len(rows)), 3))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    for one, other in zip(whole, marks_after(parts), strict=True):
        assert flat(one) == pytest.approx(flat(other), nan_ok=True)


def flat(marks):
    """All numbers of a printed assessment, in order; NaN for what is not known."""
    rows = [marks, *marks["nodes"], *marks["criteria"]]
    numbers = [
        value
        for row in rows
        for value in row.values()
        if value is None or isinstance(value, int | float)
    ]
    return [float("nan") if value is None else float(value) for value in numbers]
