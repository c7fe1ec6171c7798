"""Variances agree with the survey library svy, and with trying every sample there is."""

import random
from itertools import combinations, product

import polars as pl
import pytest
import svy

from meicheng.engine.scoring import Sampled, SiteSum, total_variance

WORTH = {"a": 40.0, "b": 25.0, "c": 10.0}
STRATA = {"LC/lane": (9, 14), "LC/market": (5, 40), "XC/lane": (12, 12), "XC/market": (3, 4)}


def a_sample(dice):
    """Sites with their answers for three criteria, of which some do not apply somewhere."""
    rows = []
    for stratum, (drawn, of) in STRATA.items():
        for _ in range(drawn):
            row = {"stratum": stratum, "site": len(rows), "of": of, "weight": of / drawn}
            for code in WORTH:
                among = 0 if dice.random() < 0.15 else dice.randint(1, 6)
                row[f"n_{code}"] = among
                row[f"y_{code}"] = sum(dice.random() < 0.7 for _ in range(among))
            rows.append(row)
    return rows


def part(rows, code):
    """A criterion as the marks have it: sums at each site by the weights of the design."""
    sites = [
        SiteSum(r["site"], r["stratum"], r["weight"] * r[f"y_{code}"], r["weight"] * r[f"n_{code}"])
        for r in rows
    ]
    return Sampled(WORTH[code], sites)


def library(rows):
    design = svy.Design(stratum="stratum", psu="site", wgt="weight", pop_size="of")
    return svy.Sample(pl.DataFrame(rows), design).estimation


@pytest.mark.parametrize("seed", range(5))
def test_a_share_is_as_sure_as_the_survey_library_says(seed):
    rows = a_sample(random.Random(seed))
    population = {stratum: of for stratum, (_drawn, of) in STRATA.items()}
    for code, worth in WORTH.items():
        ours = total_variance([part(rows, code)], population)
        (theirs,) = library(rows).ratio(y=f"y_{code}", x=f"n_{code}").estimates
        assert ours == pytest.approx((worth * theirs.se) ** 2, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_total_is_as_sure_as_the_survey_library_says_of_what_each_site_adds(seed):
    rows = a_sample(random.Random(100 + seed))
    population = {stratum: of for stratum, (_drawn, of) in STRATA.items()}
    for row in rows:
        row["adds"] = 0.0
    for code, worth in WORTH.items():
        among = sum(row["weight"] * row[f"n_{code}"] for row in rows)
        share = sum(row["weight"] * row[f"y_{code}"] for row in rows) / among
        for row in rows:
            row["adds"] += worth * (row[f"y_{code}"] - share * row[f"n_{code}"]) / among
    (theirs,) = library(rows).total(y="adds").estimates
    ours = total_variance([part(rows, code) for code in WORTH], population)
    assert ours == pytest.approx(theirs.se**2, rel=1e-9)


def test_over_every_sample_there_is_the_variance_is_right_on_average():
    # Two strata of 6 and 5 sites, 3 and 2 are drawn: 20 · 10 samples, all tried. With as many looks
    # at each site the total is linear, and the estimate of its variance without any error.
    dice = random.Random(3)
    city = {
        name: [(dice.randint(0, 4), dice.randint(0, 4)) for _ in range(size)]
        for name, size in (("h1", 6), ("h2", 5))
    }
    drawn = {"h1": 3, "h2": 2}
    population = {name: len(sites) for name, sites in city.items()}
    everywhere = 4.0 * sum(population.values())
    totals, variances = [], []
    for chosen in product(*(combinations(range(population[h]), drawn[h]) for h in city)):
        parts = []
        for position, worth in ((0, 60.0), (1, 40.0)):
            sites = []
            for stratum, numbers in zip(city, chosen, strict=True):
                weight = population[stratum] / drawn[stratum]
                sites += [
                    SiteSum(n, stratum, weight * city[stratum][n][position], weight * 4)
                    for n in numbers
                ]
            parts.append(Sampled(worth, sites))
        totals.append(sum(one.marks * sum(s.hits for s in one.sites) / everywhere for one in parts))
        variances.append(total_variance(parts, population))
    mean = sum(totals) / len(totals)
    truth = sum((total - mean) ** 2 for total in totals) / len(totals)
    assert sum(variances) / len(variances) == pytest.approx(truth)


def test_criteria_seen_at_other_sites_add_their_own_variances():
    # A stratum of 10: one criterion was looked at on eight sites, the other on the two others.
    first = Sampled(50, [SiteSum(n, "h", n % 2, 1) for n in range(8)])
    second = Sampled(50, [SiteSum(8, "h", 1, 1), SiteSum(9, "h", 0, 1)])
    population = {"h": 10}
    # z = 50 · (±1/2)/8 eight times: (1 − 8/10) · 8/7 · 8 · 3.125² = 17.857;
    # z = 50 · (±1/2)/2 twice: (1 − 2/10) · 2/1 · 2 · 12.5² = 500
    apart = [total_variance([one], population) for one in (first, second)]
    assert apart == pytest.approx([0.2 * 8 / 7 * 8 * 3.125**2, 0.8 * 2 * 2 * 12.5**2])
    assert total_variance([first, second], population) == pytest.approx(sum(apart))


def test_answers_for_no_site_are_taken_as_certain():
    # 2 of 4 at two sites, and 4 of 4 for a division: share 6/8, z = 80 · (2 − 0.75 · 2)/8 = 5 and −15
    sites = [SiteSum(1, "h", 2, 2), SiteSum(2, "h", 0, 2)]
    # about their mean of −5: 10 and −10
    assert total_variance([Sampled(80, sites, 8, 0.75)]) == pytest.approx(2 * 200)
