"""Whether somebody should ask about a figure: its years before, its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from meicheng.engine.frameworks.ranges import PER_CENT

MOST_SCORE = 3.5  # of a modified z-score, beyond which a value is an outlier
MOST_CHANGE = 0.5  # against the middle of a few others, as a part of it
MOST_POINTS = 20.0  # the same for shares in per cent, in points
FEW = 4  # others below which their spread says nothing
SCALE = 0.6745  # the 0.75 quantile of the normal distribution: MAD/SCALE estimates σ


def jumps(value: float, others: Sequence[float], unit: str = "") -> bool:
    """Whether a figure lies so far from others of its like that somebody should ask.

    Of four or more others the modified z-score is asked, 0.6745 · |x − median| / MAD, which a few
    wild values do not move; beyond 3.5 it is an outlier. Where they are all alike (MAD 0), or
    fewer, the change against their median counts: more than half of it, or 20 points for a share.

    Source: B. Iglewicz, D. C. Hoaglin, How to Detect and Handle Outliers (1993), ch. 3.

    Worked example: others 10, 11, 12, 13: median 11.5, MAD 1, so 17 has 0.6745 · 5.5 = 3.71: asked;
    16 has 3.04: not.

    >>> jumps(17, [10, 11, 12, 13]), jumps(16, [10, 11, 12, 13])
    (True, False)
    >>> jumps(88, [65], "percent"), jumps(80, [65], "percent"), jumps(160, [100])
    (True, False, True)
    """
    if not others:
        return False
    middle = median(others)
    distance = abs(value - middle)
    spread = median(abs(one - middle) for one in others)
    if len(others) >= FEW and spread > 0:
        return SCALE * distance / spread > MOST_SCORE
    if unit in PER_CENT:
        return distance > MOST_POINTS
    return distance > MOST_CHANGE * abs(middle) if middle else distance > 0
