"""The watch at 30, 60 and 90 days after the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meicheng.campaigns.models import RelapseCheck
from meicheng.campaigns.places import Spot, Spots, distinct
from meicheng.campaigns.watching import relapses, watch_campaigns
from meicheng.ledger.verify import verify
from meicheng.notices.models import Notice

LON, LAT = 114.3, 34.19
METRE = 1 / 111_195  # of latitude, in degrees


@pytest.fixture
def ended(order):
    return order(begins=-60, acts=-50, ends=-31)


def spot(north=0.0):
    return {"longitude": LON, "latitude": LAT + north * METRE}


def test_places_that_came_back_are_counted_once_each(ended, found):
    found(-55, closed=-40, **spot())
    found(-50, closed=-39, **spot(20))  # the same place
    found(-50, closed=-38, **spot(500))  # stays clear
    found(-50, closed=-38, **spot(900))  # back too late
    found(-50, closed=-20, **spot(1200))  # closed after the end
    found(-10, **spot(10))
    found(-9, **spot(15))
    found(0, **spot(900))
    found(-10, kind="lamp-out", **spot(500))
    assert relapses(ended, 30) == (3, 1)
    assert relapses(ended, 60) == (3, 2)


def test_a_site_is_one_place_wherever_its_cases_were_marked(city, ended, found):
    site = city.site()
    found(-55, closed=-40, site=site, **spot())
    found(-55, closed=-40, site=site, **spot(200))
    found(-10, site=site)
    assert relapses(ended, 30) == (1, 1)


def test_the_day_counts_what_is_due_once_and_tells_the_lead(city, ended, found, today):
    city.user("unit-lead")
    found(-55, closed=-40, **spot())
    assert watch_campaigns(today - timedelta(days=1)) == 0  # its thirtieth day is not over
    assert watch_campaigns(today) == 1
    assert watch_campaigns(today) == 0
    assert [(one.days, one.places, one.back) for one in RelapseCheck.objects.all()] == [(30, 1, 0)]
    assert {one.person.username for one in Notice.objects.all()} >= {
        "unit-lead-urban-management-lc"
    }
    assert not verify().faults


def test_what_was_missed_while_nothing_ran_is_made_up_for(ended, today):
    assert watch_campaigns(today + timedelta(days=200)) == 3
    assert [one.days for one in RelapseCheck.objects.all()] == [30, 60, 90]


@pytest.mark.parametrize("north", [-29.0, 0.0, 29.0])
def test_a_place_is_found_across_the_lines_of_the_squares(north):
    spots = Spots(30)
    # A whole degree of latitude lies between the two.
    spots.add(Spot("k", longitude=114.0, latitude=34 - 0.5 * METRE))
    assert spots.holds(Spot("k", longitude=114.0, latitude=34 - 0.5 * METRE + north * METRE))
    assert not spots.holds(Spot("k", longitude=114.0, latitude=34 + 31 * METRE))
    assert not spots.holds(Spot("other", longitude=114.0, latitude=34.0))


def test_what_has_no_place_is_no_place():
    assert distinct([Spot("k"), Spot("k")], 30) == []
