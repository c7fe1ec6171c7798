"""A chain of events in which a changed, removed, inserted or moved event shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from meicheng.engine.words import Words

from .hashing import ALGORITHMS, canonical, hasher, offered

Kind = Literal["changed", "removed", "inserted", "reordered"]

_SAID: dict[Kind, tuple[str, str]] = {
    "changed": ("第{n}条记录被改动", "Event {n} was changed after it was written"),
    "removed": ("第{n}条记录被删除", "Event {n} was removed"),
    "inserted": ("第{n}条记录是后来插入的", "Event {n} was inserted later"),
    "reordered": ("第{n}条记录被挪动，原为第{was}条", "Event {n} was moved; it was event {was}"),
}


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """An event as it is found: its place, its two hashes and what its hash covers.

    `payload` holds the event's own `sequence` under that name, as the ledger writes it.
    """

    sequence: int
    previous_hash: str
    hash: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is wrong with a chain. `was` is the event's own number, if it was moved."""

    kind: Kind
    sequence: int
    was: int

    @property
    def words(self) -> Words:
        """What is wrong, in words."""
        zh, en = _SAID[self.kind]
        return Words(
            zh.format(n=self.sequence, was=self.was), en.format(n=self.sequence, was=self.was)
        )


def link(previous_hash: str, payload: Any, algorithm: str = "sha256") -> str:
    """The hash of an event: over the hash of the event before it and its own content, as hex.

    The first event of a chain has "" before it.

    >>> link("", {"verb": "reported"})[:16]
    '41208775ae859a1c'
    """
    digest = hasher(algorithm)
    digest.update(previous_hash.encode())
    digest.update(b"\n")
    digest.update(canonical(payload))
    return digest.hexdigest()


def fits(
    previous_hash: str, payload: Any, digest: str, algorithms: Sequence[str] = ALGORITHMS
) -> bool:
    """Whether `digest` is the hash of this event by any of the hashes that a city may choose.

    A city that changes its hash keeps what was written with the old one, and both prove. The one
    named first is tried first.

    >>> fits("", {"verb": "reported"}, link("", {"verb": "reported"}))
    True
    """
    return any(link(previous_hash, payload, one) == digest for one in algorithms if offered(one))


def verify_chain(
    events: Iterable[ChainEvent],
    *,
    algorithm: str | None = None,
    count: int | None = None,
    head: str | None = None,
) -> list[Break]:
    """What is wrong with a chain, by the place at which it is found; an empty list if nothing.

    `algorithm` is the only hash to be tried; None for all that a city may choose. `count` and
    `head` are the number of events and the last hash as noted outside the chain
    (with the case, in a seal): without them an end cut off cleanly cannot show. An event whose
    number alone was altered is told from one whose content was: its hash still proves the number
    that it was written with. An event altered together with its own hash shows as changed, since
    the event after it, or `head`, names another hash.
    """
    algorithms = (algorithm,) if algorithm is not None else ALGORITHMS
    found = sorted(events, key=lambda event: event.sequence)
    last = max([count or 0, *(event.sequence for event in found)])
    own = [_own_number(event, last + len(found), algorithms) for event in found]
    breaks = [
        Break("changed", event.sequence, event.sequence)
        for event, number in zip(found, own, strict=True)
        if number is None
    ]
    changed = {one.sequence for one in breaks}
    numbered = [
        (number if number is not None else event.sequence, event)
        for event, number in zip(found, own, strict=True)
    ]
    kept, inserted = _without_doubles(numbered, count=count, head=head)
    breaks += [Break("inserted", event.sequence, event.sequence) for event in inserted]
    expected = count if count is not None else max(kept, default=0)
    breaks += [Break("removed", n, n) for n in range(1, expected + 1) if n not in kept]
    breaks += _rewritten(kept, changed, expected, head)
    breaks += _moved(kept)
    return sorted(breaks, key=lambda one: (one.sequence, one.kind))


def _own_number(event: ChainEvent, most: int, algorithms: Sequence[str]) -> int | None:
    """The number under which the event was written, as its hash proves; None if none fits."""
    if fits(event.previous_hash, event.payload, event.hash, algorithms):
        return event.sequence
    if "sequence" not in event.payload:
        return None
    for number in range(1, most + 1):
        renumbered = {**event.payload, "sequence": number}
        if fits(event.previous_hash, renumbered, event.hash, algorithms):
            return number
    return None


def _without_doubles(
    numbered: list[tuple[int, ChainEvent]], *, count: int | None, head: str | None
) -> tuple[dict[int, ChainEvent], list[ChainEvent]]:
    """One event for each number, and those that are one too many.

    Of two with one number the genuine one is named by the event that follows, or by `head`.
    """
    named = {event.previous_hash for _, event in numbered} | ({head} if head else set())
    kept: dict[int, ChainEvent] = {}
    inserted: list[ChainEvent] = []
    for number, event in numbered:
        if number < 1 or (count is not None and number > count):
            inserted.append(event)
            continue
        other = kept.get(number)
        if other is None:
            kept[number] = event
        elif event.hash in named and other.hash not in named:
            kept[number] = event
            inserted.append(other)
        else:
            inserted.append(event)
    return kept, inserted


def _rewritten(
    kept: dict[int, ChainEvent], changed: set[int], expected: int, head: str | None
) -> list[Break]:
    """Events whose own hash fits them, but not what the chain says about them."""
    breaks = []
    for number, event in sorted(kept.items()):
        if number == expected:
            named = head
        else:
            after = kept.get(number + 1)
            # What a changed event says about the one before it proves nothing.
            named = None if after is None or after.sequence in changed else after.previous_hash
        first_is_wrong = number == 1 and event.previous_hash != ""
        if event.sequence not in changed and (
            first_is_wrong or (named is not None and named != event.hash)
        ):
            breaks.append(Break("changed", event.sequence, event.sequence))
    return breaks


def _moved(kept: dict[int, ChainEvent]) -> list[Break]:
    """Events that stand in another order than they were written in.

    Numbers that only closed a gap, or made room, are explained by what was removed or inserted.
    """
    by_number = [event for _, event in sorted(kept.items())]
    by_place = sorted(by_number, key=lambda event: event.sequence)
    numbers = {id(event): number for number, event in kept.items()}
    return [
        Break("reordered", here.sequence, numbers[id(here)])
        for here, written in zip(by_place, by_number, strict=True)
        if here is not written
    ]
