"""The daily seal: one hash over every event since the seal before, and over that seal.

An event's hash covers its chain up to it, so a seal over all events covers the heads of all
chains; taking the new ones alone keeps a day's work a day's work. Whoever changes a sealed event
would have to change every seal since, and those that were published or printed do not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.provenance import hasher
from meicheng.engine.provenance import seal as seal_hash
from meicheng.places.time import city_day

from . import kept
from .horizon import settled
from .models import Event, Seal

STEP = 5000

DIFFERS = {
    "changed": gettext_lazy(
        "Event %(sequence)d (number %(number)d) was changed after it was sealed on %(day)s"
    ),
    "removed": gettext_lazy(
        "Event %(sequence)d (number %(number)d) was removed after it was sealed on %(day)s"
    ),
    "inserted": gettext_lazy(
        "Event %(sequence)d (number %(number)d) was inserted after it was sealed on %(day)s"
    ),
}


class NotSealed(Exception):
    """A day that cannot be sealed; the message says why."""


@dataclass(frozen=True)
class SealFault:
    """A seal that does not fit, or, where `chain` is named, an event that it does not fit."""

    day: date
    reason: str
    chain: str = ""

    def __str__(self) -> str:
        if self.chain:
            return self.reason
        return _("seal of %(day)s: %(reason)s") % {"day": self.day, "reason": self.reason}


def seal_day(day: date | None = None, *, patience: float = 5.0) -> Seal:
    """Seal everything written until now under `day`, by default yesterday in the city.

    Raises `NotSealed` when the day is not over, is before the last seal, or while a transaction
    that writes events takes longer than `patience` seconds. A day that is sealed stays as it is.
    """
    today = city_day(timezone.now())
    day = day or today - timedelta(days=1)
    if day >= today:
        said = _("%(day)s is not over; the last day that can be sealed is yesterday")
        raise NotSealed(said % {"day": day})
    there = Seal.objects.filter(day=day).first()
    if there is not None:
        return there
    last = Seal.objects.order_by("-day").first()
    if last is not None and last.day > day:
        said = _("%(day)s is sealed already; an earlier day can no longer be")
        raise NotSealed(said % {"day": last.day})
    highest = settled(patience=patience)
    if highest is None:
        raise NotSealed(_("Events are still being written by a long transaction; try again"))
    first = last.last_event if last is not None else 0
    algorithm = settings.HASH_ALGORITHM
    digest, count = digest_of(first, highest, algorithm)
    made = Seal(
        day=day,
        last_event=highest,
        events=count,
        previous_hash=last.hash if last is not None else "",
        digest=digest,
        algorithm=algorithm,
    )
    made.hash = hash_of(made, first, digest)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another worker sealed the day in this moment
        return Seal.objects.get(day=day)
    kept.keep(made, after=first)
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
    """Every seal that does not fit; reads each event's number and hash once, in order.

    Where the list that was kept when a day was sealed is there and is proved by the seal, each
    event that differs from it is named.
    """
    done = 0
    seals = [None, *Seal.objects.order_by("day")]
    for before, seal in pairwise(seals):
        assert seal is not None  # only the first of a pair can be
        first = before.last_event if before else 0
        if seal.previous_hash != (before.hash if before else ""):
            yield SealFault(seal.day, _("it does not follow the seal before it; one is missing"))
        digest, count = digest_of(first, seal.last_event, seal.algorithm)
        if seal.digest and seal.digest != digest and hash_of(seal, first, digest) == seal.hash:
            yield SealFault(seal.day, _("the hash of its list, which is published, was changed"))
        if count != seal.events or hash_of(seal, first, digest) != seal.hash:
            named = list(_named(seal, first))
            yield from named
            if not named:
                yield SealFault(seal.day, _what_is_wrong(seal, count))
        done += count
        progress(done)
    days = {seal.day for seal in seals if seal}
    for day in kept.days():
        if day not in days:
            yield SealFault(day, _("it was removed; the list of its events is still kept"))


def hash_of(seal: Seal, after: int, digest: str) -> str:
    """The hash that a seal over the events above `after` must have, with their list's hash."""
    covered = f"events {after + 1}-{seal.last_event}: {seal.events}"
    return seal_hash(seal.day, [(covered, digest)], seal.previous_hash, seal.algorithm)


def sealed_lines(after: int, until: int) -> Iterator[str]:
    """The list that a seal covers: the number and hash of each event, a line each, in order."""
    rows = Event.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
    for number, own in rows.values_list("pk", "hash").iterator(chunk_size=STEP):
        yield f"{number}:{own}\n"


def digest_of(after: int, until: int, algorithm: str) -> tuple[str, int]:
    """One hash over the list of the events numbered above `after` up to `until`; how many."""
    digest = hasher(algorithm)
    count = 0
    for line in sealed_lines(after, until):
        digest.update(line.encode())
        count += 1
    return digest.hexdigest(), count


def _what_is_wrong(seal: Seal, count: int) -> str:
    if count == seal.events:
        return _("an event that it covers, or the seal itself, was changed")
    said = _("it covers %(events)d events, and there are %(count)d: some were inserted later")
    if count < seal.events:
        said = _("it covers %(events)d events, and there are %(count)d: some were removed")
    return said % {"events": seal.events, "count": count}


def _named(seal: Seal, after: int) -> Iterator[SealFault]:
    """Each event that is not as the kept list says; nothing where the seal does not prove it."""
    if hash_of(seal, after, kept.digest(seal)) != seal.hash:
        return
    for line, how in kept.differences(seal, after=after):
        words = {"sequence": line.sequence, "number": line.number, "day": seal.day}
        yield SealFault(seal.day, DIFFERS[how] % words, line.chain)
