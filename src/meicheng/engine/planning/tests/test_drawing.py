"""Drawing by lot: fair, the same again, whatever the order."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.planning.drawing import draw, draw_by_kind, frame_hash

CODES = st.lists(st.text("ABCDEF0123456789", min_size=1, max_size=6), unique=True, max_size=30)


@given(CODES, st.integers(0, 40), st.text(max_size=8), st.randoms())
def test_the_draw_is_the_same_in_whatever_order_the_codes_come(codes, count, seed, dice):
    shuffled = codes.copy()
    dice.shuffle(shuffled)
    found = draw(codes, count, seed)
    assert found == draw(shuffled, count, seed)
    assert len(found) == min(count, len(codes))
    assert set(found) <= set(codes)


@given(CODES, st.integers(1, 10), st.text(max_size=8))
def test_a_code_that_joins_pushes_out_at_most_one_other(codes, count, seed):
    before = set(draw(codes, count, seed))
    after = set(draw([*codes, "joined"], count, seed))
    assert len(before - after) <= 1
    assert after - before <= {"joined"}


def test_every_pair_of_five_is_drawn_equally_often():
    """Of 5 codes 2 are drawn: 10 pairs, each in 1/10 of the draws; 20,000 seeds, 2,000 each.

    The standard deviation of a pair's count is √(20000 · 0.1 · 0.9) = 42.4; none is 5 of them off.
    """
    codes = ["A", "B", "C", "D", "E"]
    counts = Counter(tuple(sorted(draw(codes, 2, f"seed {n}"))) for n in range(20_000))
    assert set(counts) == set(combinations(codes, 2))
    assert all(abs(count - 2000) < 5 * 42.4 for count in counts.values())


def test_kinds_are_drawn_apart_and_those_without_sites_are_left_out():
    found = draw_by_kind(
        {"lane": ["A", "B"], "market": ["C"]}, {"lane": 1, "market": 3, "x": 2}, "s"
    )
    assert found == {"lane": draw(["A", "B"], 1, "s"), "market": ["C"]}


def test_another_site_gives_another_hash():
    assert frame_hash(["A", "B"]) != frame_hash(["A", "C"])
