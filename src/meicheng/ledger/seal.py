"""The daily seal: one hash over every event since the seal before, and over that seal.

An event's hash covers its chain up to it, so a seal over all events covers the heads of all
chains; taking the new ones alone keeps a day's work a day's work. Whoever changes a sealed event
would have to change every seal since, and those that were published or printed do not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from meicheng.engine.provenance import seal as seal_hash
from meicheng.engine.provenance.hashing import hasher
from meicheng.places.time import city_day

from .horizon import settled
from .models import Event, Seal

STEP = 5000


class NotSealed(Exception):
    """A day that cannot be sealed; the message says why."""


@dataclass(frozen=True)
class SealFault:
    """A seal that does not fit the events that it covers."""

    day: date
    reason: str

    def __str__(self) -> str:
        return f"seal of {self.day}: {self.reason}"


def seal_day(day: date | None = None, *, patience: float = 5.0) -> Seal:
    """Seal everything written until now under `day`, by default yesterday in the city.

    Raises `NotSealed` when the day is not over, is before the last seal, or while a transaction
    that writes events takes longer than `patience` seconds. A day that is sealed stays as it is.
    """
    today = city_day(timezone.now())
    day = day or today - timedelta(days=1)
    if day >= today:
        raise NotSealed(f"{day} is not over; the last day that can be sealed is yesterday")
    there = Seal.objects.filter(day=day).first()
    if there is not None:
        return there
    last = Seal.objects.order_by("-day").first()
    if last is not None and last.day > day:
        raise NotSealed(f"{last.day} is sealed already; an earlier day can no longer be")
    highest = settled(patience=patience)
    if highest is None:
        raise NotSealed("Events are still being written by a long transaction; try again")
    first = last.last_event if last is not None else 0
    digest, count = _digest(first, highest)
    made = Seal(
        day=day,
        last_event=highest,
        events=count,
        previous_hash=last.hash if last is not None else "",
    )
    made.hash = _hash(made, first, digest)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another worker sealed the day in this moment
        return Seal.objects.get(day=day)
    return made


def seal_if_due() -> Seal | None:
    """Seal yesterday unless that is done, or nothing was written since the last seal."""
    yesterday = city_day(timezone.now()) - timedelta(days=1)
    last = Seal.objects.order_by("-day").first()
    if last is not None and last.day >= yesterday:
        return None
    if not Event.objects.filter(pk__gt=last.last_event if last else 0).exists():
        return None
    try:
        return seal_day(yesterday, patience=0.5)
    except NotSealed:  # a long transaction; the worker comes back
        return None


def seal_faults(progress: Callable[[int], None]) -> Iterator[SealFault]:
    """Every seal that does not fit; reads each event's number and hash once, in order."""
    previous, first = "", 0
    done = 0
    for seal in Seal.objects.order_by("day"):
        if seal.previous_hash != previous:
            yield SealFault(seal.day, "it does not follow the seal before it; one is missing")
        digest, count = _digest(first, seal.last_event)
        if count != seal.events:
            yield SealFault(
                seal.day,
                f"it covers {seal.events} events, and there are {count}: "
                + ("some were removed" if count < seal.events else "some were inserted later"),
            )
        elif _hash(seal, first, digest) != seal.hash:
            yield SealFault(seal.day, "an event that it covers, or the seal itself, was changed")
        previous, first = seal.hash, seal.last_event
        done += count
        progress(done)


def _digest(after: int, until: int) -> tuple[str, int]:
    """One hash over the hashes of the events numbered above `after` up to `until`; how many."""
    digest = hasher(settings.HASH_ALGORITHM)
    count = 0
    rows = Event.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
    for number, own in rows.values_list("pk", "hash").iterator(chunk_size=STEP):
        digest.update(f"{number}:{own}\n".encode())
        count += 1
    return digest.hexdigest(), count


def _hash(seal: Seal, after: int, digest: str) -> str:
    covered = f"events {after + 1}-{seal.last_event}: {seal.events}"
    return seal_hash(seal.day, [(covered, digest)], seal.previous_hash, settings.HASH_ALGORITHM)
