"""Writing what was done: one event, linked to the one before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils import timezone

from meicheng.engine.provenance import link

from .models import Event

if TYPE_CHECKING:
    from meicheng.organisation.models import User


def payload(
    *,
    chain: str,
    sequence: int,
    verb: str,
    at: datetime,
    by_id: int | None,
    by_name: str,
    data: dict[str, Any],
) -> dict[str, Any]:
    """What the hash of an event covers: everything in it but its own hash."""
    return {
        "chain": chain,
        "sequence": sequence,
        "verb": verb,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": by_id,
        "by_name": by_name,
        "data": data,
    }


def make_event(
    *,
    chain: str,
    sequence: int,
    previous_hash: str,
    verb: str,
    at: datetime,
    by: User | None = None,
    by_name: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """An event ready to be saved, with its link to the one before (not yet in the database)."""
    data = {key: value for key, value in (data or {}).items() if value not in ("", None, [])}
    by_name = by_name or (by.display_name if by is not None else "")
    by_id = by.pk if by is not None else None
    body = payload(
        chain=chain,
        sequence=sequence,
        verb=verb,
        at=at,
        by_id=by_id,
        by_name=by_name,
        data=data,
    )
    return Event(
        chain=chain,
        sequence=sequence,
        verb=verb,
        at=at,
        by_id=by_id,
        by_name=by_name,
        data=data,
        previous_hash=previous_hash,
        hash=link(previous_hash, body, algorithm=settings.HASH_ALGORITHM),
    )


def write_event(
    chain: str,
    verb: str,
    *,
    by: User | None,
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Write the next event of a chain whose head stands in no row of its own (2 SQL statements).

    The caller holds a lock on what the chain is about, so that two do not write at once.
    """
    last = Event.objects.filter(chain=chain).order_by("-sequence").first()
    event = make_event(
        chain=chain,
        sequence=last.sequence + 1 if last else 1,
        previous_hash=last.hash if last else "",
        verb=verb,
        at=at or timezone.now(),
        by=by,
        data=data,
    )
    event.save(force_insert=True)
    return event


class Chained(Protocol):
    """A row whose events are a chain: how many there are, and the hash of the last."""

    events_count: int
    head_hash: str

    @property
    def chain(self) -> str:
        """The name of its chain."""


def link_event(
    owner: Chained, verb: str, /, *, by: User | None, at: datetime, data: dict[str, Any]
) -> Event:
    """Make the next event of a row's own chain and move the chain's head to it (no SQL).

    The caller holds the row's lock, and writes the event and the row's `events_count` and `head_hash`.
    """
    event = make_event(
        chain=owner.chain,
        sequence=owner.events_count + 1,
        previous_hash=owner.head_hash,
        verb=verb,
        at=at,
        by=by,
        data=data,
    )
    owner.events_count, owner.head_hash = event.sequence, event.hash
    return event


def next_event(
    owner: Chained, verb: str, /, *, by: User | None, at: datetime, **data: Any
) -> Event:
    """Write the next event of a row's own chain, with what it says as `data` (1 SQL statement).

    The caller holds the row's lock and saves its `events_count` and `head_hash`.
    """
    event = link_event(owner, verb, by=by, at=at, data=data)
    event.save(force_insert=True)
    return event
