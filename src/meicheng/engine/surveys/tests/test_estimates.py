"""How sure a figure is: against the survey library svy, the marks' own variance, and by trying."""

import random

import numpy as np
import polars as pl
import pytest
import svy

from meicheng.engine.scoring import Sampled, SiteSum, total_variance
from meicheng.engine.surveys.borrowing import Area, borrow
from meicheng.engine.surveys.estimates import design_of, mean_of

STRATA = {"LC": (6, 20), "XC": (4, 12), "SF": (3, 3)}  # clusters drawn, clusters there


def sample(seed):
    dice = random.Random(seed)
    rows = []
    for stratum, (drawn, of) in STRATA.items():
        for cluster in range(drawn):
            level = dice.uniform(0.4, 0.9)
            rows += [
                {
                    "stratum": stratum,
                    "cluster": f"{stratum}{cluster}",
                    "of": of,
                    "weight": dice.uniform(5, 15),
                    "value": float(dice.random() < level),
                    "old": dice.random() < 0.3,
                }
                for _ in range(dice.randint(3, 9))
            ]
    return rows


def columns(rows):
    design = design_of(
        [row["stratum"] for row in rows],
        [row["cluster"] for row in rows],
        {name: drawn / of for name, (drawn, of) in STRATA.items()},
    )
    return (
        np.array([row["value"] for row in rows]),
        np.array([row["weight"] for row in rows]),
        design,
    )


def library(rows):
    design = svy.Design(stratum="stratum", psu="cluster", wgt="weight", pop_size="of")
    return svy.Sample(pl.DataFrame(rows), design).estimation


@pytest.mark.parametrize("seed", range(4))
def test_a_mean_and_its_error_are_those_of_the_survey_library(seed):
    rows = sample(seed)
    found = mean_of(*columns(rows))
    (theirs,) = library(rows).mean("value", deff="wr").estimates
    assert (found.mean, found.error) == pytest.approx((theirs.est, theirs.se), rel=1e-9)
    assert found.effect == pytest.approx(theirs.deff, rel=0.02)
    assert found.low < found.mean < found.high


@pytest.mark.parametrize("seed", range(4))
def test_of_a_part_of_all_people_too(seed):
    rows = sample(seed)
    found = mean_of(*columns(rows), np.array([row["old"] for row in rows]))
    theirs = library(rows).mean("value", where=svy.col("old")).estimates[0]
    assert (found.mean, found.error) == pytest.approx((theirs.est, theirs.se), rel=1e-9)


def test_it_is_the_variance_that_marks_have():
    rows = sample(9)
    sums = [
        SiteSum(
            int(place), cluster[:2],
            sum(r["weight"] * r["value"] for r in rows if r["cluster"] == cluster),
            sum(r["weight"] for r in rows if r["cluster"] == cluster),
        )
        for place, cluster in enumerate(sorted({row["cluster"] for row in rows}))
    ]  # fmt: skip
    theirs = total_variance([Sampled(1.0, sums)], {name: of for name, (_n, of) in STRATA.items()})
    assert mean_of(*columns(rows)).error ** 2 == pytest.approx(theirs)


def test_when_all_say_the_same_it_is_not_said_to_be_certain():
    plain = design_of(["a"] * 20, [str(n) for n in range(20)], {})
    found = mean_of(np.ones(20), np.ones(20), plain)
    assert found.mean == found.high == 1.0
    assert 0.8 < found.low < 0.9  # 20 of 20: Wilson's 0.839


def test_nobody_asked_is_no_figure():
    plain = design_of(["a"], ["1"], {})
    assert mean_of(np.ones(1), np.ones(1), plain, np.zeros(1, dtype=bool)) is None


def test_intervals_hold_the_truth_as_often_as_they_say():
    dice, hits, tries = np.random.default_rng(5), 0, 600
    plain = design_of(["a"] * 60, [str(n) for n in range(60)], {})
    for _ in range(tries):
        found = mean_of((dice.random(60) < 0.9).astype(float), np.ones(60), plain)
        hits += found.low <= 0.9 <= found.high
    assert 0.92 <= hits / tries <= 0.98


def test_borrowing_comes_nearer_to_the_truth_and_its_intervals_hold_it():
    dice = np.random.default_rng(11)
    own, borrowed, held, count = 0.0, 0.0, 0, 0
    for _ in range(60):
        truth = dice.normal(0.75, 0.05, 30)
        spread = dice.uniform(0.02, 0.1, 30) ** 2
        seen = dice.normal(truth, np.sqrt(spread))
        areas = [Area(str(n), float(seen[n]), float(spread[n])) for n in range(30)]
        for n, one in enumerate(borrow(areas)):
            own += (seen[n] - truth[n]) ** 2
            borrowed += (one.estimate - truth[n]) ** 2
            held += one.low <= truth[n] <= one.high
            count += 1
    assert borrowed < 0.75 * own
    assert 0.92 <= held / count <= 0.98


def test_an_area_that_too_few_answered_in_has_the_common_figure_and_less_certainty():
    found = {
        one.code: one
        for one in borrow([Area("a", 0.6, 0.001), Area("b", 0.8, 0.001), Area("c", None)])
    }
    assert found["c"].estimate == pytest.approx(0.7)
    assert found["c"].borrowed == 1.0
    assert found["c"].high - found["c"].low > found["a"].high - found["a"].low


def test_areas_that_differ_only_by_chance_all_have_the_common_figure():
    found = borrow([Area("a", 0.70, 0.01), Area("b", 0.72, 0.01)])
    assert {round(one.estimate, 9) for one in found} == {0.71}
    assert borrow([Area("a", None)]) == []
