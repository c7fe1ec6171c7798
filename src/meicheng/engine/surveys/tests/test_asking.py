"""Whom a lot draws, which conditions are read, and which small groups are hidden."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.surveys.expressions import BadExpression, parse
from meicheng.engine.surveys.hiding import hidden
from meicheng.engine.surveys.samples import Frame, allocate, draw_sample


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 400), max_size=9),
       st.integers(0, 900))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_shares_add_up_and_nobody_is_asked_twice(sizes, count):
    found = allocate(sizes, count, least=dict.fromkeys(sizes, 2))
    least = sum(min(size, 2) for size in sizes.values())
    assert sum(found.values()) == max(least, min(count, sum(sizes.values())))
    assert all(min(2, sizes[name]) <= number <= sizes[name] for name, number in found.items())


def test_everybody_in_a_stratum_is_drawn_as_often_as_the_chance_says():
    frames = [Frame(f"C{n}", "s", count=20 + 10 * n) for n in range(4)]
    drawn, tries = 0, 400
    for seed in range(tries):
        cells = draw_sample(frames, 12, str(seed), clusters=2)
        assert len(cells) == 2
        drawn += sum("C3/7" in cell.codes for cell in cells)
    # Half of the cells, and in C3 with 50 of 12 · 50/(50 + others') drawn: known for every draw.
    chances = [
        next((cell.chance for cell in draw_sample(frames, 12, str(seed), clusters=2)
              if cell.cell == "C3"), 0.0)
        for seed in range(tries)
    ]  # fmt: skip
    # The chance of C3 is half of what is drawn within it: on average 0.5 of those draws.
    assert drawn / tries == pytest.approx(sum(chances) / 0.5 / tries, abs=0.05)


def test_in_every_cell_at_least_so_many_are_asked_that_nobody_is_alone():
    frames = [Frame(f"C{n}", "s", count=30 * n + 5) for n in range(6)]
    drawn = draw_sample(frames, 12, "x", least=5)
    assert [len(cell.codes) for cell in drawn] == [5] * 6
    assert {len(cell.codes) for cell in draw_sample(frames, 12, "x", clusters=2, least=5)} <= {
        5,
        6,
        7,
    }


def test_the_same_seed_draws_the_same_and_another_others():
    frames = [Frame("A", "s", count=500), Frame("B", "t", codes=[f"B{n}" for n in range(40)])]
    assert draw_sample(frames, 30, "x") == draw_sample(frames[::-1], 30, "x")
    assert draw_sample(frames, 30, "x") != draw_sample(frames, 30, "y")


@pytest.mark.parametrize(
    ("text", "answers", "holds"),
    [
        ("${a} = 'x'", {"a": "x"}, True),
        ("${a} != 'x'", {}, True),
        ("${a} > 2 and ${a} <= 3", {"a": 3}, True),
        ("${a} > 2", {}, False),
        ("${a} < 'x'", {"a": 1}, False),
        ("selected(${a}, 'x') or ${b} = 1", {"a": ["y"], "b": 1}, True),
        ("selected(${a}, 'x')", {"a": "x"}, True),
        ("not(selected(${a}, 'x'))", {"a": ["x"]}, False),
        ("(${a} = 1 or ${a} = 2) and not(${b} = '')", {"a": 2, "b": "z"}, True),
        ("${a} = '1'", {"a": 1.0}, True),
    ],
)
def test_conditions_are_read_as_forms_write_them(text, answers, holds):
    assert parse(text).holds(answers) is holds


def test_the_answer_itself_can_be_limited():
    assert parse(". >= 0 and . <= 120").holds({}, 30)
    assert not parse(". >= 0 and . <= 120").holds({}, 130)


@pytest.mark.parametrize(
    ("text", "at"),
    [("", 1), ("${a} =", 7), ("${a} = 'x' and", 15), ("count(${a})", 1), ("${a} 'x'", 6),
     ("(${a} = 1", 10), ("${a} = 1)", 9), ("(" * 40 + "1" + ")" * 40, 31), ("__import__('os')", 1)],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_the_place(text, at):
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert caught.value.at == at


@given(st.lists(st.integers(0, 60), max_size=9))
@settings(max_examples=100, deadline=None)
def test_no_small_group_is_the_total_less_the_others(counts):
    kept = hidden(counts)
    few = {place for place, count in enumerate(counts) if 0 < count < 10}
    assert few <= kept
    others = [place for place, count in enumerate(counts) if count and place not in kept]
    if few and others:
        assert len(kept) >= 2
        assert sum(counts[place] for place in kept) >= 10
