"""Figures of small areas that borrow strength from the areas around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .estimates import Z95

SMALLEST_SHARE = 1e-12


@dataclass(frozen=True)
class Area:
    """What was found in a small area: the mean of its answers and that mean's variance.

    `mean` is None where too few answered to be told; it then borrows everything.
    """

    code: str
    mean: float | None
    variance: float = 0.0


@dataclass(frozen=True)
class Borrowed:
    """An area's estimate with its 95 % interval, and which share of it is borrowed (0 to 1)."""

    code: str
    estimate: float
    low: float
    high: float
    borrowed: float


def borrow(areas: Sequence[Area]) -> list[Borrowed]:
    """Draw each area's mean towards the mean of all, the more the less sure it is of itself.

    With A the variance between areas, area i keeps γ = A/(A + D_i) of its own mean y_i and takes
    1 − γ of the common mean m = Σ y_i/(A + D_i) / Σ 1/(A + D_i). A solves
    Σ (y_i − m)²/(A + D_i) = areas − 1 (0 where the areas differ no more than by chance). The mean
    squared error is γ D_i + (1 − γ)²/Σ 1/(A + D_j) + 2 D_i²/(A + D_i)³ · v, where
    v = 2 · areas/(Σ 1/(A + D_j))² is the variance of the estimated A; for an area without answers
    it is A + √v + 1/Σ 1/(A + D_j).

    Source: R. E. Fay, R. A. Herriot, Estimates of income for small places, JASA 74 (1979), 269-277;
    G. S. Datta, J. N. K. Rao, D. D. Smith, On measuring the variability of small area estimators
    under a basic area level model, Biometrika 92 (2005), 183-196.

    Two areas at 0.6 and 0.8 with D = 0.01: Σ (0.1)²/(A + 0.01) · 2 = 1 gives A = 0.01, γ = 1/2:

    >>> [(one.code, round(one.estimate, 6)) for one in borrow([Area("a", .6, .01), Area("b", .8, .01)])]
    [('a', 0.65), ('b', 0.75)]
    """
    known = [(one.mean, max(one.variance, SMALLEST_SHARE)) for one in areas if one.mean is not None]
    if not known:
        return []
    between = _between(known)
    precision = sum(1 / (between + own) for _mean, own in known)
    common = sum(mean / (between + own) for mean, own in known) / precision
    unsure = 2 * len(known) / precision**2  # variance of `between`
    found = []
    for one in areas:
        if one.mean is None:
            kept, estimate = 0.0, common
            error = between + sqrt(unsure) + 1 / precision
        else:
            own = max(one.variance, SMALLEST_SHARE)
            kept = between / (between + own)
            estimate = kept * one.mean + (1 - kept) * common
            error = kept * own + (1 - kept) ** 2 / precision
            error += 2 * own**2 / (between + own) ** 3 * unsure
        half = Z95 * sqrt(error)
        found.append(Borrowed(one.code, estimate, estimate - half, estimate + half, 1 - kept))
    return found


def _between(known: Sequence[tuple[float, float]]) -> float:
    """The variance between areas, by bisection: the sum falls while it grows."""
    wanted = len(known) - 1
    if wanted < 1 or _spread(known, 0.0) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while _spread(known, high) > wanted:
        high *= 2
    for _step in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _spread(known, middle) > wanted else (low, middle)
    return (low + high) / 2


def _spread(known: Sequence[tuple[float, float]], between: float) -> float:
    weights = [1 / (between + own) for _mean, own in known]
    common = sum(w * mean for w, (mean, _own) in zip(weights, known, strict=True)) / sum(weights)
    return sum(w * (mean - common) ** 2 for w, (mean, _own) in zip(weights, known, strict=True))
