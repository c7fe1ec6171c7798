"""What a figure can be: the ends of each unit, wherever a value comes in."""

from __future__ import annotations

Ends = tuple[float | None, float | None]

# The least and the most that a figure of a unit can be; None is no end. A unit of a city's own may
# be anything: nobody told what it measures.
ENDS: dict[str, Ends] = {
    "percent": (0.0, 100.0),
    "percent_of_plan": (0.0, None),
    "percent_change": (-100.0, None),
    "permille": (0.0, 1000.0),
    "per_100k": (0.0, None),
    "per_10k": (0.0, None),
    "per_km2": (0.0, None),
    "m2": (0.0, None),
    "db": (0.0, 200.0),
    "years": (0.0, 150.0),
    "days": (0.0, None),
    "count": (0.0, None),
    "index": (0.0, None),
    "ratio": (0.0, None),
    "score": (0.0, None),
}
# What people write with “%”, and whose differences are points.
PER_CENT = frozenset({"percent", "percent_of_plan", "percent_change"})
# Of these 0.85 may be 85 %, as a spreadsheet keeps it, or 0.85 %: nobody knows who does not ask.
SHARES = frozenset({"percent", "percent_of_plan"})


def ends(unit: str) -> Ends:
    """The ends between which a figure of a unit must lie; None is no end.

    A growth rate may fall by all there was and rise by any amount:

    >>> ends("percent"), ends("percent_change"), ends("m2"), ends("°C")
    ((0.0, 100.0), (-100.0, None), (0.0, None), (None, None))
    """
    return ENDS.get(unit, (None, None))


def in_range(value: float, unit: str) -> bool:
    """Whether a figure of this unit can be at all.

    >>> in_range(100, "percent"), in_range(230, "percent"), in_range(230, "percent_of_plan")
    (True, False, True)
    """
    low, high = ends(unit)
    return (low is None or value >= low) and (high is None or value <= high)


def may_be_a_share(value: float, unit: str) -> bool:
    """Whether a bare number may be meant as a share of 1 where per cent are asked.

    >>> may_be_a_share(0.23, "percent"), may_be_a_share(23, "percent"), may_be_a_share(0.23, "ratio")
    (True, False, False)
    """
    return unit in SHARES and 0 < value < 1
