"""How hot a topic is: a sum whose parts can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

HALF_LIFE = 30.0  # days after which a message counts half


@dataclass(frozen=True)
class Heat:
    """The heat of a topic on a day, and the parts that it is the sum of."""

    messages: float
    votes: float
    against: float  # what is taken off for votes against
    answered: float  # what is taken off for messages that were answered

    @property
    def index(self) -> float:
        """The sum: messages + votes - against - answered, at least 0."""
        return max(0.0, self.messages + self.votes - self.against - self.answered)


Counted = tuple[float, int, int, bool]  # day, votes for, votes against, answered


def heat_of(messages: Sequence[Counted], *, at: float, half_life: float = HALF_LIFE) -> Heat:
    """The heat at an instant (in days) of messages given as (day, votes, against, answered).

    Every message that has come by then counts w = 2^(-age / half-life): 1 on its day, a half after
    30 days. Added are w · ½ · log2(1 + votes for it), since ten voters say more than one and less
    than ten who wrote; taken off are w · ¼ · log2(1 + votes against it), and w · ½ where it was
    answered. Exponential forgetting as in news rankings (half-life model); the shares are this
    product's own.

    Two messages, one of today with 7 votes, one of 30 days ago that was answered:
    messages 1 + ½, votes ½ · log2(8) = 1½, answered ½ · ½ = ¼; heat 1½ + 1½ - ¼ = 2¾.

    >>> heat_of([(30, 7, 0, False), (0, 0, 0, True)], at=30)
    Heat(messages=1.5, votes=1.5, against=0.0, answered=0.25)
    >>> heat_of([(30, 7, 0, False), (0, 0, 0, True)], at=30).index
    2.75
    """
    parts = [0.0, 0.0, 0.0, 0.0]
    for day, votes, against, answered in messages:
        if day <= at:
            weight = 2 ** (-(at - day) / half_life)
            parts[0] += weight
            parts[1] += weight * log2(1 + max(votes, 0)) / 2
            parts[2] += weight * log2(1 + max(against, 0)) / 4
            parts[3] += weight / 2 if answered else 0.0
    return Heat(*parts)


def hottest(messages: Sequence[Counted], *, half_life: float = HALF_LIFE) -> tuple[float, Heat]:
    """When the messages' heat was highest, and how high; it is on the day of one of them.

    Three on one day are hotter than three over a year:

    >>> hottest([(0, 0, 0, False), (1, 0, 0, False), (400, 0, 0, False)])[0]
    1
    """
    # Heat of what has come fades by the same factor for all of it: one pass in order of time.
    best, parts, last = (0.0, Heat(0.0, 0.0, 0.0, 0.0)), [0.0] * 4, 0.0
    ordered = sorted(messages)
    for place, (day, *_rest) in enumerate(ordered):
        fresh = heat_of(ordered[place : place + 1], at=day, half_life=half_life)
        fade = 2 ** (-(day - last) / half_life) if place else 0.0
        new = (fresh.messages, fresh.votes, fresh.against, fresh.answered)
        parts = [old * fade + part for old, part in zip(parts, new, strict=True)]
        last = day
        heat = Heat(*parts)
        if place == 0 or heat.index >= best[1].index:
            best = (day, heat)
    return best
