"""The receipt of a chain: its steps, where they are sealed, and whether all is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import cache
from django.utils.translation import gettext as _

from meicheng.engine.provenance import fits

from .events import payload
from .models import Event, Seal
from .seal import digest_of, hash_of

KEEP = 600  # seconds for which it is remembered that a seal fits: its day's list may be long

# How a code that people know leads to a chain: rooms above register theirs when they start.
CODES: list[Callable[[str], str]] = []


@dataclass(frozen=True)
class Recorded:
    """An event as a receipt shows it: nobody's name and no remark."""

    number: int
    sequence: int
    verb: str
    at: datetime
    hash: str
    sealed_on: date | None


@dataclass(frozen=True)
class Sealed:
    """A day's seal over some of the chain's events, with the chain's end as it was then."""

    day: date
    seal: str
    head_sequence: int
    head: str
    fits: bool


@dataclass(frozen=True)
class Receipt:
    """Everything that proves a chain."""

    chain: str
    steps: list[Recorded]
    seals: list[Sealed]
    faults: list[str]

    @property
    def whole(self) -> bool:
        """Whether no event was changed, removed or put in later, as far as can be seen."""
        return not self.faults

    @property
    def head(self) -> str:
        """The hash of the last event."""
        return self.steps[-1].hash if self.steps else ""


def chain_of(code: str) -> str:
    """The chain that a code leads to; "" for none."""
    return next((chain for find in CODES if (chain := find(code))), "")


def receipt_of(chain: str, *, count: int | None = None, head: str | None = None) -> Receipt:
    """The receipt of a chain (2 SQL statements, and 1 for each seal not looked at lately).

    `count` and `head` are what the chain's owner says of it.
    """
    events = list(Event.objects.filter(chain=chain).order_by("sequence"))
    faults, before = [], ""
    for place, event in enumerate(events, 1):
        said = payload(
            chain=event.chain, sequence=event.sequence, verb=event.verb, at=event.at,
            by_id=event.by_id, by_name=event.by_name, data=event.data,
        )  # fmt: skip
        whole = event.sequence == place and event.previous_hash == before
        if not whole or not fits(before, said, event.hash):
            faults.append(
                _("event %(place)d was changed, removed or put in later") % {"place": place}
            )
        before = event.hash
    if count is not None and (count != len(events) or (head and head != before)):
        place = len(events) + 1 if count > len(events) else max(1, count)
        faults.append(_("event %(place)d was changed, removed or put in later") % {"place": place})
    seals = list(Seal.objects.order_by("day"))
    day_of = {event.pk: _sealing(seals, event.pk) for event in events}
    covered: dict[int, Event] = {}
    for event in events:
        place_of = day_of[event.pk]
        if place_of is not None:
            covered[place_of] = event
    shown = []
    for place, last in sorted(covered.items()):
        seal = seals[place]
        good = _seal_fits(seal, seals[place - 1] if place else None)
        shown.append(Sealed(seal.day, seal.hash, last.sequence, last.hash, good))
        if not good:
            faults.append(f"{seal.day}: " + _("the seal does not fit its list"))
    steps = []
    for event in events:
        where = day_of[event.pk]
        day = seals[where].day if where is not None else None
        steps.append(Recorded(event.pk, event.sequence, event.verb, event.at, event.hash, day))
    return Receipt(chain, steps, shown, faults)


def _sealing(seals: list[Seal], number: int) -> int | None:
    """Which seal covers an event; None while none does."""
    low, high = 0, len(seals)
    while low < high:
        middle = (low + high) // 2
        if seals[middle].last_event < number:
            low = middle + 1
        else:
            high = middle
    return low if low < len(seals) else None


def _seal_fits(seal: Seal, before: Seal | None) -> bool:
    key = f"ledger.seal-fits.{seal.day}.{seal.hash}.{seal.last_event}"
    known: bool | None = cache.get(key)
    if known is None:
        first = before.last_event if before else 0
        digest, count = digest_of(first, seal.last_event, seal.algorithm)
        known = (
            count == seal.events
            and seal.previous_hash == (before.hash if before else "")
            and hash_of(seal, first, digest) == seal.hash
        )
        cache.set(key, known, KEEP)
    return known
