"""What of a ranking of places would stand if the standard weighed its parts otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.engine.scoring.robustness import Robustness, robustness
from meicheng.places.models import Division
from meicheng.standards.models import Framework
from meicheng.tables.charts import Chart, Series

from .periods import Period
from .queries import assess

SPREADS = (0.1, 0.3, 0.5)  # how far a weight strays from the official one, as a share of it
DRAWS = 2000
SURVIVES = 0.95  # of the draws, for a conclusion to be one


@dataclass(frozen=True)
class Row:
    """A place with its marks and rank, and what other weights make of them."""

    division: Division
    marks: float
    interval: tuple[float, float]
    rank: int
    ranks: tuple[int, int]
    first: float


@dataclass(frozen=True)
class Conclusion:
    """“`better` is ahead of `worse`”, and in which part of the draws it holds."""

    better: Division
    worse: Division
    holds: float

    @property
    def survives(self) -> bool:
        """Whether it holds for nearly all weights."""
        return self.holds >= SURVIVES


@dataclass(frozen=True)
class Robust:
    """Places in order of their marks, and the conclusion between each and the next."""

    rows: tuple[Row, ...]
    conclusions: tuple[Conclusion, ...]
    unknown: tuple[Division, ...]


def robust(
    framework: Framework, period: Period, places: Sequence[Division], *, spread: float
) -> Robust:
    """Marks and ranks of places while the weights of the standard vary (see `robustness`).

    Only the weights vary here: how sure the shares themselves are is told by the interval of the
    marks. Places of which nothing is known stand in `unknown`. At most 10 SQL statements a place.
    """
    shares: dict[str, dict[str, float | None]] = {}
    for place in places:
        result = assess(framework, period, place, by_site=False)
        if result.marks is not None:
            shares[place.code] = {one.code: one.share for one in result.criteria}
    by_code = {place.code: place for place in places}
    unknown = tuple(place for place in places if place.code not in shares)
    if not shares:
        return Robust((), (), unknown)
    found = robustness(framework.document, shares, spread=spread, draws=DRAWS)
    rows = tuple(
        Row(by_code[one.code], one.marks, one.interval, one.rank, one.ranks, one.first)
        for one in found.places
    )
    return Robust(rows, _conclusions(found, by_code), unknown)


def robust_chart(found: Robust, says: str) -> Chart:
    """Each place's marks with the range that other weights give them."""
    return Chart(
        kind="ranges",
        title=_("Marks when weights vary"),
        says=says,
        labels_are=_("Place"),
        labels=[row.division.name for row in found.rows],
        series=[
            Series(
                _("Marks with the official weights"),
                [row.marks for row in found.rows],
                [row.interval for row in found.rows],
            )
        ],
        unit=_("marks"),
    )


def robust_words(found: Robust) -> str:
    """What of the order stands, as a sentence."""
    standing = sum(one.survives for one in found.conclusions)
    words = {"standing": standing, "all": len(found.conclusions)}
    if standing == len(found.conclusions):
        return _("Every place stays ahead of the next under nearly all weights.")
    return _("%(standing)s of %(all)s steps of the order stand under nearly all weights.") % words


def _conclusions(found: Robustness, by_code: dict[str, Division]) -> tuple[Conclusion, ...]:
    codes = [one.code for one in found.places]
    return tuple(
        Conclusion(by_code[better], by_code[worse], found.ahead[better, worse])
        for better, worse in itertools.pairwise(codes)
    )
