"""What a day asks for: readings of promises, notices, and what is stated at the date.

Derived from the days alone: what was missed while the worker stood still is made up for, and
nothing is done twice.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.ledger.events import next_event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership, User

from .judging import outcome
from .measuring import measure
from .models import Commitment, Reading

EVERY = timedelta(days=7)  # how often the data is read for a promise
LATE = timedelta(days=30)  # so long a value of before the date is waited for, where entered by hand
TOLD_FOR = timedelta(days=7)  # a notice that is later than this says nothing any more
Role = Membership.Role


def follow_commitments(day: date) -> int:
    """Read, tell and state what the day asks for, for every promise that runs; how much."""
    done = 0
    for pk in Commitment.objects.filter(outcome="", start__lte=day).values_list("pk", flat=True):
        done += _follow(pk, day)
    return done


@transaction.atomic
def _follow(pk: int, day: date) -> int:
    held = Commitment.objects.select_for_update(of=("self",)).filter(pk=pk, outcome="")
    one = held.select_related("division", "unit__division", "framework").first()
    if one is None:  # another worker was quicker
        return 0
    return bring_up_to_date(one, day) + _tell(one, day)


def bring_up_to_date(one: Commitment, day: date) -> int:
    """Take the readings that are due, and state at the date; how much. The row is held."""
    done = 0
    if one.metric != Commitment.Metric.ENTERED:
        done += _read(one, day)
    ended = (
        one.due < day if one.metric != Commitment.Metric.ENTERED else _entered_to_the_end(one, day)
    )
    if ended and not one.outcome:
        _state(one)
        done += 1
    return done


def _read(one: Commitment, day: date) -> int:
    """A reading at the beginning, one every week, and one at the date."""
    yesterday = min(day - timedelta(days=1), one.due)
    beginning = one.start - timedelta(days=1)
    taken = set(one.readings.filter(by=None).values_list("day", flat=True))
    wanted = [beginning] if beginning < day and not taken else []
    last = max([*taken, *wanted], default=None)
    if (
        last is not None
        and yesterday > last
        and (yesterday - last >= EVERY or yesterday == one.due)
    ):
        wanted.append(yesterday)
    for end in wanted:
        found = measure(one, end)
        Reading.objects.create(
            commitment=one, day=end, value=found.value, low=found.low, high=found.high,
            hits=found.hits, among=found.among, at=timezone.now(),
        )  # fmt: skip
    return len(wanted)


def _entered_to_the_end(one: Commitment, day: date) -> bool:
    """Whether the value of its date was entered, or has been waited for long enough."""
    return one.due < day and (
        one.due + LATE < day or one.readings.filter(day=one.due, by__isnull=False).exists()
    )


def _state(one: Commitment) -> None:
    """State whether it was kept, from the reading at its date, and tell who answers."""
    entered = one.metric == Commitment.Metric.ENTERED
    # What was entered within a month before the date speaks for it; a measured one is of the date.
    since = one.due - LATE if entered else one.due
    reads = one.readings.filter(day__gte=since, day__lte=one.due, by__isnull=not entered)
    read = reads.order_by("day", "pk").last()
    one.outcome, one.stated_from = outcome(one, read), read
    one.stated_at = timezone.now()
    value = read.value if read is not None else None
    next_event(one, "commitment_stated", by=None, at=one.stated_at, outcome=one.outcome,
               value=value, low=read.low if read else None, high=read.high if read else None,
               day=str(read.day) if read else None)  # fmt: skip
    one.save()
    titles = {
        "kept": gettext_noop("“%(words)s” was kept"),
        "broken": gettext_noop("“%(words)s” was not kept"),
        "untold": gettext_noop("Whether “%(words)s” was kept cannot be told"),
    }
    _notify(one, "commitment.stated", titles[one.outcome], "stated")


def _tell(one: Commitment, day: date) -> int:
    """Say at half time and 30 days before the date how a promise stands; how many were told."""
    if one.outcome:
        return 0
    told = 0
    if one.half <= day < one.half + TOLD_FOR:
        title = gettext_noop("Half of the time for “%(words)s” is gone")
        told += _notify(one, "commitment.due", title, f"half:{one.due}")
    if one.soon <= day < one.soon + TOLD_FOR and one.soon > one.half:
        title = gettext_noop("30 days are left for “%(words)s”")
        told += _notify(one, "commitment.due", title, f"soon:{one.due}")
    return told


def who_answers(one: Commitment) -> list[User]:
    """The leads of the unit or of the place that promised."""
    if one.unit is not None:
        return holders([Role.UNIT_LEAD], unit=one.unit)
    return holders([Role.DISTRICT_LEAD, Role.CITY_LEAD], division=one.division)


def _notify(one: Commitment, kind: str, title: str, what: str) -> int:
    office = holders([Role.CREATION_OFFICE], division=one.division)
    return notify(
        to={person.pk: person for person in (*who_answers(one), *office)}.values(),
        kind=kind,
        title=words(title, words=one.words),
        link=f"/commitments/{one.code}/",
        key=f"commitment:{one.pk}:{what}",
    )
