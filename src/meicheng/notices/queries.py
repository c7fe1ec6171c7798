"""What people look at of their notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from meicheng.organisation.models import User
from meicheng.tables.pages import Page, page_of

from .kinds import KINDS
from .models import Notice
from .words import spoken

MOST_COUNTED = 100


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
