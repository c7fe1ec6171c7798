"""Shares with their interval and places that admit doubt, with the arithmetic written out."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.ranking import Entrant, Rate, Weighted, place, told_apart
from meicheng.engine.ranking.ranks import mark_of

ON_TIME = [Weighted("on_time", 100)]
counts = st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def entrant(code, hits, among):
    return Entrant(code, {"on_time": Rate(hits, among)})


def test_wilsons_interval_by_hand():
    # 183 of 190: centre (183 + 1.9207)/(190 + 3.8415) = 0.95398,
    # half 1.96/193.8415 · sqrt(183·7/190 + 0.9604) = 0.02808
    low, high = Rate(183, 190).interval
    assert low == pytest.approx(0.9259, abs=2e-4)
    assert high == pytest.approx(0.9821, abs=2e-4)


@given(counts)
def test_the_interval_holds_the_share_and_stays_within_0_and_1(pair):
    rate = Rate(*pair)
    if not rate.among:
        assert rate.share is None
        assert rate.interval is None
    else:
        low, high = rate.interval
        assert 0 <= low <= rate.share + 1e-12
        assert rate.share - 1e-12 <= high <= 1


def test_the_interval_covers_the_truth_nineteen_times_in_twenty():
    dice = random.Random(1927)
    covered = 0
    for _ in range(2000):
        truth = dice.uniform(0.6, 0.99)
        low, high = Rate(sum(dice.random() < truth for _ in range(80)), 80).interval
        covered += low <= truth <= high
    assert 0.93 <= covered / 2000 <= 0.97


@given(counts, counts)
def test_telling_apart_is_the_same_both_ways(one, other):
    assert told_apart(Rate(*one), Rate(*other)) == told_apart(Rate(*other), Rate(*one))
    assert not told_apart(Rate(*one), Rate(*one))


def test_a_count_that_is_no_share_is_refused():
    for hits, among in ((3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="is not a share"):
            Rate(hits, among)


def test_marks_are_spread_over_the_rates_that_are_known():
    # on time 60 at 0.95, redone 20 (less is better) at 0.10, satisfied 20 unknown:
    # (60 · 0.95 + 20 · 0.90)/80 = 0.9375; 80 of 100 known
    parts = [Weighted("on_time", 60), Weighted("redone", 20, "less"), Weighted("satisfied", 20)]
    mark = mark_of({"on_time": Rate(95, 100), "redone": Rate(10, 100)}, parts)
    assert (mark.value, mark.coverage) == (pytest.approx(93.75), pytest.approx(0.8))
    # variances with p̃ = 97/104 and 12/104: (60/80)² · p̃q̃/104 + (20/80)² · p̃q̃/104
    first, second = 97 / 104 * 7 / 104 / 104, 12 / 104 * 92 / 104 / 104
    assert mark.error == pytest.approx(100 * math.sqrt(0.5625 * first + 0.0625 * second))
    assert mark_of({}, parts) is None


def test_a_small_difference_gives_equal_places_and_a_large_one_does_not():
    rows = place([entrant("A", 99, 100), entrant("B", 98, 100), entrant("C", 60, 100)], ON_TIME)
    assert [(row.entrant.code, row.place, row.last_place) for row in rows] == [
        ("A", 1, 2),
        ("B", 1, 2),
        ("C", 3, 3),
    ]


def test_who_has_too_few_cases_is_shown_and_not_placed():
    rows = place([entrant("A", 9, 9), entrant("B", 80, 100)], ON_TIME)
    assert [(row.entrant.code, row.place) for row in rows] == [("B", 1), ("A", None)]
    assert rows[1].mark is not None


@given(st.lists(counts, max_size=6), st.randoms())
def test_the_order_of_the_list_changes_nothing_and_places_hold_together(pairs, dice):
    entrants = [entrant(f"U{n}", *pair) for n, pair in enumerate(pairs)]
    rows = place(entrants, ON_TIME)
    mixed = entrants[:]
    dice.shuffle(mixed)
    assert place(mixed, ON_TIME) == rows
    placed = [row for row in rows if row.place is not None]
    for row in placed:
        assert 1 <= row.place <= row.last_place <= len(placed)
    assert all(one.mark.value >= two.mark.value for one, two in pairwise(placed))


def test_equal_units_are_seldom_told_apart():
    """Ten units of the same quality: of their 45 pairs about one in twenty differs by chance."""
    dice = random.Random(5)
    apart = pairs = 0
    for _ in range(60):
        units = [Rate(sum(dice.random() < 0.9 for _ in range(100)), 100) for _ in range(10)]
        for i, one in enumerate(units):
            for other in units[i + 1 :]:
                pairs += 1
                apart += told_apart(one, other)
    assert apart / pairs < 0.065
