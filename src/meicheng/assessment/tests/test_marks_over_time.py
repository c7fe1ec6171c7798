"""Marks of many months and divisions at once are those that are asked for one by one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from meicheng.assessment.over import marks_over
from meicheng.assessment.periods import month_period
from meicheng.assessment.queries import assess
from meicheng.ledger.actions import new_observation, observe
from meicheng.places.models import Division
from meicheng.places.time import months_later
from meicheng.standards.models import Framework, Item

from .golden import criterion, node, standard

BEGIN = datetime(2024, 6, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
DAYS = 900
RULES = {
    "look": {"kind": "pass_rate"},
    "kinds": {"kind": "pass_rate"},
    "tidy": {"kind": "deduct", "per": 0.05, "by_kind": {"exposed-litter": 0.11}},
    "met": {"kind": "target", "at_least": 70, "partial": {"every": 10, "minus": 0.2}},
    "moved": {"kind": "target", "at_most": 20, "or": "falling"},
    "falling": {"kind": "trend", "direction": "falling", "years": 2},
    "mean": {"kind": "trend", "not_above_mean_of": 1},
    "step": {"kind": "grade", "steps": [{"share": 1, "above": 80}, {"share": 0.4, "above": 40}]},
    "asked": {"kind": "share_of_answers", "counts": {"good": 1, "fair": 0.4}},
    "papers": {"kind": "materials", "needs": ["plan", "summary", "photos"]},
    "fresh": {"kind": "materials", "needs": ["plan", "summary"], "dated_within_months": 6},
    "timely": {"kind": "rate", "of": "on_time_closed", "among": "due"},
    "told": {"kind": "rate", "of": "satisfied", "among": "rated", "at_least": 60, "or": "rising"},
    "event": {"kind": "veto", "rules_out": "2"},
    "worse": {"kind": "veto", "rules_out": "framework"},
}


@pytest.fixture
def history(city):
    """Two and a half years of everything, at sites and divisions of all levels."""
    made = {code: criterion(code, rule, 1 + len(code)) for code, rule in RULES.items()}
    made["kinds"]["site_kinds"] = ["back-lane"]
    codes = list(made)
    inner = node("2.1", 3, *(made[code] for code in codes[4:9]))
    outer = node("2", 5, *(made[code] for code in codes[9:14]), children=[inner])
    standard(
        node("1", 4, *(made[code] for code in codes[:4]), made["worse"]),
        outer,
        node("3", 10, criterion("extra", {"kind": "pass_rate"}), bonus=True),
    )
    Item.objects.filter(code="swept").update(criteria=["g/look", "g/kinds"])
    Item.objects.filter(code="no-dirty-corner").update(criteria=["g/tidy", "g/extra"])
    for code in RULES:  # as an import makes them when a criterion is first observed directly
        Item.objects.get_or_create(code=f"g/{code}", defaults={"criteria": [f"g/{code}"]})
    dice = random.Random(4)
    items = {item.code: item for item in Item.objects.all()}
    sites = [city.site(kind, division=place) for kind in ("back-lane", "main-road")
             for place in ("LC0101", "LC0102", "XC0101")]  # fmt: skip
    places = [city.division(code) for code in ("CITY", "LC", "XC", "LC0101")]

    def seen(code, value="", number=None, *, site=None, weight=1.0, sampled=True):
        where = site.division if site else dice.choice(places)
        at = BEGIN + timedelta(days=dice.uniform(0, DAYS))
        return new_observation(
            item=items[code], division=where, site=site, observed_at=at, value=value,
            number=number, weight=weight, sampled=sampled,
        )  # fmt: skip

    rows = []
    for _ in range(400):
        site, weight = dice.choice(sites), dice.choice([1.0, 1.0, 2.5])
        code, value = dice.choice(["swept", "no-dirty-corner"]), dice.choice(["yes", "no", "na"])
        rows.append(seen(code, value, site=site, weight=weight, sampled=dice.random() < 0.9))
    for _ in range(40):
        for code in ("met", "moved", "falling", "mean", "step"):
            rows.append(seen(f"g/{code}", number=round(dice.uniform(0, 100))))
        rows.append(seen("g/tidy", number=dice.randint(0, 3), weight=dice.choice([1.0, 4.0])))
        rows.append(seen("g/asked", dice.choice(["good", "fair", "bad", "no_answer"]), weight=1.5))
        rows.append(seen("g/told", "rate", dice.random(), weight=dice.randint(1, 9)))
    for code in ("papers/plan", "papers/summary", "papers/photos", "fresh/plan", "fresh/summary"):
        rows += [seen(f"g/{code}", dice.choice(["accepted", "returned"])) for _ in range(6)]
    for code in ("event", "worse"):
        rows += [seen(f"g/{code}", dice.choice(["occurred", "cleared"])) for _ in range(3)]
    observe(rows)
    for state in ("closed", "closed", "resolved"):
        city.case(state=state)
    return Framework.objects.get(code="g")


def a_span(first, count):
    months = [first]
    while len(months) < count:
        months.append(months_later(months[-1], 1))
    return months


def test_all_at_once_are_the_same_marks_as_one_by_one(city, history):
    months, divisions = a_span(202407, 30), list(Division.objects.all())
    (found,) = marks_over([history], months, divisions)
    seen = set()
    for row, month in enumerate(months):
        for column, division in enumerate(divisions):
            one = assess(history, month_period(month), division, by_site=False)
            cells = (
                table[row, column] for table in (found.marks, found.strict_marks, found.coverage)
            )
            marks, strict, coverage = map(float, cells)
            where = f"{month} {division.code}"
            if one.marks is None:
                assert marks != marks, where
            else:
                seen.add(round(marks, 6))
                assert marks == pytest.approx(one.marks, abs=1e-9), where
            assert strict == pytest.approx(one.strict_marks, abs=1e-9), where
            assert coverage == pytest.approx(one.coverage, abs=1e-9), where
    assert len(seen) > 100  # marks of all sorts, not one for all


def test_some_divisions_and_months_alone_are_the_same_as_among_all(city, history):
    everything = list(Division.objects.all())
    some = [one for one in everything if one.code in {"LC", "XC0101"}]
    (all_of_it,) = marks_over([history], a_span(202501, 12), everything)
    (part,) = marks_over([history], a_span(202503, 2), some)
    places = [everything.index(one) for one in some]
    assert part.marks == pytest.approx(all_of_it.marks[2:4][:, places], nan_ok=True)


def test_the_number_of_questions_does_not_hang_on_months_and_divisions(
    city, history, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        marks_over([history], [202409], [city.root])
    with django_assert_max_num_queries(12):
        marks_over([history], a_span(202407, 28), list(Division.objects.all()))


@pytest.mark.parametrize("months", [[], [202601, 202603], [202602, 202601]])
def test_months_that_do_not_follow_one_another_are_refused(city, history, months):
    with pytest.raises(ValueError, match="month"):
        marks_over([history], months, [city.root])
