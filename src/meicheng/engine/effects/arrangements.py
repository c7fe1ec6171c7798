"""Comparing two small groups of areas by every way in which they could have been chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, floor, inf

import numpy as np
from numpy.typing import NDArray

MOST = 20_000  # arrangements that are all gone through; of more, DRAWN are drawn
DRAWN = 9_999


@dataclass(frozen=True)
class Comparison:
    """By how much two groups differ, and how sure that is.

    low, high: the interval of the level that was asked for; infinite where so few areas cannot
    tell. p: how often chance alone gives a difference as large. arrangements: how many ways of
    choosing the areas were gone through.
    """

    difference: float
    low: float
    high: float
    p: float
    arrangements: int

    @property
    def bounded(self) -> bool:
        """Whether the interval has two ends."""
        return self.low > -inf and self.high < inf

    @property
    def sign(self) -> int:
        """-1 below 0 and 1 above it, 0 where the interval holds 0."""
        return -1 if self.high < 0 else 1 if self.low > 0 else 0


def compare_groups(
    treated: Sequence[float], others: Sequence[float], *, level: float = 0.95
) -> Comparison:
    """The mean of some areas less the mean of the others, with its interval.

    Every way of choosing as many areas out of all of them is gone through; were the choice without
    effect, each would be as likely as the one that was made. p is the share of them that give a
    difference as large, and the interval holds every effect that such a test does not refuse. It
    needs no distribution and holds with few areas; it takes for granted that without the measure
    the areas would have changed alike, and that the effect is the same everywhere.

    With an effect d taken away from the treated areas, arrangement S has the difference
    D(S) - d·c(S), c(S) being what share of the treated areas lies in S less what the treated areas
    outside S make of the others. It is as large as the one made, D - d, exactly for d between
    (D + D(S)) / (1 + c) and (D - D(S)) / (1 - c): the ends of the interval are read off these.

    Two treated areas of six, 15 arrangements: 1 in 15 is more than 5 %, so nothing is refused.

    >>> compare_groups([-4.0, -5.0], [0.0, 1.0, -1.0, 0.0])
    Comparison(difference=-4.5, low=-inf, high=inf, p=0.06666666666666667, arrangements=15)
    >>> found = compare_groups([-4.0, -5.0, -4.5], [0.0, 1.0, -1.0, 0.0, 0.5, -0.5])
    >>> found.arrangements, round(found.low, 2), round(found.high, 2)
    (84, -5.5, -3.5)

    Source: R. A. Fisher, The Design of Experiments (1935), section 21, and E. J. G. Pitman in the
    Supplement to the Journal of the Royal Statistical Society 4 (1937) 119-130; for changes of few
    areas: M. Bertrand, E. Duflo and S. Mullainathan in the Quarterly Journal of Economics 119
    (2004) 249-275, section IV. Raises ValueError where a group is empty.
    """
    if not treated or not others:
        raise ValueError("Both groups need an area at least")
    values = np.array([*treated, *others], dtype=float)
    taken = len(treated)
    chosen = _arrangements(len(values), taken)
    left = len(values) - taken
    sums = np.where(chosen, values, 0.0).sum(axis=1)
    differences = sums / taken - (values.sum() - sums) / left
    kept = chosen[:, :taken].sum(axis=1)
    shares = kept / taken - (taken - kept) / left
    made = float(values[:taken].mean() - values[taken:].mean())
    # As large but for the last digits of sums in another order.
    slack = 1e-9 * max(1.0, float(np.abs(values).max()))
    always = np.abs(shares) > 1 - 1e-12
    safe = np.where(always, 0.0, shares)
    ends = np.stack([(made + differences) / (1 + safe), (made - differences) / (1 - safe)])
    lows = np.where(always, -inf, ends.min(axis=0))
    highs = np.where(always, inf, ends.max(axis=0))
    refused = floor((1 - level) * len(chosen) + 1e-9)
    return Comparison(
        difference=made,
        low=float(np.sort(lows)[refused]),
        high=float(np.sort(highs)[::-1][refused]),
        p=float(np.mean(np.abs(differences) >= abs(made) - slack)),
        arrangements=len(chosen),
    )


@lru_cache(maxsize=16)
def _arrangements(areas: int, taken: int) -> NDArray[np.bool_]:
    """Which areas are chosen, a row for each way; the first row is the choice that was made."""
    if comb(areas, taken) <= MOST:
        rows = np.array(list(combinations(range(areas), taken)))
        chosen = np.zeros((len(rows), areas), dtype=bool)
        np.put_along_axis(chosen, rows, True, axis=1)
        return chosen
    draws = np.random.default_rng(20_040_219)  # the same for everybody who asks again
    order = draws.random((DRAWN, areas)).argsort(axis=1)
    chosen = np.zeros((DRAWN + 1, areas), dtype=bool)
    np.put_along_axis(chosen[1:], order[:, :taken], True, axis=1)
    chosen[0, :taken] = True
    return chosen
