"""Proving that nothing written was changed: every chain, every head, every seal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext as _

from meicheng.engine.provenance import ChainEvent, fits, verify_chain
from meicheng.engine.provenance.hashing import ALGORITHMS
from meicheng.standards.queries import said

from .events import payload
from .models import Event
from .rebuild import one_view
from .seal import seal_faults

# Whose chains they are: "case:123" is the chain of the row 123 of the model under "case", which
# has the columns `events_count` and `head_hash`. Rooms above register theirs when they start.
OWNERS: dict[str, type[Model]] = {}

MOST_NAMED = 1000
TOGETHER = 500  # chains whose heads are looked up in one statement


class Row(NamedTuple):
    """An event as it is read; nothing is made of it that is not needed."""

    chain: str
    sequence: int
    verb: str
    at: Any
    by_id: int | None
    by_name: str
    data: dict[str, Any]
    previous_hash: str
    hash: str

    def payload(self) -> dict[str, Any]:
        return payload(
            chain=self.chain,
            sequence=self.sequence,
            verb=self.verb,
            at=self.at,
            by_id=self.by_id,
            by_name=self.by_name,
            data=self.data,
        )


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written."""

    chain: str
    reason: str

    def __str__(self) -> str:
        return f"{self.chain}: {self.reason}"


@dataclass
class Verification:
    """What was looked at, and what is wrong; at most `MOST_NAMED` faults are named."""

    chains: int = 0
    events: int = 0
    found: int = 0
    faults: list[Fault] = field(default_factory=list)

    def note(self, fault: Fault) -> None:
        """Count a fault, and name it if not too many were named."""
        self.found += 1
        if len(self.faults) < MOST_NAMED:
            self.faults.append(fault)


def verify(progress: Callable[[int], None] = lambda _events: None) -> Verification:
    """Check the whole database, as it is at one moment, in memory that does not grow with it.

    Every event must fit its hash and follow the one before it, every chain must be complete and end
    where its owner says, no owner may lack its chain, and every seal must fit what it covers.
    """
    result = Verification()
    seen: dict[str, _Numbers] = {prefix: _Numbers() for prefix in OWNERS}
    with one_view():
        for chains in _by_number(_chains(), TOGETHER):
            heads = _heads(chains)
            for rows in chains:
                result.chains += 1
                result.events += len(rows)
                _check_chain(rows, heads.get(rows[0].chain), seen, result)
            progress(result.events)
        for prefix, owner in OWNERS.items():
            written = owner._default_manager.filter(events_count__gt=0).order_by("pk")
            for number in written.values_list("pk", flat=True).iterator(chunk_size=5000):
                if number not in seen[prefix]:
                    result.note(Fault(f"{prefix}:{number}", _("all its events were removed")))
        for fault in seal_faults(lambda _events: None):
            result.note(Fault(fault.chain or "seals", str(fault)))
    return result


def _chains() -> Iterator[list[Row]]:
    """All chains, one after the other, each with its events in order."""
    rows = Event.objects.order_by("chain", "sequence").values_list(*Row._fields)
    stream = (Row(*row) for row in rows.iterator(chunk_size=2000))
    for _chain, events in groupby(stream, key=lambda row: row.chain):
        yield list(events)


def _by_number(chains: Iterable[list[Row]], number: int) -> Iterator[list[list[Row]]]:
    part: list[list[Row]] = []
    for rows in chains:
        part.append(rows)
        if len(part) == number:
            yield part
            part = []
    if part:
        yield part


def _owner(chain: str) -> tuple[str, int | None]:
    """The prefix of a chain and the number of its row: ("case", 123)."""
    prefix, _, number = chain.partition(":")
    return prefix, int(number) if number.isdecimal() else None


def _heads(chains: list[list[Row]]) -> dict[str, tuple[int, str]]:
    """How many events each chain should have and its last hash (1 SQL statement an owner)."""
    wanted: dict[str, list[int]] = {}
    for rows in chains:
        prefix, number = _owner(rows[0].chain)
        if prefix in OWNERS and number is not None:
            wanted.setdefault(prefix, []).append(number)
    heads = {}
    for prefix, numbers in wanted.items():
        rows_found = OWNERS[prefix]._default_manager.filter(pk__in=numbers)
        for number, count, head in rows_found.values_list("pk", "events_count", "head_hash"):
            heads[f"{prefix}:{number}"] = (count, head)
    return heads


def head_of(chain: str) -> dict[str, Any]:
    """`count` and `head` of a chain as its owner says (1 SQL statement); nothing without an owner."""
    prefix, number = _owner(chain)
    if prefix not in OWNERS or number is None:
        return {}
    rows = OWNERS[prefix]._default_manager.filter(pk=number)
    row = rows.values_list("events_count", "head_hash").first()
    return {} if row is None else {"count": row[0], "head": row[1]}


def _check_chain(
    rows: list[Row],
    head: tuple[int, str] | None,
    seen: dict[str, _Numbers],
    result: Verification,
) -> None:
    chain = rows[0].chain
    prefix, number = _owner(chain)
    if prefix in OWNERS:
        if head is None or number is None:
            result.note(Fault(chain, _("its events are there, and what they are about is not")))
        else:
            seen[prefix].add(number)
    if _is_whole(rows, head):
        return
    count, last = head if head is not None else (None, None)
    events = [ChainEvent(row.sequence, row.previous_hash, row.hash, row.payload()) for row in rows]
    breaks = verify_chain(events, count=count, head=last)
    for one in breaks:
        result.note(Fault(chain, said(one.words)))
    if not breaks:
        result.note(Fault(chain, _("its events do not fit together")))


def _is_whole(rows: list[Row], head: tuple[int, str] | None) -> bool:
    """Whether a chain is right; the quick way, for the many that are."""
    before = ""
    hashes = _hashes()
    for place, row in enumerate(rows, start=1):
        if row.sequence != place or row.previous_hash != before:
            return False
        if not fits(before, row.payload(), row.hash, hashes):
            return False
        before = row.hash
    return head is None or head == (len(rows), before)


def _hashes() -> list[str]:
    """The hashes to try, the one that the city uses now first."""
    now = settings.HASH_ALGORITHM
    return [now, *(one for one in ALGORITHMS if one != now)]


class _Numbers:
    """A set of positive numbers in one bit each: a million in 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits) + 4096))
        self._bits[place] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))
