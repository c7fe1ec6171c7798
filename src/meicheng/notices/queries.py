"""What people look at of their notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce

from meicheng.organisation.models import User
from meicheng.tables.pages import Page, page_of

from .kinds import CHANNELS, KINDS
from .models import Delivery, Notice
from .words import spoken

MOST_COUNTED = 100
STUCK = timedelta(minutes=30)


@dataclass(frozen=True)
class NoticeLine:
    """A notice in the reader's language."""

    pk: int
    kind: str
    kind_name: str
    title: str
    body: str
    link: str
    urgent: bool
    made_at: datetime
    unread: bool


def unread_count(person: User) -> int:
    """How many notices somebody has not read, up to `MOST_COUNTED` (1 SQL statement, by an index)."""
    unread = Notice.objects.filter(person=person, read_at=None).order_by()
    return unread.values("pk")[:MOST_COUNTED].count()


def notice_page(person: User, *, unread: bool, kind: str, page: int) -> Page[Notice]:
    """A page of somebody's notices, the newest first (3 SQL statements)."""
    found = Notice.objects.filter(person=person).order_by("-pk")
    if unread:
        found = found.filter(read_at=None)
    if kind:
        found = found.filter(kind=kind)
    return page_of(found, page, Notice.objects.all())


@dataclass(frozen=True)
class Stuck:
    """A way out by which nothing gets through: how many wait, the oldest since when."""

    way: str
    waiting: int
    since: datetime


def stuck_ways(now: datetime) -> list[Stuck]:
    """The ways out by which something has been tried in vain for `STUCK` (1 SQL statement)."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, digest=False)
    rows = (
        waiting.filter(Q(due_at__lte=now) | Q(attempts__gt=0))
        .annotate(made=Coalesce("letter__made_at", "notice__made_at"))
        .filter(made__lte=now - STUCK)
        .values("channel")
        .annotate(waiting=Count("pk"), since=Min("made"), why=Max("last_error"))
        .exclude(why="")
        .order_by("channel")
    )
    return [Stuck(str(CHANNELS[row["channel"]]), row["waiting"], row["since"]) for row in rows]


def line(notice: Notice) -> NoticeLine:
    """A notice in the active language (no SQL)."""
    known = KINDS.get(notice.kind)
    return NoticeLine(
        pk=notice.pk,
        kind=notice.kind,
        kind_name=str(known.name) if known else notice.kind,
        title=spoken(notice.title),
        body=spoken(notice.body),
        link=notice.link,
        urgent=notice.urgent,
        made_at=notice.made_at,
        unread=notice.read_at is None,
    )
