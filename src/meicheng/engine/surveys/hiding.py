"""Which figures of small groups are not told, so that nobody is found among few."""

from __future__ import annotations

from collections.abc import Sequence

FEWEST = 10  # answers of a group below which no figure of it is told


def hidden(counts: Sequence[int], *, fewest: int = FEWEST) -> frozenset[int]:
    """The places of the groups whose figures are not told.

    Those with fewer than `fewest` answers. Where all groups together are told as well, what one
    hidden group holds is the total less the others; so there are none or at least two of them,
    with at least `fewest` answers together: the smallest of the others are hidden too.

    Source: Hundepool and others, Statistical Disclosure Control (2012), chapter 4 (primary and
    secondary suppression).

    >>> sorted(hidden([40, 3, 12, 30]))  # 3 is few; 12 is hidden with it
    [1, 2]
    >>> sorted(hidden([40, 12])), sorted(hidden([40, 0, 12]))  # an empty group tells nothing
    ([], [])
    """
    few = {place for place, count in enumerate(counts) if 0 < count < fewest}
    others = sorted(
        (place for place, count in enumerate(counts) if count >= fewest),
        key=lambda place: (counts[place], place),
    )
    while few and others and (len(few) < 2 or sum(counts[one] for one in few) < fewest):
        few.add(others.pop(0))
    return frozenset(few)
