"""Reacting to events from above: rooms follow the ledger, the ledger calls nobody.

A room's `tasks.py` holds functions of one event, registered with `follow`. The worker calls each
for every event with one of its verbs, in the order in which they were written, at least once: what
a follower does must be repeatable. An event that fails is tried again, later each time, and holds
back the events after it for this follower alone; `meicheng ledger followers` shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from .horizon import settled
from .models import Cursor, Event

log = logging.getLogger("meicheng.ledger")

BATCH = 200
LONGEST_WAIT = 600  # seconds between two attempts at an event that keeps failing


@dataclass(frozen=True)
class Follower:
    """A function that wants to know of some events."""

    name: str
    verbs: frozenset[str]
    react: Callable[[Event], None]
    history: bool
    after: timedelta


@dataclass(frozen=True)
class Standing:
    """How far a follower is."""

    name: str
    verbs: tuple[str, ...]
    last_event: int
    behind: int  # events with its verbs that it has not seen
    failures: int
    last_error: str
    moved_at: datetime | None


FOLLOWERS: dict[str, Follower] = {}


def follow(
    name: str, verbs: Iterable[str], *, history: bool = False, after: timedelta = timedelta()
) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Register a function of one event: `@follow("voices.answer", ["closed", "turned_down"])`.

    The name keeps its place in the database, so it stays the same for ever. With `history` a new
    follower begins with the first event there is, otherwise with the next one to be written. It is
    shown an event once that is `after` old: what cannot be called back waits until the event stands.
    """

    def register(react: Callable[[Event], None]) -> Callable[[Event], None]:
        known = FOLLOWERS.get(name)
        if known is not None and known.react is not react:
            raise ValueError(f"Two followers are called {name!r}")
        FOLLOWERS[name] = Follower(name, frozenset(verbs), react, history, after)
        return react

    return register


def find_followers() -> None:
    """Let every room register its followers, which its `tasks.py` holds."""
    autodiscover_modules("tasks")


def run_followers() -> int:
    """Let every follower see what is new; the number of events that were seen by somebody."""
    highest = settled()
    if highest is None:
        return 0
    return sum(_run(follower, highest) for follower in list(FOLLOWERS.values()))


def standings() -> list[Standing]:
    """Every follower and how far behind it is (1 SQL statement, and 1 for each follower)."""
    cursors = {cursor.follower: cursor for cursor in Cursor.objects.all()}
    result = []
    for name, follower in sorted(FOLLOWERS.items()):
        cursor = cursors.get(name)
        waiting = Event.objects.filter(verb__in=follower.verbs)
        result.append(
            Standing(
                name=name,
                verbs=tuple(sorted(follower.verbs)),
                last_event=cursor.last_event if cursor else 0,
                behind=waiting.filter(pk__gt=cursor.last_event).count()
                if cursor
                else waiting.count() * follower.history,
                failures=cursor.failures if cursor else 0,
                last_error=cursor.last_error if cursor else "",
                moved_at=cursor.moved_at if cursor else None,
            )
        )
    return result


def _run(follower: Follower, highest: int) -> int:
    """Read on in steps of `BATCH` until `highest`, or until an event fails."""
    Cursor.objects.get_or_create(
        follower=follower.name, defaults={"last_event": 0 if follower.history else highest}
    )
    seen = 0
    while True:
        done, more = _step(follower, highest)
        seen += done
        if not more:
            return seen


@transaction.atomic
def _step(follower: Follower, highest: int) -> tuple[int, bool]:
    """Show one batch to a follower; how many it took, and whether there is more for now.

    The cursor's row is locked meanwhile: a second worker goes on to another follower. What the
    follower writes and the cursor's move are one transaction for events that succeed.
    """
    cursor = (
        Cursor.objects.select_for_update(skip_locked=True).filter(follower=follower.name).first()
    )
    if cursor is None or cursor.last_event >= highest or _waits(cursor):
        return 0, False
    events = list(
        Event.objects.filter(
            pk__gt=cursor.last_event, pk__lte=highest, verb__in=follower.verbs
        ).order_by("pk")[:BATCH]
    )
    ripe = timezone.now() - follower.after
    for count, event in enumerate(events):
        if follower.after and event.at > ripe:
            cursor.save()
            return count, False
        try:
            with transaction.atomic():
                follower.react(event)
        except Exception as error:  # whatever it is: it is kept, shown, and tried again
            log.exception("Follower %s failed at event %d (%s)", follower.name, event.pk, event)
            cursor.failures += 1
            cursor.last_error = f"event {event.pk} ({event}): {type(error).__name__}: {error}"
            cursor.save()
            return count, False
        cursor.last_event = event.pk
        cursor.failures, cursor.last_error = 0, ""
    full = len(events) == BATCH
    if not full:
        cursor.last_event = highest
    cursor.save()
    return len(events), full


def _waits(cursor: Cursor) -> bool:
    """Whether the next attempt at a failing event is still to come: 2, 4, 8… seconds."""
    if not cursor.failures:
        return False
    wait = min(2**cursor.failures, LONGEST_WAIT)
    return timezone.now() < cursor.moved_at + timedelta(seconds=wait)


def retry_now(name: str) -> bool:
    """Let a follower try its failing event again at once; False when there is no such follower."""
    long_ago = timezone.now() - timedelta(seconds=2 * LONGEST_WAIT)
    return bool(Cursor.objects.filter(follower=name).update(moved_at=long_ago))
