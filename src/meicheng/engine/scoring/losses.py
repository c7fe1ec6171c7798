"""Where marks are lost: an account whose parts add up to the loss, at any level of cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .tree import Assessment

Key = TypeVar("Key")


@dataclass(frozen=True)
class Place:
    """Where a share of a criterion's loss arose; "" where the figure is the whole place's own."""

    division: str = ""
    unit: str = ""
    site_kind: str = ""


@dataclass(frozen=True)
class Entry:
    """Marks that a criterion lost at one place."""

    criterion: str
    node: str
    place: Place
    marks: float


def account(result: Assessment, failures: Mapping[str, Mapping[Place, float]]) -> Iterator[Entry]:
    """The loss of an assessment, entry by entry; all entries add up to it.

    A criterion's loss is spread over the places where it failed, in proportion to the weight of
    what failed there (for `failures`, by criterion code); without any it is the whole place's own.
    For a share of answers this is exact: with n answers of which k_p fail at place p the criterion
    of worth W loses W Σ k_p / n, of which place p has W k_p / n.

    Worked example: worth 40, 20 answers, 3 "no" in A and 1 in B: 40 × 4/20 = 8 lost, A 6, B 2.
    """
    for criterion in result.criteria:
        lost = criterion.lost
        if not lost:
            continue
        places = {p: w for p, w in failures.get(criterion.code, {}).items() if w > 0}
        total = sum(places.values())
        if not total:
            yield Entry(criterion.code, criterion.node, Place(), lost)
        for place, weight in places.items():
            yield Entry(criterion.code, criterion.node, place, lost * weight / total)


def total_by(entries: Iterable[Entry], key: Callable[[Entry], Key]) -> dict[Key, float]:
    """Marks lost by whatever `key` says of an entry, the largest first."""
    sums: dict[Key, float] = defaultdict(float)
    for entry in entries:
        sums[key(entry)] += entry.marks
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))
