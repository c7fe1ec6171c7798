"""Carries shares across editions, so that a trend runs on where a standard changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from .crosswalk import Crosswalk
from .model import Framework, Node


@dataclass(frozen=True)
class Carried:
    """The share that a new part gets from the old ones.

    `known` is how much of the old weight behind it has a share: 1 where all of it is known.
    """

    share: float
    known: float


def carried_across(
    crosswalk: Crosswalk,
    shares: Mapping[str, float | None],
    weights: Mapping[str, float],
) -> dict[str, Carried]:
    """Shares of full marks under the new edition's codes, from those under the old one's.

    An old part o with full marks W_o that hands the share f of itself to the new part n brings
    W_o · f marks along, of which it had s_o. The new part's share is the mean by what is brought:

        s_n = Σ_o W_o · f_on · s_o  /  Σ_o W_o · f_on        over the o whose share is known

    `shares` and `weights` (full marks) are by the old codes, nodes and criteria alike. A new part
    of which nothing is known is not in the result; nothing is filled in.

    Old 3.1 of 30 marks (share 0.9) becomes 3.1.1 and 3.1.2 half and half; old 3.2 of 10 marks
    (share 0.5) becomes 3.1.2 whole. Then 3.1.1 has 0.9, and 3.1.2 has
    (15 · 0.9 + 10 · 0.5) / (15 + 10) = 0.74:

    >>> from .crosswalk import EditionKey, Link
    >>> old, new = EditionKey("s", "1"), EditionKey("s", "2")
    >>> crosswalk = Crosswalk(old, new, (
    ...     Link("3.1", ("3.1.1", "3.1.2"), (0.5, 0.5)), Link("3.2", ("3.1.2",), (1.0,))))
    >>> found = carried_across(crosswalk, {"3.1": 0.9, "3.2": 0.5}, {"3.1": 30, "3.2": 10})
    >>> {code: round(one.share, 3) for code, one in found.items()}
    {'3.1.1': 0.9, '3.1.2': 0.74}
    """
    brought: dict[str, float] = defaultdict(float)
    known: dict[str, float] = defaultdict(float)
    marks: dict[str, float] = defaultdict(float)
    for link in crosswalk.links:
        share = shares.get(link.old)
        for code, part in zip(link.new, link.shares, strict=True):
            weight = weights.get(link.old, 0.0) * part
            brought[code] += weight
            if share is not None:
                known[code] += weight
                marks[code] += weight * share
    return {
        code: Carried(marks[code] / weight, weight / brought[code])
        for code, weight in known.items()
        if weight > 0
    }


def spread_over_criteria(framework: Framework, carried: Mapping[str, Carried]) -> dict[str, float]:
    """Shares by criterion of the new edition: a node's share is that of every criterion below it.

    With them the new edition's tree can be added up as with any other shares.
    """
    found: dict[str, float] = {}

    def walk(node: Node, share: float | None) -> None:
        own = carried.get(node.code)
        share = own.share if own is not None else share
        for leaf in node.criteria:
            its = carried.get(leaf.code)
            value = its.share if its is not None else share
            if value is not None and leaf.method != "veto":
                found[leaf.code] = value
        for child in node.children:
            walk(child, share)

    for top in framework.nodes:
        walk(top, None)
    return found
