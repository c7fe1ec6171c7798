"""Satisfaction from those who rated and from some of the others, drawn by lot and called back."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from meicheng.engine.ranking.rates import Z95, Rate


@dataclass(frozen=True)
class Combined:
    """A share of all, from 0 to 1, with its 95 % interval, and how far those not reached could move it."""

    share: float
    low: float
    high: float
    least: float  # were nobody satisfied of those drawn and not reached
    most: float  # were all of them


def combined(rated: Rate, silent: int, called: Rate, *, drawn: int) -> Combined | None:
    """The share satisfied among all who were answered: those who rated, and the silent ones.

    Those who rated (`rated`) speak for themselves alone. Of the `silent` others, `drawn` were drawn
    by lot and `called` tells of those reached. Double sampling of the non-respondents:

        p = (n1·p1 + n2·p2) / (n1 + n2)        V(p) = (n2/n)² · (1 − r/n2) · p2(1 − p2) / r

    The interval is Wilson's of p2, with r enlarged by the finite population, r(n2 − 1)/(n2 − r), so
    that it is none at all once everybody was reached. Not reached counts as reached by chance; `least`
    and `most` say what would be if that were as wrong as it can be. None where nobody was reached.

    Source: M. H. Hansen and W. N. Hurwitz, The problem of non-response in sample surveys, Journal
    of the American Statistical Association 41 (1946), 517–529.

    Of 100 answered 40 rated, 30 of them satisfied (75 %). Of the 60 others 20 were called, 8 of
    them satisfied: (30 + 60 × 0.4) / 100 = 54 %.

    >>> found = combined(Rate(30, 40), 60, Rate(8, 20), drawn=20)
    >>> round(found.share, 2), round(found.low, 2), round(found.high, 2)
    (0.54, 0.45, 0.65)
    >>> combined(Rate(30, 40), 0, Rate(0, 0), drawn=0).share
    0.75
    """
    everybody = rated.among + silent
    if not everybody or (silent and not called.among):
        return None
    if not silent:
        share = rated.hits / everybody
        return Combined(share, share, share, share, share)
    low, high = _wilson(called.hits / called.among, called.among, silent)
    unknown = max(0, drawn - called.among)

    def of_all(part: float) -> float:
        return (rated.hits + silent * part) / everybody

    return Combined(
        of_all(called.hits / called.among),
        of_all(low),
        of_all(high),
        of_all(called.hits / max(1, called.among + unknown)),
        of_all((called.hits + unknown) / max(1, called.among + unknown)),
    )


def _wilson(share: float, reached: int, among: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share seen in `reached` of `among` things drawn by lot."""
    if reached >= among:
        return share, share
    n = reached * (among - 1) / (among - reached)
    z2 = Z95 * Z95
    centre = (share * n + z2 / 2) / (n + z2)
    half = Z95 / (n + z2) * sqrt(n * share * (1 - share) + z2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)
