"""The same observations are scored under every edition, and old marks go on in the new one."""

from __future__ import annotations

import pytest

from meicheng.assessment.editions import carried_marks, way_back
from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.engine.frameworks import Crosswalk, EditionKey, Link
from meicheng.ledger.models import Observation
from meicheng.standards.actions import save_framework
from meicheng.standards.crosswalks import save_crosswalk
from meicheng.standards.models import Item

from .conftest import leaf

QUARTER = parse_period("2026Q3")


def edition(number, *nodes):
    return save_framework(
        {
            "framework": "little",
            "edition": number,
            "name": {"zh": "小标准"},
            "full_marks": 100,
            "nodes": [
                {"code": code, "name": {"zh": code}, "weight": weight, "criteria": leaves}
                for code, weight, leaves in nodes
            ],
        }
    )


def swept(code, weight, **more):
    return leaf(code, "field", {"kind": "pass_rate"}, weight, site_kinds=["back-lane"], **more)


def figure(code, weight, bound):
    return leaf(code, "statistic", {"kind": "target", "at_least": bound}, weight, unit="percent")


@pytest.fixture
def two(city):
    """1: a node of streets (60) and one of figures (40). 2: one node, the figure's bound higher."""
    old = edition(
        "1", ("1", 60, [swept("1.1", 40), swept("1.2", 20)]), ("2", 40, [figure("2.1", 1, 80)])
    )
    new = edition("2", ("1", 1, [swept("1.1", 30), swept("1.3", 10), figure("2.1", 60, 90)]))
    Item.objects.filter(code="swept").update(criteria=["little/1.1"])
    Item.objects.filter(code="no-dirty-corner").update(criteria=["little/1.2", "little/1.3"])
    return old, new


@pytest.fixture
def looks(city, two, seen):
    lane = city.site("back-lane", division="LC0101")
    for item, answers in (("swept", "yyyn"), ("no-dirty-corner", "yn")):
        for answer in answers:
            seen(item, "yes" if answer == "y" else "no", site=lane)
    seen("little/2.1", number=85)


def test_the_same_observations_are_scored_under_two_editions(city, two, looks):
    old, new = two
    place = city.division("CITY")
    assert Observation.objects.count() == 7
    # 1.1: 3 of 4, 1.2: 1 of 2, 2.1: 85 reaches 80: 60·(40·0.75 + 20·0.5)/60 + 40·1
    assert assess(old, QUARTER, place).marks == pytest.approx(80)
    # 1.1: 3 of 4, 1.3: 1 of 2, 2.1: 85 misses 90: 30·0.75 + 10·0.5 + 60·0
    assert assess(new, QUARTER, place).marks == pytest.approx(27.5)


@pytest.fixture
def every_method():
    """Not the standard of the other tests: this one has its own two editions."""


def test_old_marks_go_on_in_the_new_edition_s_terms(city, two, looks):
    old, new = two
    crosswalk = Crosswalk(
        EditionKey("little", "1"),
        EditionKey("little", "2"),
        (Link("1", ("1.1", "1.3"), (0.75, 0.25)), Link("2.1", ("2.1",), (1.0,))),
    )
    found = carried_marks(crosswalk, new, assess(old, QUARTER, city.division("CITY")))
    # the old node 1 has 40 of 60, 2.1 has all: 30·2/3 + 10·2/3 + 60·1
    assert found.marks == pytest.approx(40 * 2 / 3 + 60)
    assert found.coverage == pytest.approx(1)
    assert found.nodes == {"1": pytest.approx((40 * 2 / 3 + 60) / 100)}


def test_what_does_not_go_across_is_left_out_and_said(city, two, looks):
    old, new = two
    crosswalk = Crosswalk(
        EditionKey("little", "1"), EditionKey("little", "2"), (Link("1.1", ("1.1",), (1.0,)),)
    )
    found = carried_marks(crosswalk, new, assess(old, QUARTER, city.division("CITY")))
    assert found.marks == pytest.approx(75)
    assert found.coverage == pytest.approx(0.3)
    nothing = assess(old, parse_period("2020"), city.division("CITY"))
    assert carried_marks(crosswalk, new, nothing) is None


def test_the_way_back_goes_over_all_editions_and_no_circle(city, two):
    old, new = two
    assert way_back(new) == []
    first, second = EditionKey("little", "1"), EditionKey("little", "2")
    links = (Link("1.1", ("1.1",), (1.0,)),)
    save_crosswalk(Crosswalk(first, second, links))
    save_crosswalk(Crosswalk(second, first, links))
    assert [(one.edition, crosswalk.before) for one, crosswalk in way_back(new)] == [("1", first)]
    assert [one.edition for one, _crosswalk in way_back(old)] == ["2"]
