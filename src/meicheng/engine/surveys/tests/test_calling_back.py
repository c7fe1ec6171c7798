"""Double sampling of those who did not rate: the interval holds what it promises."""

import numpy as np
import pytest

from meicheng.engine.ranking import Rate
from meicheng.engine.surveys.calling_back import combined


@pytest.mark.parametrize(
    ("rated", "satisfied", "silent", "content", "drawn"),
    [(150, 120, 250, 140, 60), (40, 36, 900, 450, 60), (300, 210, 80, 8, 30)],
)
def test_in_95_of_100_draws_the_interval_holds_the_share_of_all(
    rated, satisfied, silent, content, drawn
):
    chance = np.random.default_rng(1946)
    truth = (satisfied + content) / (rated + silent)
    hits = chance.hypergeometric(content, silent - content, drawn, size=4000)
    found = {
        int(hit): combined(Rate(satisfied, rated), silent, Rate(int(hit), drawn), drawn=drawn)
        for hit in set(hits.tolist())
    }
    held = np.mean([found[hit].low <= truth <= found[hit].high for hit in hits.tolist()])
    assert 0.93 <= held <= 0.975
    assert np.mean([found[hit].share for hit in hits.tolist()]) == pytest.approx(truth, abs=0.01)


def test_those_who_rated_alone_would_mislead():
    found = combined(Rate(90, 100), 900, Rate(20, 40), drawn=40)
    assert found.high < Rate(90, 100).interval[0]


def test_when_everybody_was_reached_nothing_is_left_to_chance():
    found = combined(Rate(3, 4), 6, Rate(3, 6), drawn=6)
    assert (found.low, found.share, found.high) == (0.6, 0.6, 0.6)


def test_who_was_drawn_and_not_reached_widens_what_can_be():
    found = combined(Rate(30, 40), 60, Rate(8, 20), drawn=30)
    assert found.least == pytest.approx((30 + 60 * 8 / 30) / 100)
    assert found.most == pytest.approx((30 + 60 * 18 / 30) / 100)


@pytest.mark.parametrize(("rated", "silent", "called"), [((0, 0), 0, (0, 0)), ((3, 4), 5, (0, 0))])
def test_where_nobody_was_reached_nothing_is_said(rated, silent, called):
    assert combined(Rate(*rated), silent, Rate(*called), drawn=5) is None
