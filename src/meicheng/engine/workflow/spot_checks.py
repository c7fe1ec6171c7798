"""Which reported work is seen on the spot, and what the drawn ones say of all.

The draw needs no dice and no secret: it reads the hash of the event that reports the work as done.
That hash covers the server's time to the microsecond, so nobody foresees it, and whoever has the
chain can work out again whether the case was rightly drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

_ALL = 16**13  # as many hashes as a float tells apart
_Z95 = 1.959963984540054


def is_drawn(event_hash: str, chance: float) -> bool:
    """Whether the event with this hash is drawn, with a known chance from 0 to 1.

    >>> is_drawn("7fffffffffffffff", 0.5), is_drawn("8000000000000000", 0.5)
    (True, False)
    """
    return int(event_hash[:13], 16) < chance * _ALL


@dataclass(frozen=True)
class FailedShare:
    """The share of reported work that a look on the spot would fail, with its 95 % interval."""

    checks: int
    failed: int
    share: float
    low: float
    high: float


def failed_share(checks: Iterable[tuple[float, bool]]) -> FailedShare | None:
    """Estimate the share of failures among all work from drawn checks: (chance, failed).

    Every check stands for 1/chance reported cases (Hájek's ratio): p = Σ fᵢ/πᵢ ÷ Σ 1/πᵢ. The
    interval is Wilson's with Kish's effective number n = (Σw)² ÷ Σw². None without checks.

    One that failed of two drawn at 0.5, one that passed of one drawn at 1: weights 2, 2, 1;
    p = 2/5; n = 25/9.

    >>> found = failed_share([(0.5, True), (0.5, False), (1.0, False)])
    >>> round(found.share, 3), round(found.low, 3), round(found.high, 3)
    (0.4, 0.08, 0.836)

    Sources: C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), 5.7;
    L. Kish, Survey Sampling (1965), 11.7; E. B. Wilson (1927).
    """
    pairs = [(1 / chance, failed) for chance, failed in checks]
    if not pairs:
        return None
    total = sum(weight for weight, _failed in pairs)
    share = sum(weight for weight, failed in pairs if failed) / total
    n = total * total / sum(weight * weight for weight, _failed in pairs)
    z2 = _Z95 * _Z95
    centre = (n * share + z2 / 2) / (n + z2)
    half = _Z95 / (n + z2) * sqrt(n * share * (1 - share) + z2 / 4)
    failures = sum(failed for _weight, failed in pairs)
    return FailedShare(
        len(pairs), failures, share, max(0.0, centre - half), min(1.0, centre + half)
    )
