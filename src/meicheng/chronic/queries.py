"""What people look at of chronic places: a page of them, one with its story, counts for today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.tables.pages import Page, page_of

from .models import ChronicPlace, Measure

STATES = ("marked", "planned", "watched", "struck")
ON_MAP = 500


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody: places without a plan, and measures past their day."""

    unplanned: int
    late: int


def reach(user: User) -> QuerySet[ChronicPlace]:
    """The chronic places where the user works, or of her unit."""
    where = scope(user, "chronic.see").filter(division="division", unit="unit")
    return ChronicPlace.objects.filter(where)


def of_state(found: QuerySet[ChronicPlace], state: str) -> QuerySet[ChronicPlace]:
    """Those in one of `STATES`; "watched" is planned and quiet."""
    if state == "watched":
        return found.filter(state="planned", quiet_since__isnull=False)
    if state == "planned":
        return found.filter(state="planned", quiet_since=None)
    return found.filter(state=state) if state else found


def place_page(user: User, *, state: str, page: int) -> Page[ChronicPlace]:
    """A page of chronic places, the latest first; struck off ones only where asked (3 SQL)."""
    found = reach(user)
    found = of_state(found, state) if state else found.exclude(state="struck")
    whole = ChronicPlace.objects.select_related("kind", "division__district", "unit", "site")
    whole = whole.defer("division__outline", "division__district__outline")
    return page_of(found, page, whole.annotate(times=Count("cases", distinct=True)))


def counts(user: User) -> dict[str, int]:
    """How many places stand in each of `STATES` (1 SQL statement)."""
    found: dict[str, int] = reach(user).aggregate(
        marked=Count("pk", filter=Q(state="marked")),
        planned=Count("pk", filter=Q(state="planned", quiet_since=None)),
        watched=Count("pk", filter=Q(state="planned", quiet_since__isnull=False)),
        struck=Count("pk", filter=Q(state="struck")),
    )
    return found


def waiting(user: User, *, today: date) -> Waiting:
    """What waits for whoever plans, and for the user's own units (2 SQL statements)."""
    plans = scope(user, "chronic.plan").filter(division="division", unit="unit")
    does = scope(user, "chronic.do").filter(division="place__division", unit="place__unit")
    late = Measure.objects.filter(does, done_at=None, due__lt=today, place__state="planned")
    return Waiting(
        unplanned=ChronicPlace.objects.filter(plans, state="marked").count(), late=late.count()
    )


def in_view(
    user: User, *, west: float, south: float, east: float, north: float
) -> list[ChronicPlace]:
    """The places in view of a map that are not struck off, the latest first (1 SQL statement)."""
    rows = reach(user).exclude(state="struck").select_related("kind")
    rows = rows.filter(longitude__range=(west, east), latitude__range=(south, north))
    return list(rows.order_by("-marked_at")[:ON_MAP])


def cases_of(place: ChronicPlace) -> list[Case]:
    """Its cases, the latest first (1 SQL statement)."""
    return list(place.cases.select_related("unit").order_by("-reported_at", "-pk"))


def story(place: ChronicPlace) -> list[Event]:
    """What was done, in order (1 SQL statement)."""
    return list(Event.objects.filter(chain=place.chain).order_by("sequence"))


def of_case(case: Case) -> list[ChronicPlace]:
    """The chronic places that a case belongs to (1 SQL statement)."""
    return list(ChronicPlace.objects.filter(cases=case).select_related("unit"))
