"""Whether a monthly series rises or falls by more than chance, season against season."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt
from statistics import median


@dataclass(frozen=True)
class Trend:
    """How a series moves: `per_year` in its own units, and the two-sided chance of no trend.

    pairs: how many pairs of the same month of different years were compared.
    """

    per_year: float
    chance: float
    pairs: int

    @property
    def real(self) -> bool:
        """Whether it is more than chance, at the 5 % level."""
        return self.chance < 0.05


def seasonal_trend(series: Sequence[tuple[int, float]]) -> Trend | None:
    """The trend of monthly values `(202609, 861.0)`, each month compared with its own kind only.

    The seasonal Kendall test: in each calendar month g, S_g is the number of pairs of years that
    rise less those that fall; S is their sum. Without a trend S has mean 0 and variance

        Σ_g [n_g (n_g − 1)(2n_g + 5) − Σ_ties t(t − 1)(2t + 5)] / 18

    and z = (S ∓ 1)/√variance is judged by the normal distribution. The slope is the median of all
    (later − earlier)/years between. Summer is never taken for progress over winter, and one odd
    month moves neither the slope nor the test much. None with fewer than 10 pairs (the normal
    distribution serves from there; Hirsch, Slack and Smith find it fair with three years).

    Source: R. M. Hirsch, J. R. Slack, R. A. Smith, Techniques of trend analysis for monthly water
    quality data, Water Resources Research 18 (1982), 107–121.

    Worked example: 24 months, each 6 above the same month of the year before: S = 12, variance
    12 × 2 × 1 × 9/18 = 12, z = 11/√12 = 3.18, slope 6 a year.
    """
    seasons: dict[int, list[tuple[int, float]]] = {}
    for month, value in sorted(series):
        seasons.setdefault(month % 100, []).append((month // 100, value))
    rises, slopes, variance = 0, [], 0.0
    for values in seasons.values():
        for (earlier, low), (later, high) in combinations(values, 2):
            rises += (high > low) - (high < low)
            slopes.append((high - low) / (later - earlier))
        variance += _variance([value for _year, value in values])
    if len(slopes) < 10:
        return None
    if variance == 0:
        return Trend(0.0, 1.0, len(slopes))
    z = max(0, abs(rises) - 1) / sqrt(variance)
    return Trend(median(slopes), erfc(z / sqrt(2.0)), len(slopes))


def _variance(values: Sequence[float]) -> float:
    """Variance of one season's S under no trend, with ties taken off."""
    count = len(values)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    return (count * (count - 1) * (2 * count + 5) - ties) / 18.0
