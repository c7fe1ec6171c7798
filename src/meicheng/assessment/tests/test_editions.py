"""The same observations are scored under every edition, and old marks go on in the new one."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils.translation import override

from meicheng.assessment.editions import carried_marks
from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.assessment.trend import Part, course_words, trend, trend_charts
from meicheng.engine.frameworks import Crosswalk, EditionKey, Link
from meicheng.ledger.models import Observation
from meicheng.standards.actions import save_framework
from meicheng.standards.crosswalks import save_crosswalk
from meicheng.standards.models import Framework, Item

from .conftest import AT, leaf

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
    assert found.strict == pytest.approx(found.marks)


def test_what_does_not_go_across_is_left_out_and_said(city, two, looks):
    old, new = two
    crosswalk = Crosswalk(
        EditionKey("little", "1"), EditionKey("little", "2"), (Link("1.1", ("1.1",), (1.0,)),)
    )
    found = carried_marks(crosswalk, new, assess(old, QUARTER, city.division("CITY")))
    assert found.marks == pytest.approx(75)
    assert (found.strict, found.coverage) == pytest.approx((0.3 * 75, 0.3))
    nothing = assess(old, parse_period("2020"), city.division("CITY"))
    assert carried_marks(crosswalk, new, nothing) is None


def test_a_trend_runs_on_across_editions(city, seen, english, client):
    edition("1", ("1", 60, [swept("1.2", 1)]))
    new = edition("2", ("1", 1, [swept("1.3", 1), figure("2.1", 1, 90)]))
    Item.objects.filter(code="swept").update(criteria=["little/1.2"])
    Item.objects.filter(code="no-dirty-corner").update(criteria=["little/1.3"])
    lane, last_year = city.site("back-lane"), datetime(2025, 9, 10, 10, tzinfo=AT.tzinfo)
    for value in ("yes", "yes", "yes", "no"):
        seen("swept", value, site=lane, at=last_year)
    for value in ("yes", "no"):
        seen("no-dirty-corner", value, site=lane)
    links = (Link("1.2", ("1.3",), (1.0,)),)
    save_crosswalk(Crosswalk(EditionKey("little", "1"), EditionKey("little", "2"), links))
    found = trend(new, city.root, Part(name="little"), last=202609)
    months = {one.month: one for one in found.months}
    # 2025-09: 3 of 4 under 1.2 is 1.3's share, half of edition 2's weight; 2026-09 is its own 1 of 2
    old, own = months[202509], months[202609]
    assert (old.marks, old.strict, old.coverage, old.carried) == pytest.approx(
        (75, 37.5, 0.5, True)
    )
    assert (own.marks, own.coverage, own.carried) == pytest.approx((50, 0.5, False))
    assert months[202508].marks is None
    assert found.year_before[-1] == pytest.approx(75)
    assert "1 month is carried over from edition 1" in course_words(found)
    with override("zh-hans"):
        assert "。其中 1 个月由 1 版" in course_words(found), "sentences without a gap"
    (marks, _known) = trend_charts(found, "")
    assert marks.series[2].values[-13] == pytest.approx(75)
    before = trend(
        Framework.objects.get(code="little", edition="1"), city.root, Part(), last=202609
    )
    assert not any(one.carried for one in before.months)
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    page = client.get("/assessment/trend/?framework=little&edition=2&period=2026Q3")
    assert "is carried over from edition 1" in page.content.decode()
