"""What an answer weighs: for how many it stands, who did not answer, and what is known of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 5  # answers that a class needs before it speaks for those of it who did not answer
BOUNDS = (0.3, 3.0)  # how far raking may move a weight from where it stood
TOLERANCE = 1e-6  # of the total
ROUNDS = 200


@dataclass(frozen=True)
class Class:
    """Those drawn who are taken as alike in whether they answer: a stratum, mostly.

    drawn: sum of the design weights of all who were drawn; answered: of those who answered.
    """

    name: str
    drawn: float
    answered: float
    answers: int


def response_factors(classes: Sequence[Class]) -> dict[str, float]:
    """By how much answers of each class weigh more, because others of it did not answer.

    The factor is drawn / answered. A class with fewer than `FEWEST` answers is joined with the one
    next to it in the order given (strata of one district stand side by side), so that no single
    answer speaks for a crowd.

    Source: Särndal, Lundström, Estimation in Surveys with Nonresponse (2005), chapter 6
    (weighting-class adjustment).

    Of 100 households drawn at 1 in 20, 50 answered: each stands for 40 instead of 20.

    >>> response_factors([Class("a", 2000, 1000, 50), Class("b", 500, 20, 1)])
    {'a': 2.450980392156863, 'b': 2.450980392156863}
    """
    pools: list[list[Class]] = []
    for one in classes:
        if pools and (one.answers < FEWEST or sum(other.answers for other in pools[-1]) < FEWEST):
            pools[-1].append(one)
        else:
            pools.append([one])
    factors: dict[str, float] = {}
    for pool in pools:
        answered = sum(one.answered for one in pool)
        factor = sum(one.drawn for one in pool) / answered if answered else 0.0
        factors |= {one.name: factor for one in pool}
    return factors


@dataclass(frozen=True)
class Margin:
    """What is known of all people by one trait: shares by its values; they need not add up to 1."""

    name: str
    values: Sequence[str | None]  # of each answer; None where it was not said
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Miss:
    """Why raking did not reach what is known: nobody answered, or the bounds hold it back."""

    margin: str
    value: str
    wanted: float  # share
    reached: float
    nobody: bool


@dataclass(frozen=True)
class Raked:
    """Weights that agree with the margins as far as they can, and where they do not."""

    weights: np.ndarray
    converged: bool
    rounds: int
    misses: tuple[Miss, ...]


def rake(
    weights: Sequence[float],
    margins: Sequence[Margin],
    *,
    bounds: tuple[float, float] = BOUNDS,
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
) -> Raked:
    """Move weights until the shares of every margin are as they are known to be.

    Each margin in turn multiplies the weights of its values to fit, until all fit at once
    (iterative proportional fitting); after every round no weight lies outside `bounds` times what
    it was at first, so that nobody speaks for far too many. Those who said one of a margin's values
    stand for as many as before; who did not say keeps her weight. A value that nobody has is left
    out, the others of its margin take its share, and it is named as a miss; so are values that the
    bounds hold back, which is when it did not converge.

    Source: W. E. Deming, F. F. Stephan, On a least squares adjustment of a sampled frequency table,
    Annals of Mathematical Statistics 11 (1940), 427-444; bounds as in J.-C. Deville, C.-E. Särndal,
    O. Sautory, Generalized raking procedures, JASA 88 (1993), 1013-1020.

    Three women and one man of equal weight, where half are men:

    >>> known = Margin("sex", ["f", "f", "f", "m"], {"f": 0.5, "m": 0.5})
    >>> rake([1, 1, 1, 1], [known]).weights.round(4).tolist()
    [0.6667, 0.6667, 0.6667, 2.0]
    """
    first = np.asarray(weights, dtype=float)
    now = first.copy()
    groups, misses = _groups(first, margins)
    low, high = first * bounds[0], first * bounds[1]
    said = [sum(float(first[places].sum()) for places, _s, _v in margin) for margin in groups]
    done = 0
    while done < rounds:
        done += 1
        for margin, among in zip(groups, said, strict=True):
            for places, share, _value in margin:
                there = float(now[places].sum())
                if there > 0:
                    now[places] *= share * among / there
        now = np.clip(now, low, high)
        if _worst(now, groups) <= tolerance:
            break
    held = [
        Miss(name, value, share, reached, nobody=False)
        for name, margin in zip((one.name for one in margins), groups, strict=True)
        for value, share, reached in _reached(now, margin)
        if abs(share - reached) > tolerance
    ]
    return Raked(now, not held and not misses, done, (*misses, *held))


_Group = list[tuple[np.ndarray, float, str]]


def _groups(first: np.ndarray, margins: Sequence[Margin]) -> tuple[list[_Group], list[Miss]]:
    """For each margin which answers have which value, with its share among values that occur."""
    groups, misses = [], []
    for margin in margins:
        values = np.array([value or "" for value in margin.values], dtype=object)
        whole = sum(margin.shares.values()) or 1.0
        group = []
        for value, share in margin.shares.items():
            places = values == value
            if not (places & (first > 0)).any():
                if share > 0:
                    misses.append(Miss(margin.name, value, share / whole, 0.0, nobody=True))
                continue
            group.append((places, share / whole, value))
        known = sum(share for _places, share, _value in group) or 1.0
        groups.append([(places, share / known, value) for places, share, value in group])
    return groups, misses


def _reached(now: np.ndarray, group: _Group) -> list[tuple[str, float, float]]:
    said = sum(float(now[places].sum()) for places, _share, _value in group) or 1.0
    return [(value, share, float(now[places].sum()) / said) for places, share, value in group]


def _worst(now: np.ndarray, groups: Sequence[_Group]) -> float:
    return max(
        (
            abs(share - reached)
            for group in groups
            for _value, share, reached in _reached(now, group)
        ),
        default=0.0,
    )


def unequal_weights(weights: Sequence[float]) -> float:
    """How many times larger variances are because weights differ: n Σw² / (Σw)².

    Source: L. Kish, Survey Sampling (1965), 11.7.

    >>> unequal_weights([1, 1, 1, 1]), round(unequal_weights([1, 1, 2]), 3)
    (1.0, 1.125)
    """
    among = np.asarray(weights, dtype=float)
    return float(len(among) * (among**2).sum() / among.sum() ** 2) if among.sum() else 1.0
