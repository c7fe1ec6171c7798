"""The outbox: what waits to leave the house, sent by the worker.

A line is taken (its `due_at` moves ahead by `LEASE`), sent with no transaction open, and noted as
sent. A worker that is killed leaves what it had taken to the others once the lease is over: nothing
is lost. What was handed over in the instant of the kill and not noted yet is sent again, at most
one parcel for each kill, under the same code, by which the receiver can tell.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from meicheng.organisation.models import User
from meicheng.organisation.personal import unseal

from .actions import channels_of
from .channels import Away, Channel, Later, Line, Never, Parcel, channels
from .kinds import KINDS
from .models import Delivery, Letter, Notice, Preferences
from .timing import after_quiet, is_quiet, pause
from .words import spoken

log = logging.getLogger("meicheng.notices")

BATCH = 50  # lines of one turn
READERS = 20  # people whose digests go out in one turn
LEASE = timedelta(minutes=5)
# Seconds after each attempt; about two days in all.
PAUSES = (60, 300, 1800, 7200, 21_600, 43_200, 86_400)
MOST_ATTEMPTS = len(PAUSES) + 1
AWAY_PAUSES = (30, 60, 120, 300)
GIVEN_UP = timedelta(days=7)  # who was not reached in a week is not told by mail any more
READ_KEPT, KEPT = timedelta(days=90), timedelta(days=365)
FORGET = 1000

State = Delivery.State


@dataclass
class _Taken:
    """Lines that go out in one parcel."""

    code: str
    channel: str
    lines: list[Delivery]
    person: User | None = None
    phone: str = ""


class Outbox:
    """Sends what is due, a bounded turn at a time; remembers which channels are away."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._away_until: dict[str, datetime] = {}

    def turn(self) -> int:
        """Send some of what is due; how many lines were dealt with."""
        now = timezone.now()
        open_channels = [
            channel
            for channel in Delivery.Channel.values
            if self._away_until.get(channel, now) <= now
        ]
        taken, put_off = take(now, open_channels)
        if not taken:
            return put_off
        begun = time.monotonic()
        ways = channels()
        closed: set[str] = set()
        done = put_off
        try:
            for one in taken:
                spent = time.monotonic() - begun
                if one.channel in closed or spent > LEASE.total_seconds() / 2:
                    give_back(one)
                    continue
                done += len(one.lines)
                try:
                    _send(one, ways[one.channel])
                except Away as problem:
                    self._note_away(one.channel, problem)
                    closed.add(one.channel)
                    give_back(one, why=str(problem))
                else:
                    self._failures.pop(one.channel, None)
        finally:
            mail = ways[Delivery.Channel.MAIL]
            close = getattr(mail, "close", None)
            if close is not None:
                close()
        return done

    def _note_away(self, channel: str, problem: Away) -> None:
        count = self._failures[channel] = self._failures.get(channel, 0) + 1
        wait = pause(count, AWAY_PAUSES)
        self._away_until[channel] = timezone.now() + wait
        log.warning("%s is away, again in %d s: %s", channel, wait.total_seconds(), problem)


@transaction.atomic
def take(now: datetime, open_channels: Iterable[str]) -> tuple[list[_Taken], int]:
    """Take lines that are due, so that nobody else does; and how many were put off or dropped."""
    open_channels = list(open_channels)
    due = Delivery.objects.filter(state=State.WAITING, due_at__lte=now, channel__in=open_channels)
    single = list(
        due.filter(digest=False)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("due_at")[:BATCH]
    )
    _load(single)
    wishes = _wishes(one.notice.person_id for one in single if one.notice)
    taken, put_off = [], 0
    for line in single:
        own = wishes.get(line.notice.person_id) if line.notice else None
        if line.notice is not None:
            if _is_needless(line, own):
                _finish([line], State.NEEDLESS)
                put_off += 1
                continue
            if own and not line.notice.urgent and is_quiet(now, own.quiet_from, own.quiet_to):
                line.due_at = after_quiet(now, own.quiet_from, own.quiet_to)
                line.save(update_fields=["due_at"])
                put_off += 1
                continue
        taken.append(_Taken(line.parcel or uuid4().hex, line.channel, [line]))
        _address(taken[-1], own)
    if Delivery.Channel.MAIL in open_channels:
        digests, dropped = _take_digests(now)
        taken += digests
        put_off += dropped
    for one in taken:
        Delivery.objects.filter(pk__in=[line.pk for line in one.lines]).update(
            parcel=one.code, attempts=F("attempts") + 1, due_at=now + LEASE
        )
    return taken, put_off


def _take_digests(now: datetime) -> tuple[list[_Taken], int]:
    """Take whole digests. Who reads one is locked, so that no two workers send half of it each."""
    due = Delivery.objects.filter(state=State.WAITING, digest=True, due_at__lte=now)
    people = due.order_by().values_list("notice__person_id", flat=True).distinct()[:READERS]
    readers = Preferences.objects.select_for_update(skip_locked=True, of=("self",))
    taken, dropped = [], 0
    for own in readers.filter(person__in=list(people)).order_by("pk"):
        lines = list(due.filter(notice__person_id=own.person_id).order_by("pk"))
        _load(lines)
        parcels: dict[str, list[Delivery]] = {}
        fresh = uuid4().hex
        for line in lines:
            if not line.parcel and (line.notice.read_at or _is_needless(line, own)):
                _finish([line], State.NEEDLESS)  # she has read it here meanwhile
                dropped += 1
                continue
            parcels.setdefault(line.parcel or fresh, []).append(line)
        for code, group in parcels.items():
            taken.append(_Taken(code, Delivery.Channel.MAIL, group))
            _address(taken[-1], own)
    return taken, dropped


def give_back(one: _Taken, *, why: str = "") -> None:
    """Put lines that were taken back, as if they had not been; `why`, where their way is closed."""
    said = {"last_error": why[:300]} if why else {}
    Delivery.objects.filter(pk__in=[line.pk for line in one.lines]).update(
        attempts=F("attempts") - 1, due_at=timezone.now(), **said
    )


def tidy(_day: date) -> int:
    """Give up what nobody took for a week, and forget old notices; how many (a bounded step)."""
    now = timezone.now()
    long_ago = now - GIVEN_UP
    old = Q(notice__made_at__lt=long_ago, digest=False) | Q(letter__made_at__lt=long_ago)
    stale = Delivery.objects.filter(old | Q(due_at__lt=long_ago), state=State.WAITING)
    lines = list(stale.select_related("letter")[:FORGET])
    if lines:
        _finish(lines, State.FAILED, _("not sent within a week"))
    for rows in (
        Notice.objects.filter(made_at__lt=now - READ_KEPT, read_at__isnull=False),
        Notice.objects.filter(made_at__lt=now - KEPT),
        Letter.objects.filter(made_at__lt=now - READ_KEPT),
    ):
        keys = list(rows.values_list("pk", flat=True)[:FORGET])
        if keys:
            rows.model._default_manager.filter(pk__in=keys).delete()
            return len(keys) + len(lines)
    return len(lines)


def _send(one: _Taken, channel: Channel) -> None:
    """Send one parcel and note what came of it; raises Away where the channel is."""
    try:
        language, parcel = _parcel(one)
        with override(language):
            channel.send(parcel)
    except Later as problem:
        _try_later(one, str(problem))
    except Never as problem:
        log.warning("%s %s is given up: %s", one.channel, one.code, problem)
        _finish(one.lines, State.FAILED, str(problem))
    else:
        _finish(one.lines, State.SENT)


def _parcel(one: _Taken) -> tuple[str, Parcel]:
    """What goes out, and in which language. Raises Never where there is nobody to send it to."""
    first = one.lines[0]
    if first.letter is not None:
        letter = first.letter
        try:
            to = unseal(bytes(letter.address_sealed))
        except ValueError as problem:
            raise Never(str(problem)) from problem
        code = one.code
        parcel = Parcel(code, to, letter.subject, [], thread=letter.key, plain=letter.text)
        return letter.language or settings.LANGUAGE_CODE, parcel
    person = one.person
    assert person is not None  # a line has a letter or a notice
    is_mail = one.channel == Delivery.Channel.MAIL
    to = person.email if is_mail else one.phone
    if is_mail and not to:
        raise Never("no e-mail address")
    language = person.language or settings.LANGUAGE_CODE
    address = settings.PUBLIC_ADDRESS.rstrip("/")
    with override(language):
        lines = [
            Line(
                spoken(line.notice.title),
                spoken(line.notice.body),
                address + line.notice.link if address else "",
            )
            for line in one.lines
        ]
        if first.digest:
            title = ngettext("%(n)d notice", "%(n)d notices", len(lines)) % {"n": len(lines)}
            return language, Parcel(one.code, to, title, lines)
    return language, Parcel(one.code, to, lines[0].title, lines, thread=first.notice.link)


def _try_later(one: _Taken, why: str) -> None:
    attempts = one.lines[0].attempts + 1  # as it was when it was taken, and this one
    if attempts >= MOST_ATTEMPTS:
        _finish(one.lines, State.FAILED, why)
        return
    Delivery.objects.filter(pk__in=[line.pk for line in one.lines]).update(
        due_at=timezone.now() + pause(attempts, PAUSES), last_error=why[:300]
    )


def _finish(lines: list[Delivery], state: str, why: str = "") -> None:
    """Note that lines are done with; a letter's address and words are not needed any more."""
    with transaction.atomic():
        Delivery.objects.filter(pk__in=[line.pk for line in lines]).update(
            state=state, done_at=timezone.now(), last_error=why[:300]
        )
        letters = [line.letter_id for line in lines if line.letter_id]
        if letters:
            Letter.objects.filter(pk__in=letters).update(address_sealed=b"", text="")


def _is_needless(line: Delivery, own: Preferences | None) -> bool:
    """Whether its person has left, or does not want this kind by this channel any more."""
    assert line.notice is not None
    kind = KINDS.get(line.notice.kind)
    wanted = kind is None or line.channel in channels_of(own, kind)
    return not (line.notice.person.is_active and wanted)


def _load(lines: list[Delivery]) -> None:
    """Read the notices, people and letters of lines that are locked (3 SQL statements)."""
    notices = Notice.objects.select_related("person").in_bulk(
        {line.notice_id for line in lines if line.notice_id}
    )
    letters = Letter.objects.in_bulk({line.letter_id for line in lines if line.letter_id})
    for line in lines:
        line.notice = notices.get(line.notice_id) if line.notice_id else None
        line.letter = letters.get(line.letter_id) if line.letter_id else None


def _wishes(people: Iterable[int]) -> dict[int, Preferences]:
    return {one.person_id: one for one in Preferences.objects.filter(person__in=set(people))}


def _address(one: _Taken, own: Preferences | None) -> None:
    notice = one.lines[0].notice
    if notice is None:
        return
    one.person = notice.person
    if one.channel != Delivery.Channel.MAIL and own is not None and own.phone_sealed:
        one.phone = unseal(bytes(own.phone_sealed))
