"""Who took what out, and who looked at a phone number: an event each, in the person's own chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from meicheng.ledger.events import write_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.tables.exports import Export
from meicheng.tables.pages import Page, page_of

EXPORTED = "exported"
PHONE_SEEN = "phone_seen"
KINDS = (EXPORTED, PHONE_SEEN)
LONGEST_FILTER = 200


@transaction.atomic
def keep(export: Export) -> None:
    """Write the event of an export, before the first byte leaves.

    Each person has a chain of her own; a command has one for itself, as no row stands
    for it that could be locked.
    """
    person = export.by
    if person is None:
        chain = f"access:command-{timezone.now():%Y%m%dT%H%M%S%f}"
    else:
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        chain = f"access:{person.pk}"
    filters = {
        str(name)[:60]: str(value)[:LONGEST_FILTER]
        for name, value in export.filters.items()
        if value not in ("", None)
    }
    data = {
        "door": export.door[:200],
        "file": export.file[:200],
        "filters": filters or None,
        "rows": export.rows,
    }
    write_event(chain, EXPORTED, by=person, data=data)


@dataclass(frozen=True)
class Access:
    """One line of the page: when, who, what."""

    at: datetime
    who: str
    verb: str
    what: str
    filters: str
    rows: int | None
    reason: str


def accesses(
    *,
    who: str = "",
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
    page: int = 1,
) -> tuple[Page[Event], list[Access]]:
    """Exports and looks at phone numbers, the latest first (3 SQL statements)."""
    found = Event.objects.filter(verb__in=[kind] if kind in KINDS else KINDS)
    if who:
        found = found.filter(by_name__icontains=who[:80])
    if since:
        found = found.filter(at__gte=_begin(since))
    if until:
        found = found.filter(at__lt=_begin(until + timedelta(days=1)))
    shown = page_of(found.order_by("-at", "-pk"), page, Event.objects.all())
    return shown, [_line(event) for event in shown.rows]


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _line(event: Event) -> Access:
    data = event.data
    filters = data.get("filters") or {}
    return Access(
        at=event.at,
        who=event.by_name,
        verb=event.verb,
        what=data.get("file") or event.chain,
        filters=" · ".join(f"{name}={value}" for name, value in filters.items()),
        rows=data.get("rows"),
        reason=data.get("reason", ""),
    )
