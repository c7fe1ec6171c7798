"""Sudden rises against the usual level of the season, with few false alarms.

The method is that of public health surveillance (Farrington et al. 1996, J. R. Stat. Soc. A 159,
547–563, with the negative binomial bound of Noufaily et al. 2013, Stat. Med. 32, 1206–1222) on
running weeks, which hold every day of the week once: the level is the mean of the weeks just
before, the season is last year's rise of the same kind at this time of the year, and a week above
the bound is one that chance and season do not explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, variance

from scipy.stats import nbinom, poisson

WEEKS = 8  # before the week that is looked at, which give its level
ALPHA = 0.004  # chance that a week without a cause lies above the bound
FEWEST = 6  # reports of a week below which nothing is called a rise
SHRINK = 20.0  # reports of last year that are as good as "no season"
LEAST_SPREAD = 1.3  # variance over mean that weather and weekends give every series


@dataclass(frozen=True)
class Level:
    """What is usual: the expected count of the week, and the highest that chance explains."""

    expected: float
    bound: int

    def exceeded(self, count: int) -> bool:
        """Whether so many are a rise that chance and season do not explain."""
        return count > self.bound and count >= FEWEST


def level_of(
    before: Sequence[int], *, season: float = 1.0, spread: float = 1.0, alpha: float = ALPHA
) -> Level:
    """The usual level of a week after the weeks `before`, times the season's factor.

    `spread` is the variance over the mean of weeks of this kind elsewhere; the series' own counts
    where it is larger. With mean m of n weeks, expected µ = m · season, spread φ and the error of m
    itself, the variance is φ · µ · (1 + season / n); the bound is the upper `alpha` quantile of a
    negative binomial with that mean and variance, of a Poisson where the variance is no larger.

    Eight weeks of ten each: µ = 10, φ = 1.3, variance 10 · 1.3 · (1 + 1/8) = 14.6; up to 22 is
    usual. In a season of twice as many up to 37 is.

    >>> level_of([10] * 8)
    Level(expected=10.0, bound=22)
    >>> level_of([10] * 8, season=2)
    Level(expected=20.0, bound=37)
    >>> level_of([0] * 8).exceeded(5)
    False
    """
    mean = max(fmean(before), 1 / (2 * len(before)))  # what never came may come
    own = variance(before) / mean if len(before) > 2 else 1.0
    expected = mean * season
    wide = max(LEAST_SPREAD, spread, own) * expected * (1 + season / len(before))
    if wide <= expected:
        bound = poisson.isf(alpha, expected)
    else:
        bound = nbinom.isf(alpha, expected**2 / (wide - expected), expected / wide)
    return Level(round(expected, 4), ceil(bound))


def season_of(week: float, before: float) -> float:
    """How much more of a kind came in this week of last year than in the weeks before it.

    `week` and `before` are means of a week over the whole city; drawn towards 1 where they are
    few, and between a half and two and a half, since no year is like the last.

    >>> season_of(60, 40), season_of(0, 0), season_of(900, 100)
    (1.333, 1.0, 2.5)
    """
    return round(min(2.5, max(0.5, (week + SHRINK) / (before + SHRINK))), 3)
