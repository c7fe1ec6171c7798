"""A share counted from cases, with what chance alone could make of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """`hits` of `among`, for example 183 of 190 cases closed on time."""

    hits: int
    among: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.among:
            raise ValueError(f"{self.hits} of {self.among} is not a share")

    @property
    def share(self) -> float | None:
        """The share from 0 to 1; None where nothing was counted.

        >>> Rate(183, 190).share
        0.9631578947368421
        """
        return self.hits / self.among if self.among else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share that the unit's way of working would give.

        A month's cases are all counted, yet next month's would differ by chance though nobody
        worked otherwise; the interval is about the way of working. Centre and half-width:

            (h + z²/2) / (n + z²)      z/(n + z²) · sqrt(h(n−h)/n + z²/4)

        Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209–212.

        >>> low, high = Rate(8, 10).interval   # centre (8 + 1.9207)/13.8415 = 0.7167
        >>> round(low, 4), round(high, 4)
        (0.4902, 0.9433)
        """
        if not self.among:
            return None
        n, z2 = self.among, Z95 * Z95
        centre = (self.hits + z2 / 2) / (n + z2)
        half = Z95 / (n + z2) * sqrt(self.hits * (n - self.hits) / n + z2 / 4)
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def variance(self) -> float:
        """Variance of the share, kept above zero for 0 of n and n of n (Agresti and Coull 1998).

        p̃ = (h + 2)/(n + 4) and p̃(1 − p̃)/(n + 4):

        >>> round(Rate(10, 10).variance, 5)    # 12/14 · 2/14 / 14
        0.00875
        """
        n = self.among + 4
        p = (self.hits + 2) / n
        return p * (1 - p) / n


def told_apart(one: Rate, other: Rate) -> bool:
    """Whether two rates differ by more than chance, at the 5 % level.

    Two-sided z-test of the difference with Agresti and Caffo's (2000) one success and one failure
    added to each side, which holds its level in small samples.

    >>> told_apart(Rate(90, 100), Rate(70, 100))
    True
    >>> told_apart(Rate(9, 10), Rate(7, 10))
    False
    """
    if not one.among or not other.among:
        return False
    p = (one.hits + 1) / (one.among + 2)
    q = (other.hits + 1) / (other.among + 2)
    spread = sqrt(p * (1 - p) / (one.among + 2) + q * (1 - q) / (other.among + 2))
    return abs(p - q) > Z95 * spread
