"""Weights that stand for all people: against the survey library svy, by hand, and by property."""

import random

import numpy as np
import polars as pl
import pytest
import svy
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.surveys.weights import (
    Class,
    Margin,
    rake,
    response_factors,
    unequal_weights,
)

SEX = {"f": 0.5, "m": 0.5}
AGE = {"18": 0.3, "35": 0.4, "60": 0.3}


def answers(seed, count=300):
    dice = random.Random(seed)
    return [
        {
            "sex": dice.choices(["f", "m"], [0.62, 0.38])[0],
            "age": dice.choices(["18", "35", "60"], [0.2, 0.55, 0.25])[0],
            "weight": dice.uniform(10, 30),
        }
        for _ in range(count)
    ]


def margins(rows):
    return [
        Margin("sex", [row["sex"] for row in rows], SEX),
        Margin("age", [row["age"] for row in rows], AGE),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_raked_weights_are_those_of_the_survey_library(seed):
    rows = answers(seed)
    sample = svy.Sample(pl.DataFrame(rows), svy.Design(wgt="weight"))
    theirs = sample.weighting.rake(shares={"sex": SEX, "age": AGE}, tol=1e-10, max_iter=500)
    ours = rake([row["weight"] for row in rows], margins(rows), tolerance=1e-10)
    assert ours.converged
    assert ours.weights == pytest.approx(theirs.data["rk_wgt"].to_numpy(), rel=1e-6)


@given(st.integers(0, 10_000), st.integers(30, 120))
@settings(max_examples=25, deadline=None)
def test_raking_keeps_the_bounds_whatever_is_asked_and_the_total_where_it_converges(seed, count):
    rows = answers(seed, count)
    first = np.array([row["weight"] for row in rows])
    found = rake(first, margins(rows), bounds=(0.5, 2.0))
    ratio = found.weights / first
    assert ratio.max() <= 2.0 + 1e-12
    assert ratio.min() >= 0.5 - 1e-12
    assert found.converged is not bool(found.misses)
    if found.converged:
        assert found.weights.sum() == pytest.approx(first.sum(), rel=1e-4)
        women = found.weights[[row["sex"] == "f" for row in rows]].sum()
        assert women / first.sum() == pytest.approx(0.5, abs=1e-5)


def test_what_the_bounds_hold_back_is_named_with_how_far_it_came():
    known = Margin("sex", ["f"] * 19 + ["m"], SEX)
    found = rake([1.0] * 20, [known], bounds=(0.3, 3.0))
    assert not found.converged
    (men,) = [miss for miss in found.misses if miss.value == "m"]
    assert not men.nobody
    assert 0.05 < men.reached < 0.5 == men.wanted


def test_a_group_that_nobody_answered_from_is_named_and_the_others_still_fit():
    known = Margin("age", ["18", "35", "18", "18"], AGE)
    found = rake([1.0] * 4, [known])
    assert [(miss.value, miss.nobody) for miss in found.misses] == [("60", True)]
    assert not found.converged
    assert found.weights[1] / found.weights.sum() == pytest.approx(0.4 / 0.7)


def test_who_did_not_say_keeps_her_weight():
    known = Margin("sex", ["f", "f", "m", None], SEX)
    found = rake([2.0, 2.0, 2.0, 2.0], [known])
    assert found.weights == pytest.approx([1.5, 1.5, 3.0, 2.0])


def test_a_class_of_few_answers_is_joined_with_its_neighbour():
    factors = response_factors(
        [Class("a", 100, 50, 10), Class("b", 100, 4, 1), Class("c", 90, 30, 6)]
    )
    assert factors == {
        "a": pytest.approx(200 / 54), "b": pytest.approx(200 / 54), "c": pytest.approx(3),
    }  # fmt: skip


def test_the_factors_bring_back_the_weight_of_all_who_were_drawn():
    classes = [Class(str(n), 100.0 + n, 40.0 + 2 * n, n) for n in range(12)]
    factors = response_factors(classes)
    stands = sum(one.answered * factors[one.name] for one in classes)
    assert stands == pytest.approx(sum(one.drawn for one in classes))


def test_where_nobody_answered_nothing_is_made_up():
    assert response_factors([Class("a", 100, 0, 0)]) == {"a": 0.0}
    assert unequal_weights([]) == 1.0
