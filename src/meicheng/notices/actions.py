"""What is done with notices: telling people, reading, and choosing how to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.personal import seal

from .kinds import CHANNELS, CONSOLE, KINDS, Kind, kind_of
from .models import Delivery, Letter, Notice, Preferences
from .timing import after_quiet, next_digest
from .words import Words

BATCH = 500


@transaction.atomic
def notify(
    *,
    to: Iterable[User],
    kind: str,
    title: Words | str,
    link: str,
    key: str,
    body: Words | str | None = None,
    urgent: bool = False,
) -> int:
    """Tell people something, each once: who was told under this `key` already is not told again.

    Call it in the transaction of what it tells of: both are kept, or neither. `kind` stands in
    `kinds.KINDS`; `link` is the page of it, as "/cases/A-1/"; `key` says what happened, as
    "case:17:overdue:2". What is `urgent` (dangerous, or asked for now) passes quiet hours and
    digests. Returns how many are told for the first time (a handful of SQL statements for 500 people).

    Raises ValueError for an unknown kind, a link that leaves this server, or a key over 160
    characters.
    """
    what = kind_of(kind)
    if not link.startswith("/") or link.startswith("//"):
        raise ValueError(f"{link!r} is no page of this server; expected a path as /cases/A-1/")
    if not 0 < len(key) <= 160:
        raise ValueError(f"The key {key[:40]!r} has {len(key)} characters; expected 1 to 160")
    people = {person.pk: person for person in to if person.is_active}
    told = set(
        Notice.objects.filter(key=key, person_id__in=people).values_list("person_id", flat=True)
        if len(people) <= BATCH
        else Notice.objects.filter(key=key).values_list("person_id", flat=True)
    )
    new = [person for pk, person in sorted(people.items()) if pk not in told]
    at = timezone.now()
    said, more = _words(title).as_json(), _words(body).as_json() if body else None
    for start in range(0, len(new), BATCH):
        group = new[start : start + BATCH]
        wishes = {one.person_id: one for one in Preferences.objects.filter(person__in=group)}
        channels = {person.pk: channels_of(wishes.get(person.pk), what) for person in group}
        Notice.objects.bulk_create(
            [
                Notice(
                    person=person,
                    kind=kind,
                    key=key,
                    title=said,
                    body=more,
                    link=link[:300],
                    urgent=urgent,
                    made_at=at,
                    read_at=None if CONSOLE in channels[person.pk] else at,
                )
                for person in group
            ],
            ignore_conflicts=True,  # told by another transaction meanwhile
        )
        leaving = [person for person in group if _ways(person, channels, wishes)]
        if not leaving:
            continue
        made = Notice.objects.filter(key=key, person__in=leaving).in_bulk(field_name="pk")
        by_person = {one.person_id: one for one in made.values()}
        Delivery.objects.bulk_create(
            [
                _delivery(by_person[person.pk], channel, wishes.get(person.pk), at)
                for person in leaving
                for channel in _ways(person, channels, wishes)
            ],
            ignore_conflicts=True,
        )
    return len(new)


@transaction.atomic
def write_letter(
    *,
    address: str,
    language: str,
    subject: str,
    text: str,
    key: str,
    channel: Delivery.Channel = Delivery.Channel.MAIL,
) -> Letter | None:
    """Put a mail, or a text message of its subject, to somebody without an account into the outbox; None where the key is known."""
    letter, made = Letter.objects.get_or_create(
        key=key,
        defaults={
            "address_sealed": seal(address),
            "language": language,
            "subject": subject[:200],
            "text": text,
            "made_at": timezone.now(),
        },
    )
    if not made:
        return None
    Delivery.objects.create(letter=letter, channel=channel, due_at=letter.made_at)
    return letter


def mark_read(person: User, notices: Iterable[int] | None = None) -> int:
    """Note that somebody has read these notices of hers, or all; how many were unread."""
    unread = Notice.objects.filter(person=person, read_at=None)
    if notices is not None:
        unread = unread.filter(pk__in=list(notices)[:BATCH])
    return unread.update(read_at=timezone.now())


def mark_unread(person: User, notice: int) -> bool:
    """Put a notice back among the unread; False where it is not hers."""
    return bool(Notice.objects.filter(person=person, pk=notice).update(read_at=None))


@transaction.atomic
def choose(
    person: User,
    *,
    chosen: dict[str, list[str]],
    quiet_from: time | None = None,
    quiet_to: time | None = None,
    digest: str = "",
    digest_hour: int = 8,
    phone: str | None = None,
) -> Preferences:
    """Say how to be told: channels by kind, quiet hours, digest. A phone of None stays as it is.

    Holds for what waits in the outbox too. Raises ValueError for a kind or channel that there is
    not, quiet hours that only begin or only end, and an hour or digest that there is not.
    """
    for kind, ways in chosen.items():
        kind_of(kind)
        unknown = set(ways) - set(CHANNELS)
        if unknown:
            raise ValueError(
                _("“%(channel)s” is no way to be told; there are %(known)s")
                % {"channel": sorted(unknown)[0], "known": ", ".join(CHANNELS)}
            )
    if (quiet_from is None) != (quiet_to is None):
        raise ValueError(_("Quiet hours need both a beginning and an end"))
    if digest not in Preferences.Digest.values or not 0 <= digest_hour <= 23:
        raise ValueError(_("A digest goes out daily or weekly, at an hour from 0 to 23"))
    wishes, _made = Preferences.objects.select_for_update().get_or_create(person=person)
    wishes.chosen = {
        kind: sorted(set(ways))
        for kind, ways in chosen.items()
        if set(ways) != KINDS[kind].channels
    }
    wishes.quiet_from, wishes.quiet_to = quiet_from, quiet_to
    wishes.digest, wishes.digest_hour = digest, digest_hour
    if phone is not None:
        wishes.phone_sealed = seal(phone) if phone else None
    wishes.save()
    return wishes


def channels_of(wishes: Preferences | None, kind: Kind) -> frozenset[str]:
    """How somebody is told of a kind: as she chose, or as the table says."""
    chosen = wishes.chosen.get(kind.code) if wishes is not None else None
    found = kind.channels if chosen is None else frozenset(chosen)
    return found | {CONSOLE} if kind.kept else found


def _words(said: Words | str) -> Words:
    # What somebody wrote is a value: no translation is looked up for it.
    return said if isinstance(said, Words) else Words("%(text)s", {"text": said})


def _ways(
    person: User, channels: dict[int, frozenset[str]], wishes: dict[int, Preferences]
) -> list[str]:
    """The channels out of the house on which this person can be reached."""
    found = channels[person.pk]
    own = wishes.get(person.pk)
    reachable = {
        Delivery.Channel.MAIL.value: bool(settings.MAIL and person.email),
        Delivery.Channel.SMS.value: bool(own and own.phone_sealed),
        Delivery.Channel.WECOM.value: True,
    }
    return [channel for channel, reached in reachable.items() if reached and channel in found]


def _delivery(notice: Notice, channel: str, wishes: Preferences | None, at: datetime) -> Delivery:
    delivery = Delivery(notice=notice, channel=channel, due_at=at)
    if wishes is None or notice.urgent:
        return delivery
    if wishes.digest and channel == Delivery.Channel.MAIL:
        delivery.digest = True
        weekly = wishes.digest == Preferences.Digest.WEEKLY
        delivery.due_at = next_digest(at, wishes.digest_hour, weekly=weekly)
        return delivery
    delivery.due_at = after_quiet(at, wishes.quiet_from, wishes.quiet_to)
    return delivery
