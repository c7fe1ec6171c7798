"""On track, behind, kept, broken, and when it cannot be told."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.commitments.judging import meets, outcome, path_at, standing

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 11)


def promised(metric="on_time", direction="least", figure=95.0):
    return SimpleNamespace(metric=metric, direction=direction, figure=figure, start=FIRST, due=LAST)


def read(day, value, low=None, high=None):
    return SimpleNamespace(day=date(2026, 1, day), value=value, low=low, high=high)


BEGINNING = SimpleNamespace(day=FIRST - timedelta(days=1), value=80.0, low=None, high=None)


@pytest.mark.parametrize(
    ("now", "state", "why"),
    [
        (read(6, 88.0, 70.0, 92.0), "on_track", ""),  # the path asks for 87.5
        (read(6, 84.0, 80.0, 86.9), "behind", ""),  # the whole interval is below it
        (read(6, 84.0, 80.0, 87.6), "untold", "chance"),  # it may be there
        (read(6, 84.0), "behind", ""),  # all were counted
        (read(6, None), "untold", "no_value"),
        (read(6, 96.0, 70.0, 99.0), "on_track", ""),
    ],
)
def test_it_is_behind_only_when_the_whole_interval_says_so(now, state, why):
    found = standing(promised(), [BEGINNING, now], today=date(2026, 1, 7))
    assert (found.state, found.why) == (state, why)


def test_before_its_beginning_and_without_one_nothing_is_claimed():
    assert standing(promised(), [], today=FIRST - timedelta(days=1)).state == "planned"
    assert standing(promised(), [], today=FIRST).why == "no_value"
    late = [read(4, 82.0), read(6, 84.0)]
    assert standing(promised(), late, today=date(2026, 1, 7)).why == "no_beginning"


def test_a_value_entered_long_ago_says_nothing_of_today():
    one = promised("entered", "most", 5.0)
    one.due = date(2027, 1, 1)
    assert standing(one, [BEGINNING, read(6, 4.0)], today=date(2026, 4, 8)).state == "on_track"
    assert standing(one, [BEGINNING, read(6, 4.0)], today=date(2026, 4, 9)).why == "old"


@pytest.mark.parametrize(
    ("metric", "value", "high", "said"),
    [
        ("on_time", 95.0, 97.0, "kept"),
        ("on_time", 94.9, 97.0, "broken"),  # all cases were counted: chance excuses nothing
        ("marks", 94.9, 97.0, "untold"),  # an estimate from drawn sites
        ("marks", 90.0, 94.0, "broken"),
        ("satisfied", 94.9, 97.0, "untold"),
        ("entered", 94.9, None, "broken"),
        ("open", None, None, "untold"),
    ],
)
def test_what_is_stated_at_the_date(metric, value, high, said):
    assert outcome(promised(metric), read(11, value, value, high)) == said


def test_without_a_value_nothing_is_stated():
    assert outcome(promised(), None) == "untold"


@given(
    direction=st.sampled_from(["least", "most"]),
    beginning=st.floats(-1e4, 1e4),
    figure=st.floats(-1e4, 1e4),
    days=st.integers(-5, 20),
)
def test_the_path_leads_straight_from_the_beginning_to_the_figure(
    direction, beginning, figure, days
):
    one = promised(direction=direction, figure=figure)
    here = path_at(one, beginning, FIRST + timedelta(days=days))
    low, high = sorted((beginning, figure))
    assert low - 1e-6 <= here <= high + 1e-6
    assert path_at(one, beginning, LAST) == pytest.approx(figure)
    if not meets(one, beginning, figure):
        assert path_at(one, beginning, FIRST) == beginning
