"""Routines make themselves: their occurrences, two weeks ahead, and word of what was missed."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.cases.clock import calendar
from meicheng.ledger.events import next_event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership
from meicheng.places.models import Site

from .models import Occurrence, Routine
from .rhythm import days_of

AHEAD = timedelta(days=14)
ONE = timedelta(days=1)


def make_occurrences(day: date) -> int:
    """Make what routines ask for until two weeks from a day; how many routines went on.

    Derived from the calendar: a worker that stood still for up to two weeks was missed by nobody,
    and days for which nothing could be made are said in the chain, never counted as missed.
    """
    waiting = Routine.objects.filter(made_until__lt=day + AHEAD).exclude(ends__lt=day)
    waiting = waiting.exclude(ends__lte=F("made_until"))
    return sum(go_on(pk, day) for pk in waiting.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def go_on(pk: int, day: date) -> int:
    """Make the occurrences of one routine until two weeks from a day; 1, or 0 if they stand."""
    locked = Routine.objects.select_for_update(of=("self",)).filter(pk=pk)
    routine = locked.select_related("division").get()
    last = min(day + AHEAD, routine.ends or date.max)
    if routine.made_until >= last:
        return 0
    begin = routine.made_until + ONE
    skipped = _days(routine, begin, day - ONE)
    wanted = _days(routine, max(begin, day), last)
    places = sites_of(routine)
    Occurrence.objects.bulk_create(
        [
            Occurrence(routine=routine, day=one, due=one + routine.grace * ONE, site_id=site)
            for one in wanted
            for site in places
        ],
        batch_size=500,
    )
    routine.made_until = last
    if skipped:
        days = [str(one) for one in skipped]
        next_event(routine, "routine_not_asked", by=None, at=timezone.now(), days=days)
    routine.save(update_fields=["made_until", "events_count", "head_hash"])
    return 1


def sites_of(routine: Routine) -> list[int | None]:
    """The keys of its sites as they are now; None for the division as a whole (≤ 1 SQL)."""
    if routine.site_kind_id is None:
        return [None]
    found = Site.objects.filter(
        kind=routine.site_kind_id, active=True, division__path__startswith=routine.division.path
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def _days(routine: Routine, first: date, last: date) -> list[date]:
    return days_of(routine.rhythm, routine.number, since=routine.since, first=first, last=last,
                   works=calendar().days.works)  # fmt: skip


def tell_missed(day: date) -> int:
    """Tell the leads of units once what was missed until yesterday; how many routines were looked at."""
    waiting = Routine.objects.filter(told_until__lt=day - ONE).order_by("pk")
    waiting = waiting.exclude(ends__lt=day - 2 * AHEAD)  # nothing of them can be due any more
    return sum(_tell(pk, day - ONE) for pk in waiting.values_list("pk", flat=True))


@transaction.atomic
def _tell(pk: int, until: date) -> int:
    locked = Routine.objects.select_for_update(of=("self",)).filter(pk=pk)
    routine = locked.select_related("unit__parent", "division").get()
    if routine.told_until >= until:  # another worker was quicker
        return 0
    missed = Occurrence.objects.filter(
        routine=routine, done_at=None, due__gt=routine.told_until, due__lte=until
    ).count()
    routine.told_until = until
    if missed:
        at = timezone.now()
        next_event(routine, "routine_missed", by=None, at=at, count=missed, until=str(until))
        notify(
            to=holders([Membership.Role.UNIT_LEAD], unit=routine.unit),
            kind="routine.missed",
            title=words(
                gettext_noop("%(title)s was missed %(count)s times until %(day)s"),
                title=routine.title,
                count=missed,
                day=str(until),
            ),
            link=f"/routines/{routine.code}/?state=missed",
            key=f"routine:{routine.pk}:missed:{until}",
        )
    routine.save(update_fields=["told_until", "events_count", "head_hash"])
    return 1
