"""Whether something changed: period against period, and month against the same month."""

from itertools import product
from math import erfc, sqrt

import numpy as np
import pytest
from scipy.stats import kendalltau

from meicheng.engine.scoring import Evidence, SiteSum, difference
from meicheng.engine.scoring.trend import seasonal_trend

DOCUMENT = {
    "full_marks": 100,
    "nodes": [
        {
            "code": "1",
            "weight": 1,
            "criteria": [
                {"code": "a", "weight": 1, "method": "field", "rule": {"kind": "pass_rate"}},
                {"code": "b", "weight": 1, "method": "field", "rule": {"kind": "pass_rate"}},
            ],
        }
    ],
}


def seen(*sums):
    sites = [SiteSum(i, "s", hits, among) for i, (hits, among) in enumerate(sums)]
    yes, among = sum(s.hits for s in sites), sum(s.among for s in sites)
    return Evidence(len(sites), len(sites), {"yes": yes, "no": among - yes}, sites=sites)


def test_the_worked_example():
    found = difference(DOCUMENT, {"a": seen((2, 2), (2, 2))}, {"a": seen((1, 2), (2, 2))})
    assert found.marks == pytest.approx(25)
    half = 1.959963984540054 * sqrt(2 * (12.5**2 + 12.5**2))
    assert found.interval == pytest.approx((25 - half, 25 + half))
    assert found.chance == pytest.approx(erfc(25 / sqrt(2 * 625)))
    assert not found.real


def test_what_only_one_period_knows_does_not_count():
    found = difference(
        DOCUMENT,
        {"a": seen((1, 2), (2, 2)), "b": seen((0, 2), (0, 2))},
        {"a": seen((1, 2), (2, 2))},
    )
    assert found.marks == 0
    assert found.left_out == ("b",)
    assert difference(DOCUMENT, {"b": seen((1, 1), (1, 1))}, {"a": seen((1, 1), (1, 1))}) is None


def test_sites_that_are_always_bad_do_not_make_a_change_doubtful():
    """Every site gains the same: the shares differ widely, the gain not at all."""
    before = seen(*[(n % 5, 10) for n in range(20)])
    now = seen(*[(n % 5 + 2, 10) for n in range(20)])
    found = difference(DOCUMENT, {"a": now}, {"a": before})
    assert found.marks == pytest.approx(20)
    assert found.interval == pytest.approx((20, 20), abs=1e-6)
    assert found.real


def test_the_interval_of_a_change_covers_the_truth_as_often_as_it_says():
    """Sites with their own level; half of them are looked at in both periods."""
    dice = np.random.default_rng(7)
    covered, rounds = 0, 600
    for _ in range(rounds):
        level = np.clip(dice.normal(0.7, 0.15, 60), 0.05, 0.95)
        gain = 0.05
        first, second = range(40), range(20, 60)
        before = Evidence(40, 40, {}, sites=[])
        evidence = []
        for part, shift in ((first, 0.0), (second, gain)):
            sums = [(i, dice.binomial(10, min(0.99, level[i] + shift))) for i in part]
            sites = [SiteSum(i, "s", float(hits), 10.0) for i, hits in sums]
            yes = sum(s.hits for s in sites)
            evidence.append(Evidence(400, 40, {"yes": yes, "no": 400 - yes}, sites=sites))
        before, now = evidence
        found = difference(DOCUMENT, {"a": now}, {"a": before})
        covered += found.interval[0] <= 100 * gain <= found.interval[1]
    assert 0.92 <= covered / rounds <= 0.975


def months(years, value):
    return [
        (year * 100 + month, float(value(year, month)))
        for year, month in product(years, range(1, 13))
    ]


def test_the_worked_example_of_a_trend():
    found = seasonal_trend(months((2025, 2026), lambda y, m: 800 + 6 * (y - 2025) + 30 * (m % 5)))
    assert found.per_year == pytest.approx(6)
    assert found.chance == pytest.approx(erfc(11 / sqrt(12) / sqrt(2)))
    assert found.real


def test_summer_is_not_taken_for_progress():
    """Three years that are all the same: a wave within the year, and no trend."""
    found = seasonal_trend(months((2024, 2025, 2026), lambda y, m: 800 + 20 * abs(m - 6)))
    assert (found.per_year, found.chance) == (0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_one_season_alone_is_kendalls_test(seed):
    """Against scipy's Kendall tau on the same yearly values, without ties, by its own variance."""
    dice = np.random.default_rng(seed)
    values = dice.normal(size=12) + 0.15 * np.arange(12)
    found = seasonal_trend([((2010 + i) * 100 + 9, float(v)) for i, v in enumerate(values)])
    tau = kendalltau(range(12), values).statistic
    s = tau * 12 * 11 / 2
    z = max(0, abs(s) - 1) / sqrt(12 * 11 * 29 / 18)
    assert found.chance == pytest.approx(erfc(z / sqrt(2)))
    slopes = [(values[j] - values[i]) / (j - i) for i in range(12) for j in range(i + 1, 12)]
    assert found.per_year == pytest.approx(float(np.median(slopes)))


def test_a_series_without_trend_is_called_one_in_a_twentieth_of_cases_at_most():
    dice = np.random.default_rng(3)
    called = sum(
        seasonal_trend(months((2024, 2025, 2026), lambda y, m: dice.normal(10 * m, 5))).real
        for _ in range(800)
    )
    assert called / 800 < 0.07


def test_too_short_a_series_says_nothing():
    assert seasonal_trend(months((2026,), lambda y, m: m)) is None
