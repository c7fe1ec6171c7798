"""Writing what was done: one event, linked to the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

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
        "at": at.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds"),
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
