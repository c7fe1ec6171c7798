"""An officer compares places part by part, and sees where nothing may be claimed."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from meicheng.assessment.by_place import Cell, by_place
from meicheng.assessment.periods import parse_period

QUARTER = parse_period("2026Q3")
ASKED = "framework=pair&edition=1&period=2026Q3&division=CITY"


@pytest.fixture
def three(city, pair, look):
    """LC: 3 of 4 lanes swept; XC: 1 of 4; SF: nothing known."""
    for district, answers in (("LC", "yyyn"), ("XC", "ynnn")):
        for answer in answers:
            place = city.division(f"{district}0101")
            look(city.site("back-lane", division=place), "yes" if answer == "y" else "no")
        for _unseen in range(8):
            city.site("back-lane", division=place)
    cache.clear()
    return pair


def test_places_stand_by_their_marks_with_doubt(city, three):
    """4 of 12 lanes each: LC 75 ± 40, XC 25 ± 40 overlap, so no order is claimed.

    s² = 4/3 · 0.75 · 0.25 = 0.25; (1 − 4/12) · 0.25/4 = 0.0417; 1.96 · √0.0417 = 0.40.
    """
    found = by_place(three, QUARTER, city.root)
    assert [row.division.code for row in found.rows] == ["LC", "XC", "SF"]
    assert [row.marks for row in found.rows] == [75, 25, None]
    lanes, stalls = found.rows[0].cells
    assert (lanes.share, lanes.grade) == (0.75, "fair")
    assert (stalls.share, stalls.grade) == (None, "none")
    assert lanes.interval == pytest.approx((0.35, 1.0), abs=0.01)
    assert lanes.doubtful
    assert not found.rows[0].apart


def test_a_share_says_little_where_little_is_known_or_the_interval_is_wide():
    assert not Cell(0.9, (0.85, 0.95), 1.0).doubtful
    assert Cell(0.9, (0.75, 1.0), 1.0).doubtful
    assert Cell(0.9, (0.85, 0.95), 0.4).doubtful
    assert not Cell(None, None, 0.0).doubtful


def test_the_page_the_map_and_the_workbook_say_the_same(city, client, three):
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    page = client.get(f"/assessment/by-place/?{ASKED}&part=1").content.decode()
    assert "75%" in page
    assert "no order is claimed" in page
    shapes = client.get(f"/assessment/by-place.json?{ASKED}&part=1").json()["features"]
    told = {one["properties"]["name"].partition(":")[0]: one["properties"] for one in shapes}
    assert len(told) == 3
    assert {one["grade"] for one in told.values()} == {"fair", "poor", "none"}
    assert all(one["href"].startswith("/assessment/?") for one in told.values())
    book = load_workbook(io.BytesIO(client.get(f"/assessment/by-place.xlsx?{ASKED}").content))
    rows = list(book.active.iter_rows(min_row=3, values_only=True))
    assert [row[1] for row in rows] == [0.75, 0.25, None]


def test_a_place_without_places_below_shows_itself(city, three):
    community = city.division("LC0101")
    assert [row.division for row in by_place(three, QUARTER, community).rows] == [community]


def test_a_part_that_is_none_is_said(city, client, three):
    client.force_login(city.user("creation-office"))
    assert client.get(f"/assessment/by-place/?{ASKED}&part=9").status_code == 400


def test_more_observations_ask_no_more_of_the_database(city, client, three, look):
    client.force_login(city.user("creation-office"))

    def statements():
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/assessment/by-place/?{ASKED}").status_code == 200
        return len(found)

    few = statements()
    for _number in range(5):
        look(city.site("back-lane", division=city.division("SF0101")), "yes")
    assert statements() <= few
