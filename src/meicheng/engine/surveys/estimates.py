"""How sure a survey's figure is: its interval by the way in which people were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Design:
    """How the answers were drawn: the cluster of each, and the stratum of each cluster.

    clusters: for each answer the number of its cluster (its own where nothing was clustered).
    strata: for each cluster the number of its stratum. sampled: for each stratum the share of its
    clusters that was drawn; 0 leaves the finite correction out.
    """

    clusters: np.ndarray
    strata: np.ndarray
    sampled: np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A weighted mean with its standard error, 95 % interval and design effect."""

    mean: float
    error: float
    low: float
    high: float
    effect: float  # how many times larger the variance is than of as many drawn by plain lot
    answers: int


def design_of(strata: Sequence[str], clusters: Sequence[str], sampled: dict[str, float]) -> Design:
    """The design of answers whose strata and clusters have names."""
    names = sorted(set(strata))
    number = {name: place for place, name in enumerate(names)}
    pairs = sorted(set(zip(strata, clusters, strict=True)))
    place_of = {pair: place for place, pair in enumerate(pairs)}
    return Design(
        np.array([place_of[pair] for pair in zip(strata, clusters, strict=True)], dtype=int),
        np.array([number[stratum] for stratum, _cluster in pairs], dtype=int),
        np.array([sampled.get(name, 0.0) for name in names], dtype=float),
    )


def mean_of(
    values: np.ndarray, weights: np.ndarray, design: Design, among: np.ndarray | None = None
) -> Estimate | None:
    """The weighted mean of values from 0 to 1, of all or of those `among` whom it is asked.

    The mean m = Σwy/Σw is linearised: an answer adds z = w(y − m)/Σw, a cluster the sum of its
    answers' (0 where none is among them), and

        V = Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_c (z_hc − z̄_h)²

    over strata h with n_h clusters; a stratum with one cluster is taken about zero. Clusters of
    which nobody answered are not seen. That weights were raked is left out of V, which makes it
    rather too large than too small. The interval is Wilson's with m(1 − m)/V answers, which stays
    within 0 to 1. None where nobody answered.

    Source: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5-5.7; C. Franco
    and others, Comparative study of confidence intervals for proportions in complex sample surveys,
    Journal of Survey Statistics and Methodology 7 (2019), 334-364.

    Four answers by plain lot, three of them yes: V = 4/3 · (3 · (1/16)² + (3/16)²) = 1/16.

    >>> plain = design_of(["a"] * 4, ["1", "2", "3", "4"], {})
    >>> found = mean_of(np.array([1.0, 1, 1, 0]), np.ones(4), plain)
    >>> found.mean, round(found.error**2, 6), round(found.effect, 4)
    (0.75, 0.0625, 1.0)
    """
    inside = np.ones(len(values), dtype=bool) if among is None else among
    used = np.where(inside, weights, 0.0)
    total = float(used.sum())
    count = int((inside & (weights > 0)).sum())
    if total <= 0 or not count:
        return None
    mean = float((used * values).sum() / total)
    variance = _variance(used * (values - mean) / total, design)
    spread = float((used * (values - mean) ** 2).sum() / total)
    plain = spread / (count - 1) if count > 1 else 0.0
    low, high = _wilson(mean, variance, spread, count, used[inside])
    return Estimate(mean, sqrt(variance), low, high, variance / plain if plain > 0 else 1.0, count)


def _variance(z: np.ndarray, design: Design) -> float:
    """Of a sum of clusters' parts, drawn within strata."""
    sums = np.bincount(design.clusters, weights=z, minlength=len(design.strata))
    many = len(design.sampled)
    drawn = np.bincount(design.strata, minlength=many)
    first = np.bincount(design.strata, weights=sums, minlength=many)
    second = np.bincount(design.strata, weights=sums**2, minlength=many)
    alone = drawn <= 1
    several = np.maximum(drawn, 2)
    about_mean = several / (several - 1) * (second - first**2 / np.maximum(drawn, 1))
    return float(max(0.0, ((1 - design.sampled) * np.where(alone, second, about_mean)).sum()))


def _wilson(
    mean: float, variance: float, spread: float, count: int, weights: np.ndarray
) -> tuple[float, float]:
    """Wilson's interval with as many answers as would be as sure if drawn by plain lot.

    Where all answers are the same there is no spread to see: the answers count as many as their
    unequal weights leave of them. Values between 0 and 1 spread less than yes and no do, and have
    the more answers for it.
    """
    if variance > 0 and 0 < mean < 1 and spread > 0:
        worth = mean * (1 - mean) / variance
    else:
        worth = float(weights.sum() ** 2 / (weights**2).sum()) if count else 1.0
    z2 = Z95 * Z95
    centre = (mean * worth + z2 / 2) / (worth + z2)
    half = Z95 / (worth + z2) * sqrt(mean * (1 - mean) * worth + z2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)
