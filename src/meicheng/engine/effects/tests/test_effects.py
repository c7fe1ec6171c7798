"""Differences in differences: beside other people's sums, and where the truth is known."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
import statsmodels.formula.api as smf
from pandas import DataFrame
from scipy import stats

from meicheng.engine.effects import Area, Reason, Verdict, compare_groups, judge, most_alike

WEEKS, BEGAN = 36, 24


def city(draws, *, treated=4, others=8, effect=0.0, drift=0.0, rate=4.0, weeks=WEEKS, began=BEGAN):
    """Counts of weeks in areas of different size and level, restless as real ones are.

    A common season and the areas' own ups and downs; `effect` is added to the rate of the treated
    areas from `began` on, `drift` to that of each of their weeks.
    """
    areas = []
    season = 1 + 0.3 * np.sin(np.arange(weeks) / 6)
    for number in range(treated + others):
        is_treated = number < treated
        exposure = np.full(weeks, 2.0)
        expected = rate * draws.uniform(0.8, 1.2) * season
        if is_treated:
            expected = expected + effect * (np.arange(weeks) >= began) + drift * np.arange(weeks)
        shaken = np.maximum(expected, 0.05) * draws.gamma(8, 1 / 8, weeks)
        events = draws.poisson(shaken * exposure)
        areas.append(Area(f"{number:02d}", events.tolist(), exposure.tolist()))
    return areas[:treated], areas[treated:]


def test_the_estimate_is_that_of_least_squares_with_effects_of_area_and_week():
    treated, others = city(np.random.default_rng(5), effect=-1.5)
    rows = [
        {"area": one.code, "week": week, "rate": one.events[week] / one.exposure[week],
         "done": int(one in treated and week >= BEGAN)}
        for one in (*treated, *others) for week in range(WEEKS)
    ]  # fmt: skip
    fit = smf.ols("rate ~ C(area) + C(week) + done", DataFrame(rows)).fit()
    found = judge(treated, others, began=BEGAN)
    assert found.effect.difference == pytest.approx(fit.params["done"], abs=1e-9)


def test_the_trend_is_that_of_weighted_least_squares():
    area = Area("a", [3, 0, 5, 2, 8, 1], [2, 0, 3, 1, 4, 2])
    rows = DataFrame({"week": range(6), "events": area.events, "exposure": area.exposure})
    rows = rows[rows.exposure > 0].assign(rate=lambda row: row.events / row.exposure)
    fit = smf.wls("rate ~ week", rows, weights=rows.exposure).fit()
    assert area.slope(6) == pytest.approx(fit.params["week"])


def mean_difference(first, second):
    return np.mean(first) - np.mean(second)


def test_chance_is_reckoned_as_scipy_does():
    ours, theirs = [-2.0, -0.5, -1.1, 0.4], [0.3, -0.2, 0.9, 1.4, -0.6, 0.1]
    other = stats.permutation_test((ours, theirs), mean_difference, n_resamples=inf,
                                   alternative="two-sided")  # fmt: skip
    found = compare_groups(ours, theirs)
    # SciPy counts each side twice over; both sides together, as here, are what is as far from 0.
    far = np.abs(other.null_distribution) >= abs(found.difference) - 1e-12
    assert found.p == pytest.approx(far.mean())
    assert found.arrangements == 210


@pytest.mark.parametrize("treated", [3, 4, 5])
def test_just_inside_the_interval_is_not_refused_and_just_outside_is(treated):
    values = np.random.default_rng(treated).normal(0, 1, 10)
    ours, theirs = values[:treated] - 1, values[treated:]
    found = compare_groups(ours.tolist(), theirs.tolist())
    for end, outwards in ((found.low, -1), (found.high, 1)):
        inside = compare_groups((ours - end + outwards * 1e-6).tolist(), theirs.tolist())
        outside = compare_groups((ours - end - outwards * 1e-6).tolist(), theirs.tolist())
        assert inside.p > 0.05 >= outside.p


@pytest.mark.parametrize("effect", [0.0, -1.2])
def test_nineteen_of_twenty_intervals_hold_the_truth(effect):
    """Coverage of the interval, and with no effect the size of the test, over 1,000 cities."""
    draws = np.random.default_rng(7)
    held = 0
    for _ in range(1000):
        found = judge(*city(draws, effect=effect, rate=4.0), began=BEGAN).effect
        held += found.low <= effect <= found.high
        assert (found.sign == 0) == (found.low <= 0 <= found.high)
    assert 930 <= held <= 970


def test_an_effect_is_found_where_there_is_one():
    draws = np.random.default_rng(11)
    verdicts = [judge(*city(draws, effect=-2.0), began=BEGAN).verdict for _ in range(100)]
    assert verdicts.count(Verdict.FEWER) > 75
    assert Verdict.MORE not in verdicts


def test_areas_that_moved_apart_before_are_not_believed():
    found = judge(*city(np.random.default_rng(3), drift=0.15), began=BEGAN)
    assert found.verdict == Verdict.CANNOT_TELL
    assert Reason.TRENDS_DIFFER in found.reasons


def test_a_fall_before_anything_was_done_is_noticed():
    treated, others = city(np.random.default_rng(2), effect=-2.5, began=BEGAN // 2)
    assert Reason.PLACEBO in judge(treated, others, began=BEGAN).reasons


def test_three_areas_beside_three_cannot_tell():
    found = judge(*city(np.random.default_rng(2), treated=3, others=3, effect=-3), began=BEGAN)
    assert (found.verdict, found.effect.low, found.effect.high) == (
        Verdict.CANNOT_TELL, -inf, inf,
    )  # fmt: skip
    assert Reason.FEW_AREAS in found.reasons


def test_a_fortnight_cannot_tell():
    treated, others = city(np.random.default_rng(2), weeks=26)
    assert judge(treated, others, began=24).reasons[0] == Reason.FEW_WEEKS
    assert judge(treated, others, began=26).reasons == (Reason.FEW_WEEKS,)


def test_without_areas_to_compare_with_nothing_is_said():
    treated, _others = city(np.random.default_rng(2))
    assert judge(treated, [], began=BEGAN).reasons == (Reason.NO_AREAS,)
    silent = [Area("x", [0] * WEEKS, [0] * WEEKS)]
    assert judge(treated, silent, began=BEGAN).reasons == (Reason.NO_AREAS,)


def test_of_very_many_arrangements_some_are_drawn_and_always_the_same():
    draws = np.random.default_rng(1)
    ours, theirs = draws.normal(-1, 1, 12).tolist(), draws.normal(0, 1, 20).tolist()
    found = compare_groups(ours, theirs)
    assert found.arrangements == 10_000
    assert found == compare_groups(ours, theirs)
    # With so many areas the t test of two groups is a fair reference.
    low, high = stats.ttest_ind(ours, theirs).confidence_interval()
    assert (found.low, found.high) == (pytest.approx(low, abs=0.15), pytest.approx(high, abs=0.15))


def test_the_areas_most_alike_have_the_level_and_the_trend():
    def area(code, first, rise):
        return Area(code, [first + rise * week for week in range(8)], [1.0] * 8)

    others = [area("level", 10, -1), area("trend", 2, 0.5), area("both", 10.5, 0.5)]
    assert [a.code for a in most_alike([area("t", 10, 0.5)], others, before=8, count=1)] == ["both"]
