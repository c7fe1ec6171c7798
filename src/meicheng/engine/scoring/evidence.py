"""What is known about a criterion in a period, before any rule is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class SiteSum(NamedTuple):
    """The sampled answers at one site: `hits` of weight that pass, among the weight that applies."""

    site: int
    stratum: str  # division × site kind
    hits: float
    among: float


@dataclass(frozen=True)
class Evidence:
    """Everything that any rule may ask for; a rule takes what its kind needs.

    values: weight of answers by value ("yes", "no", "satisfied", an answer's code).
    problems: number of problems found, for `deduct`, in all and by kind of case.
    number: the latest figure; `carried` when it is from one of the twelve months before.
    yearly: the latest figure of each year, oldest first, up to the period's.
    accepted: materials whose latest review accepted them.
    rate: hits and among, counted from cases.
    occurred: whether a veto's event holds.
    sites: sums by sampled site, for the interval; empty where only totals are known.
    """

    observations: int = 0
    site_count: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    problems: float = 0
    problems_by_kind: Mapping[str, float] = field(default_factory=dict)
    number: float | None = None
    carried: bool = False
    yearly: Sequence[tuple[int, float]] = ()
    accepted: frozenset[str] = frozenset()
    rate: tuple[float, float] | None = None
    occurred: bool = False
    sites: Sequence[SiteSum] = ()


NOTHING = Evidence()
