"""Whether a conclusion survives other weights than the official ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .many import Floats, marks_of_draws


@dataclass(frozen=True)
class Standing:
    """A place's marks and rank with the official weights, and what other weights make of them."""

    code: str
    marks: float
    interval: tuple[float, float]
    rank: int
    ranks: tuple[int, int]
    first: float


@dataclass(frozen=True)
class Robustness:
    """Places under varied weights; `ahead[a, b]` is the share of draws that put a above b."""

    places: tuple[Standing, ...]
    ahead: Mapping[tuple[str, str], float]

    def survives(self, better: str, worse: str, *, at_least: float = 0.95) -> bool:
        """Whether “`better` is ahead of `worse`” holds for nearly all weights."""
        return self.ahead[better, worse] >= at_least


def robustness(
    document: Mapping[str, Any],
    shares: Mapping[str, Mapping[str, float | None]],
    *,
    spread: float = 0.3,
    draws: int = 2000,
    seed: int = 0,
) -> Robustness:
    """Marks and ranks of places when the weights of all siblings vary around the official ones.

    `shares` gives each place's share by criterion. At every node the weights of its parts are drawn
    from a Dirichlet distribution whose means are the official shares w; its concentration is set so
    that a part of average size, 1/k of k, has a standard deviation of `spread` times itself:

        w ~ Dirichlet(c · w_official),   c = (k − 1) / spread² − 1

    (from var = w(1 − w)/(c + 1) at w = 1/k). The same weights are used for every place of a draw.

    Source: Saisana, Saltelli, Tarantola, Uncertainty and sensitivity analysis techniques as tools
    for the quality assessment of composite indicators, J. R. Stat. Soc. A 168 (2005), 307–323.
    """
    if not 0 < spread <= 1:
        raise ValueError(f"spread is {spread}; expected more than 0 and at most 1")
    drawn: dict[str, Floats] = {}
    dice = np.random.default_rng(seed)

    def weights(node: str, official: Sequence[float]) -> Floats:
        if node not in drawn:
            count, total = len(official), sum(official)
            if count == 1:
                drawn[node] = np.ones((1, 1))
            else:
                strength = max((count - 1) / spread**2 - 1, 1e-6)
                drawn[node] = dice.dirichlet(
                    [strength * weight / total for weight in official], size=draws
                )
        return drawn[node]

    codes = list(shares)
    columns = {
        place: {code: np.full(draws, found) for code, found in known.items() if found is not None}
        for place, known in shares.items()
    }
    official = {place: float(marks_of_draws(document, columns[place])[0][0]) for place in codes}
    table = np.stack(
        [
            np.broadcast_to(marks_of_draws(document, columns[p], weights)[0], (draws,))
            for p in codes
        ],
        axis=1,
    )
    table = np.nan_to_num(table, nan=-1.0)
    ranks = 1 + (table[:, None, :] > table[:, :, None] + 1e-9).sum(axis=2)
    places = [
        Standing(
            code=code,
            marks=official[code],
            interval=_range(table[:, position]),
            rank=1 + sum(official[other] > official[code] + 1e-9 for other in codes),
            ranks=_rank_range(ranks[:, position]),
            first=float((ranks[:, position] == 1).mean()),
        )
        for position, code in enumerate(codes)
    ]
    ahead = {
        (one, other): float((table[:, i] > table[:, j] + 1e-9).mean())
        for i, one in enumerate(codes)
        for j, other in enumerate(codes)
        if i != j
    }
    return Robustness(tuple(sorted(places, key=lambda place: (place.rank, place.code))), ahead)


def _range(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _rank_range(ranks: Any) -> tuple[int, int]:
    low, high = np.quantile(ranks, [0.025, 0.975], method="closest_observation")
    return int(low), int(high)
