"""The office learns what would come out if assessors drew their sites today."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from meicheng.assessment.mocks import least_numbers, mock_of, spread_evenly
from meicheng.assessment.periods import parse_period

QUARTER = parse_period("2026Q3")
ASKED = "framework=pair&edition=1&period=2026Q3&division=CITY"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def four_lanes(city, pair, look):
    """Two swept lanes of four, and two clean markets."""
    for value in ["yes", "yes", "no", "no"]:
        look(city.site("back-lane"), value)
    for _number in range(2):
        look(city.site("farmers-market"), "yes")
    return pair


def mock(city, framework, total=0, **wished):
    plan = {name.replace("_", "-"): count for name, count in wished.items()}
    return mock_of(framework, QUARTER, city.root, total=total, wished=plan)


def test_two_lanes_of_four_give_three_outcomes(city, four_lanes):
    found = mock(city, four_lanes, back_lane=2, farmers_market=1)
    # Of the six pairs of lanes one is all swept (100), four half (70), one not at all (40).
    assert found.mock.mean == pytest.approx(70, abs=1)
    assert found.mock.pass_probability == pytest.approx(5 / 6, abs=0.02)
    shares = [part for _begin, _end, part in found.mock.histogram if part]
    assert shares == pytest.approx([1 / 6, 4 / 6, 1 / 6], abs=0.02)
    assert found.mock.decides[0] == ("1", pytest.approx(1))
    assert found.planned == 3


def test_sites_are_spread_evenly_as_far_as_kinds_have_them(city, four_lanes):
    found = mock(city, four_lanes, total=5)
    assert {one.code: (one.take, one.seen) for one in found.plan} == {
        "back-lane": (3, 4), "farmers-market": (2, 2)
    }  # fmt: skip
    assert spread_evenly(161, {"a": 2, "b": 3}) == {"a": 2, "b": 3}
    assert spread_evenly(0, {"a": 2}) == {"a": 0}


def test_nobody_draws_more_than_there_is(city, four_lanes):
    found = mock(city, four_lanes, back_lane=99, farmers_market=99)
    assert found.planned == 6
    assert found.mock.interval == (70, 70)


def test_the_page_begins_with_the_published_number_and_exports_what_it_shows(
    city, client, four_lanes
):
    client.force_login(city.user("creation-office"))
    page = client.get(f"/assessment/mock/?{ASKED}", headers=ENGLISH).content.decode()
    assert f'value="{least_numbers()[1]}"' in page
    own = f"{ASKED}&k:back-lane=2&k:farmers-market=1"
    page = client.get(f"/assessment/mock/?{own}", headers=ENGLISH).content.decode()
    assert "With 3 sites drawn" in page
    book = client.get(f"/assessment/mock.xlsx?{own}", headers=ENGLISH)
    filters, _headings, *rows = load_workbook(io.BytesIO(book.content)).worksheets[0].values
    assert "3 sites in each draw" in filters
    assert sum(row[1] for row in rows) == pytest.approx(100, abs=0.5)


def test_wrong_numbers_are_said_and_nothing_known_teaches(city, client, pair):
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/assessment/mock/?{ASKED}&total=-4&k:back-lane=many", headers=ENGLISH)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "“-4” is no number of sites" in page
    assert "“many” is no number of sites" in page
    assert "There is nothing to draw from" in page
    client.force_login(city.user("administrator"))
    assert client.get(f"/assessment/mock/?{ASKED}").status_code == 403


def test_more_sites_ask_no_more_of_the_database(
    city, client, four_lanes, look, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    client.get(f"/assessment/mock/?{ASKED}")
    cache.clear()
    with django_assert_max_num_queries(40) as small:
        client.get(f"/assessment/mock/?{ASKED}")
    for _number in range(8):
        look(city.site("back-lane"), "yes")
    cache.clear()
    with django_assert_max_num_queries(len(small.captured_queries)):
        client.get(f"/assessment/mock/?{ASKED}")
