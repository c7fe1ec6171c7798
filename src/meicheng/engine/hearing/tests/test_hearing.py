"""Sudden rises that are none, and rises that are; places that are quiet, and small ones that are not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from meicheng.engine.hearing import Place, heard_places, level_of, season_of


def test_weeks_that_chance_alone_makes_are_hardly_ever_called_a_rise():
    draw = np.random.default_rng(7)
    alarms = 0
    for mean in (0.3, 1, 4, 15, 60):
        weeks = draw.negative_binomial(mean / 0.3, 1 / 1.3, size=(800, 9))
        alarms += sum(level_of(week[:8].tolist()).exceeded(int(week[8])) for week in weeks)
    assert alarms <= 16  # of 4,000


@pytest.mark.parametrize(("mean", "share"), [(2, 0.3), (5, 0.7), (20, 0.95), (60, 0.99)])
def test_four_times_the_usual_is_seen_the_surer_the_more_there_is(mean: int, share: float):
    draw = np.random.default_rng(mean)
    weeks = draw.poisson(mean, size=(300, 8))
    burst = draw.poisson(4 * mean + 4, size=300)
    seen = [
        level_of(before.tolist()).exceeded(int(count))
        for before, count in zip(weeks, burst, strict=True)
    ]
    assert np.mean(seen) > share


def test_what_the_season_brings_each_year_is_no_rise():
    assert level_of([10] * 8).exceeded(30)
    assert not level_of([10] * 8, season=season_of(300, 100)).exceeded(30)


def test_weeks_that_always_jump_must_jump_further():
    calm, wild = [10] * 8, [2, 18, 4, 16, 1, 19, 3, 17]
    assert sum(calm) == sum(wild)
    assert level_of(wild).bound > level_of(calm).bound


def city(seed: int = 1, quiet: str = "") -> list[Place]:
    draw = np.random.default_rng(seed)
    places = []
    for number in range(40):
        name, people, share = f"C{number:02}", 2000 + 150 * number, 0.1 + 0.01 * (number % 20)
        mean = people * share * 0.2 * (0.3 if name == quiet else draw.gamma(20, 1 / 20))
        failed = int(draw.binomial(120, share))
        places.append(Place(name, people, int(draw.poisson(mean)), 120, failed))
    return places


def test_a_quiet_place_is_found_and_hardly_another():
    found = heard_places(city(quiet="C17"))
    assert found[0].place.name == "C17"
    assert found[0].quiet
    assert sum(one.quiet for one in found) <= 3


def test_places_with_more_problems_are_expected_to_report_more():
    worse, better = Place("A", 4000, 40, 500, 200), Place("B", 4000, 40, 500, 50)
    heard = {one.place.name: one for one in heard_places([worse, better])}
    assert heard["A"].expected > 3 * heard["B"].expected
    assert heard["A"].ratio < heard["B"].ratio


def test_a_small_place_without_a_report_is_not_called_quiet():
    found = heard_places([*city(), Place("small", 20, 0, 10, 2)])
    small = next(one for one in found if one.place.name == "small")
    assert small.low < small.ratio < 1
    assert not small.quiet


@pytest.mark.parametrize("seed", range(3))
def test_expected_reports_add_up_to_those_that_came_and_order_changes_nothing(seed: int):
    places = city(seed)
    found = heard_places(places)
    assert sum(one.expected for one in found) == pytest.approx(sum(one.reports for one in places))
    random.Random(seed).shuffle(places)
    assert heard_places(places) == found


def test_nothing_known_gives_nothing():
    assert heard_places([]) == []
    assert heard_places([Place("A", 0, 5, 0, 0)]) == []
    (one,) = heard_places([Place("A", 100, 5, 0, 0)])
    assert one.ratio == 1
    assert not one.quiet
