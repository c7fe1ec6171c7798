"""The office sees which steps of an order of districts would stand under other weights."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from meicheng.assessment.periods import parse_period
from meicheng.assessment.robust import robust, robust_words

QUARTER = parse_period("2026Q3")
ASKED = "framework=pair&edition=1&period=2026Q3&division=CITY"


@pytest.fixture
def districts(city, pair, look):
    """Lanes and stalls: LC 100 and 100, XC 0 and 100, SF 100 and 0; marks 100, 40, 60."""
    for code, lane, stall in [("LC", "yes", "yes"), ("XC", "no", "yes"), ("SF", "yes", "no")]:
        look(city.site("back-lane", division=f"{code}0101"), lane)
        look(city.site("farmers-market", division=f"{code}0101"), stall)
    return [city.division(code) for code in ("LC", "XC", "SF")]


def test_who_is_better_in_everything_stays_ahead_and_the_others_depend(pair, districts):
    found = robust(pair, QUARTER, districts, spread=0.5)
    assert [(row.division.code, round(row.marks, 6)) for row in found.rows] == [
        ("LC", 100), ("SF", 60), ("XC", 40)
    ]  # fmt: skip
    first, second = found.conclusions
    assert (first.better.code, first.worse.code, first.holds) == ("LC", "SF", 1)
    # SF is ahead of XC where streets weigh more than 0.5: Dirichlet(1.8, 1.2), P = 0.66
    assert second.holds == pytest.approx(0.66, abs=0.04)
    assert [first.survives, second.survives] == [True, False]
    assert found.rows[0].ranks == (1, 1)
    assert found.rows[1].ranks == (2, 3)


def test_with_weights_nearly_official_the_order_stands(pair, districts, english):
    found = robust(pair, QUARTER, districts, spread=0.1)
    assert all(one.survives for one in found.conclusions)
    assert robust_words(found) == "Every place stays ahead of the next under nearly all weights."


def test_a_place_of_which_nothing_is_known_has_no_rank(city, pair, districts):
    quiet = city.division("LC0101")
    found = robust(pair, parse_period("2024Q1"), [quiet], spread=0.3)
    assert (found.rows, found.unknown) == ((), (quiet,))


def test_page_and_workbook_tell_the_order(city, client, districts):
    client.force_login(city.user("creation-office"))
    page = client.get(
        f"/assessment/robustness/?{ASKED}&spread=50", headers={"accept-language": "en"}
    )
    assert page.status_code == 200
    assert "2–3" in page.content.decode()
    assert "robustness.xlsx?" in page.content.decode()
    assert "spread=50" in page.content.decode()
    book = client.get(f"/assessment/robustness.xlsx?{ASKED}&spread=50")
    _filters, _headings, *rows = load_workbook(io.BytesIO(book.content)).worksheets[0].values
    assert [row[1] for row in rows] == [100, 60, 40]


def test_a_spread_that_is_not_offered_is_said(city, client, districts):
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/assessment/robustness/?{ASKED}&spread=huge")
    assert answer.status_code == 400
    assert "huge" in answer.content.decode()


def test_without_two_places_the_page_teaches_and_strangers_see_nothing(city, client, pair):
    client.force_login(city.user("creation-office"))
    page = client.get(f"/assessment/robustness/?{ASKED}").content.decode()
    assert "<table" not in page
    client.force_login(city.user("administrator"))
    assert client.get(f"/assessment/robustness/?{ASKED}").status_code == 403


def test_more_observations_ask_no_more_of_the_database(
    city, client, districts, look, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    client.get(f"/assessment/robustness/?{ASKED}")
    cache.clear()
    with django_assert_max_num_queries(60) as small:
        client.get(f"/assessment/robustness/?{ASKED}")
    for day in range(1, 9):
        look(city.site("back-lane", division="XC0101"), "yes", day=day)
    cache.clear()
    with django_assert_max_num_queries(len(small.captured_queries)):
        client.get(f"/assessment/robustness/?{ASKED}")
