"""Whether a promise is on track, and whether it was kept: said only as far as the data carries.

Plain arithmetic over readings; nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

State = Literal["planned", "on_track", "behind", "untold"]
Why = Literal["", "no_value", "chance", "old", "no_beginning", "not_begun"]
STALE = timedelta(days=92)  # an entered value older than this says nothing of today
# Estimates from a sample: what they say at the date carries their interval. The others count all.
SAMPLED = frozenset({"marks", "satisfied"})


class Read(Protocol):
    """A value at the end of a day, with its interval where chance plays a part."""

    @property
    def day(self) -> date: ...
    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


class Promise(Protocol):
    """What was promised."""

    @property
    def metric(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def figure(self) -> float: ...
    @property
    def start(self) -> date: ...
    @property
    def due(self) -> date: ...


@dataclass(frozen=True)
class Standing:
    """How a promise stands: the value it was judged by, what the path asks for then, and why."""

    state: State
    read: Read | None = None
    path: float | None = None
    why: Why = ""


def path_at(promise: Promise, beginning: float, day: date) -> float:
    """The straight path from the value at the beginning to the figure, by the time gone.

    Who begins better than promised has to stay as good as promised. From 80 % on 1 January to 95 %
    on 11 January, half way is 87.5 %:

    >>> from types import SimpleNamespace as N
    >>> one = N(metric="on_time", direction="least", figure=95.0, start=date(2026, 1, 1),
    ...         due=date(2026, 1, 11))
    >>> path_at(one, 80.0, date(2026, 1, 6)), path_at(one, 98.0, date(2026, 1, 6))
    (87.5, 95.0)
    """
    if meets(promise, beginning, promise.figure):
        return promise.figure
    whole = (promise.due - promise.start).days
    gone = min(max((day - promise.start).days, 0), whole)
    return beginning + (promise.figure - beginning) * gone / whole


def meets(promise: Promise, value: float, wanted: float) -> bool:
    """Whether a value is as good as wanted, in the promise's direction."""
    return value >= wanted if promise.direction == "least" else value <= wanted


def clearly_short(promise: Promise, read: Read, wanted: float) -> bool:
    """Whether a value is worse than wanted by more than chance: its whole interval is."""
    end = read.high if promise.direction == "least" else read.low
    value = read.value if end is None else end
    return value is not None and not meets(promise, value, wanted)


def standing(promise: Promise, readings: Sequence[Read], *, today: date) -> Standing:
    """On track, behind, or why it cannot be told; readings in the order of their days.

    Behind only where the whole interval is worse than the path asks for; a worse value whose
    interval reaches the path may be chance, and is called so.
    """
    if today < promise.start:
        return Standing("planned", why="not_begun")
    known = [one for one in readings if one.value is not None]
    last = known[-1] if known else None
    if last is None or last.value is None or last is not readings[-1]:
        return Standing("untold", last, why="no_value")
    if promise.metric == "entered" and today - last.day > STALE:
        return Standing("untold", last, why="old")
    if meets(promise, last.value, promise.figure):
        return Standing("on_track", last, promise.figure)
    first = known[0]
    if first.value is None or first.day > promise.start:
        return Standing("untold", last, why="no_beginning")
    path = path_at(promise, first.value, last.day)
    if meets(promise, last.value, path):
        return Standing("on_track", last, path)
    if clearly_short(promise, last, path):
        return Standing("behind", last, path)
    return Standing("untold", last, path, why="chance")


def outcome(promise: Promise, read: Read | None) -> Literal["kept", "broken", "untold"]:
    """What is stated at the date, from the value then.

    Where all was counted the value itself decides; an estimate from a sample that falls short by
    no more than chance leaves it open.
    """
    if read is None or read.value is None:
        return "untold"
    if meets(promise, read.value, promise.figure):
        return "kept"
    if promise.metric in SAMPLED and not clearly_short(promise, read, promise.figure):
        return "untold"
    return "broken"
