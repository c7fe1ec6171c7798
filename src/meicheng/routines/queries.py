"""What people look at of routines: what is to be done now, all of them, one with its times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.tables.pages import Page, page_of

from .models import Occurrence, Routine

STATES = ("due", "missed", "done")
SINCE = timedelta(days=30)  # what was done and missed is counted over these


@dataclass(frozen=True)
class Waiting:
    """What waits for the user's own units, and what they missed in the last 30 days."""

    due: int
    missed: int


def reach(user: User) -> QuerySet[Routine]:
    """The routines where the user works, or of her unit."""
    return Routine.objects.filter(
        scope(user, "routines.see").filter(division="division", unit="unit")
    )


def occurrences(user: User) -> QuerySet[Occurrence]:
    """The times of these routines."""
    where = scope(user, "routines.see")
    return Occurrence.objects.filter(
        where.filter(division="routine__division", unit="routine__unit")
    )


def of_state(found: QuerySet[Occurrence], state: str, *, today: date) -> QuerySet[Occurrence]:
    """Those in one of `STATES`: to be done now, missed or done in the last 30 days."""
    if state == "missed":
        return found.filter(_missed(today)).order_by("-due", "pk")
    if state == "done":
        recent = found.filter(done_at__isnull=False, due__gte=today - SINCE)
        return recent.order_by("-done_at", "pk")
    return found.filter(done_at=None, day__lte=today, due__gte=today).order_by("due", "pk")


def occurrence_page(
    found: QuerySet[Occurrence], *, state: str, today: date, page: int
) -> Page[Occurrence]:
    """A page of times in a state (3 SQL statements)."""
    whole = Occurrence.objects.select_related("routine__unit", "site", "done_by", "photo",
                                              "routine__division__district")  # fmt: skip
    whole = whole.defer("routine__division__outline", "routine__division__district__outline")
    return page_of(of_state(found, state, today=today), page, whole)


def counts(found: QuerySet[Occurrence], *, today: date) -> dict[str, int]:
    """How many times stand in each of `STATES` (1 SQL statement)."""
    recent = found.filter(due__gte=today - SINCE, day__lte=today).order_by()
    conditions = {
        "due": Q(done_at=None, due__gte=today),
        "missed": _missed(today),
        "done": Q(done_at__isnull=False),
    }
    # "due" itself is a field: a count of that name would stand in its place.
    counted = recent.aggregate(
        **{f"{name}_count": Count("pk", filter=rows) for name, rows in conditions.items()}
    )
    return {name: counted[f"{name}_count"] for name in conditions}


def routine_page(user: User, *, today: date, over: bool, page: int) -> Page[Routine]:
    """A page of routines that run, or of those that are over (3 SQL statements).

    Each carries `asked`, `done` and `missed` of the last 30 days.
    """
    ended = Q(ends__lte=today)
    found = reach(user).filter(ended) if over else reach(user).exclude(ended)
    times = Q(occurrences__due__gte=today - SINCE, occurrences__day__lte=today)
    gone = Q(occurrences__done_at=None, occurrences__due__lt=today)
    whole = Routine.objects.select_related("unit", "site_kind", "division__district")
    whole = whole.defer("division__outline", "division__district__outline").annotate(
        asked=Count("occurrences", filter=times),
        done=Count("occurrences", filter=times & Q(occurrences__done_at__isnull=False)),
        missed=Count("occurrences", filter=times & gone),
    )
    return page_of(found, page, whole)


def waiting(user: User, *, today: date) -> Waiting:
    """What the user's own units have to do now, and what they missed (1 SQL statement)."""
    own = scope(user, "routines.do").filter(division="routine__division", unit="routine__unit")
    counted = counts(Occurrence.objects.filter(own), today=today)
    return Waiting(due=counted["due"], missed=counted["missed"])


def story(routine: Routine) -> list[Event]:
    """What was done to the routine itself, the latest first (1 SQL statement)."""
    found = Event.objects.filter(chain=routine.chain).exclude(verb="routine_done")
    return list(found.order_by("-sequence")[:50])


def _missed(today: date) -> Q:
    return Q(done_at=None, due__lt=today, due__gte=today - SINCE)


def next_due(routine: Routine, *, today: date) -> date | None:
    """The next day on which it comes (1 SQL statement)."""
    later = Occurrence.objects.filter(routine=routine, day__gt=today).order_by("day")
    return later.values_list("day", flat=True).first()
