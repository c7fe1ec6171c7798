"""Marks composed of rates, and places given only where the difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from .rates import Z95, Rate


@dataclass(frozen=True)
class Weighted:
    """One rate's part in the marks: `counts="less"` where a lower share is better."""

    code: str
    marks: float
    counts: str = "more"

    def share_of(self, rate: Rate) -> float | None:
        """The share of its marks that a rate earns."""
        if rate.share is None:
            return None
        return rate.share if self.counts == "more" else 1.0 - rate.share


@dataclass(frozen=True)
class Mark:
    """Marks out of 100 with their standard error; `coverage` is the share of weight known."""

    value: float
    error: float
    coverage: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval within 0 to 100."""
        return max(0.0, self.value - Z95 * self.error), min(100.0, self.value + Z95 * self.error)


@dataclass(frozen=True)
class Entrant:
    """Somebody to be placed: a district or a unit with its rates."""

    code: str
    rates: Mapping[str, Rate]

    @property
    def cases(self) -> int:
        """The largest number that any of its rates was counted among."""
        return max((rate.among for rate in self.rates.values()), default=0)


@dataclass(frozen=True)
class Placed:
    """An entrant with its marks and the places it may hold: 1 to 2 is “first or second”."""

    entrant: Entrant
    mark: Mark | None
    place: int | None
    last_place: int | None


def mark_of(rates: Mapping[str, Rate], parts: Sequence[Weighted]) -> Mark | None:
    """Marks out of 100: the known rates' shares by weight, renormalised over what is known.

    On time 60, done at once 20, satisfied 20, with 95/100, 90/100 and nobody asked:
    (60 × 0.95 + 20 × 0.90) / 80 × 100 = 93.75.

    >>> parts = [Weighted("on_time", 60), Weighted("redone", 20, "less"), Weighted("satisfied", 20)]
    >>> round(mark_of({"on_time": Rate(95, 100), "redone": Rate(10, 100)}, parts).value, 2)
    93.75
    """
    total = sum(part.marks for part in parts)
    known = [
        (part, share, rates[part.code].variance)
        for part in parts
        if part.code in rates and (share := part.share_of(rates[part.code])) is not None
    ]
    weight = sum(part.marks for part, _share, _variance in known)
    if not weight:
        return None
    value = sum(part.marks * share for part, share, _variance in known) / weight
    variance = sum((part.marks / weight) ** 2 * var for part, _share, var in known)
    return Mark(value * 100, sqrt(variance) * 100, weight / total)


def place(
    entrants: Sequence[Entrant], parts: Sequence[Weighted], *, at_least: int = 10
) -> list[Placed]:
    """Order entrants by marks; those that chance alone could have put the other way share a place.

    An entrant's best place is one more than the number of entrants that are surely better, its
    last place the number of entrants less those that are surely worse. Surely: the difference of
    marks is over 1.96 of its standard error. Who has fewer than `at_least` cases is not placed.

    >>> parts = [Weighted("on_time", 100)]
    >>> rows = place([Entrant("A", {"on_time": Rate(99, 100)}),
    ...               Entrant("B", {"on_time": Rate(98, 100)}),
    ...               Entrant("C", {"on_time": Rate(60, 100)})], parts)
    >>> [(row.entrant.code, row.place, row.last_place) for row in rows]
    [('A', 1, 2), ('B', 1, 2), ('C', 3, 3)]
    """
    marked = [(entrant, mark_of(entrant.rates, parts)) for entrant in entrants]
    ranked = [(e, m) for e, m in marked if m is not None and e.cases >= at_least]
    ranked.sort(key=lambda pair: (-pair[1].value, pair[0].code))
    unranked = [(e, m) for e, m in marked if m is None or e.cases < at_least]
    unranked.sort(key=lambda pair: pair[0].code)

    def surely_better(one: Mark, other: Mark) -> bool:
        return one.value - other.value > Z95 * sqrt(one.error**2 + other.error**2)

    rows = []
    for entrant, mark in ranked:
        better = sum(surely_better(other, mark) for _other, other in ranked)
        worse = sum(surely_better(mark, other) for _other, other in ranked)
        rows.append(Placed(entrant, mark, better + 1, len(ranked) - worse))
    return rows + [Placed(entrant, mark, None, None) for entrant, mark in unranked]
