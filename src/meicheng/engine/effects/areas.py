"""One area's weeks, its rate and trend in some of them, and which other areas are like some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Area:
    """What happened in an area, week by week.

    events: what was counted (cases found, answers that failed).
    exposure: what it is counted of, in the unit of the rate (ten thousand residents, answers); a
    week with none says nothing.
    """

    code: str
    events: Sequence[float]
    exposure: Sequence[float]

    def rate(self, first: int, end: int) -> float | None:
        """Events by exposure from week `first` to before `end`; None where there is no exposure.

        >>> Area("LC01", [4, 2, 1, 1], [2, 2, 2, 2]).rate(0, 2)
        1.5
        """
        whole = float(sum(self.exposure[first:end]))
        return float(sum(self.events[first:end])) / whole if whole > 0 else None

    def change(self, at: int, *, first: int = 0, end: int | None = None) -> float | None:
        """The rate from week `at` on, less the rate before it.

        >>> Area("LC01", [4, 2, 1, 1], [2, 2, 2, 2]).change(2)
        -1.0
        """
        before = self.rate(first, at)
        after = self.rate(at, len(self.events) if end is None else end)
        return None if before is None or after is None else after - before

    def slope(self, end: int) -> float | None:
        """By how much the rate rose each week before `end`: a straight line by least squares.

        Weeks weigh by their exposure. None where fewer than three weeks have any.

        >>> Area("LC01", [1, 2, 3, 9], [1, 1, 1, 1]).slope(3)
        1.0
        """
        weights = np.asarray(self.exposure[:end], dtype=float)
        known = weights > 0
        if known.sum() < 3:
            return None
        weights = weights[known]
        weeks = np.arange(end, dtype=float)[known]
        rates = np.asarray(self.events[:end], dtype=float)[known] / weights
        weeks = weeks - np.average(weeks, weights=weights)
        spread = float(np.sum(weights * weeks**2))
        return round(float(np.sum(weights * weeks * rates)) / spread, 12)


def most_alike(
    treated: Sequence[Area], others: Sequence[Area], *, before: int, count: int
) -> list[Area]:
    """The `count` areas most like the treated ones in level and trend of the weeks `before`.

    Distance in standard deviations of all the areas' levels and slopes, the two alike; areas of
    which nothing is known are not offered. Ties go by code, so that all see the same.

    >>> flat = [Area(code, [rate] * 4, [1] * 4) for code, rate in (("a", 5), ("b", 9), ("c", 4))]
    >>> [one.code for one in most_alike([Area("t", [5, 5, 4, 5], [1] * 4)], flat, before=4, count=2)]
    ['a', 'c']
    """
    own = [place for one in treated if (place := _place(one, before))]
    known = [(one, place) for one in others if (place := _place(one, before))]
    if not own or not known:
        return []
    everything = np.array(own + [place for _one, place in known])
    spread = everything.std(axis=0)
    spread[spread == 0] = 1.0
    middle = np.mean(own, axis=0)
    far = {
        one.code: float(np.hypot(*((np.array(place) - middle) / spread))) for one, place in known
    }
    nearest = sorted((one for one, _place in known), key=lambda one: (far[one.code], one.code))
    return nearest[:count]


def _place(area: Area, before: int) -> tuple[float, float] | None:
    level, slope = area.rate(0, before), area.slope(before)
    return None if level is None or slope is None else (level, slope)
