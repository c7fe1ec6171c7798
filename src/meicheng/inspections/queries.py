"""What people look at of inspections: visits, one visit, what to visit next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Max, Q, QuerySet

from meicheng.cases.models import Case
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division, Site
from meicheng.tables.pages import Page, page_of

from .draw import drawn_on
from .models import Round, Stop, Visit


@dataclass(frozen=True)
class VisitFilters:
    """The narrowing of the list of visits, as its address says it."""

    site: str = ""
    division: Division | None = None
    reason: str = ""
    mine: bool = False
    since: date | None = None


@dataclass(frozen=True)
class Served:
    """What one look was worth: the criteria and standards that its answers serve."""

    answers: int
    criteria: int
    standards: int

    @property
    def saved(self) -> int:
        """Looks that it spared: one for each criterion, had each been looked at by itself."""
        return max(0, self.criteria - self.answers)


@dataclass(frozen=True)
class VisitDetails:
    """A visit with its answers, the cases it opened, and what it served."""

    visit: Visit
    answers: list[Observation]
    corrected: dict[int, Observation]  # what an answer replaces, by its own key
    cases: list[Case]
    served: Served


@dataclass(frozen=True)
class ToVisit:
    """Where to go: sites drawn for today that nobody has visited yet, and the longest unseen."""

    drawn: list[Site]
    drawn_in_all: int
    longest: list[Site]  # each with `last_visit`, None where nobody was ever


def visit_list(user: User, filters: VisitFilters, *, page: int) -> Page[Visit]:
    """One page of the visits in the user's scope, newest first (3 SQL statements)."""
    visits = Visit.objects.filter(scope(user, "visits.see").filter(division="site__division"))
    if filters.site:
        visits = visits.filter(site__code=filters.site)
    if filters.division is not None:
        visits = visits.filter(site__division__path__startswith=filters.division.path)
    if filters.reason:
        visits = visits.filter(reason=filters.reason)
    if filters.mine:
        visits = visits.filter(by=user)
    if filters.since is not None:
        visits = visits.filter(visited_at__date__gte=filters.since)
    whole = Visit.objects.select_related("site__kind", "site__division__district")
    return page_of(
        visits.order_by("-visited_at", "-pk"),
        page,
        whole.defer("site__division__outline", "site__division__district__outline"),
    )


def visit_page(visit: Visit) -> VisitDetails:
    """One visit (3 SQL statements)."""
    rows = list(
        Observation.objects.filter(origin=visit.origin)
        .select_related("item", "photo", "recorded_by")
        .order_by("item__position", "item__code", "pk")
    )
    replaced = {row.replaces_id: row for row in rows if row.replaces_id}
    by_key = {row.pk: row for row in rows}
    answers = [row for row in rows if row.pk not in replaced]
    failed = [row.item_id for row in rows if row.value == "no"]
    cases = Case.objects.filter(
        site=visit.site_id, item__in=failed, reported_at=visit.visited_at
    ).select_related("kind", "unit")
    criteria = {(row.item_id, code) for row in answers for code in row.item.criteria}
    return VisitDetails(
        visit=visit,
        answers=answers,
        corrected={row.pk: by_key[row.replaces_id] for row in answers if row.replaces_id},
        cases=list(cases) if failed else [],
        served=Served(
            answers=len(answers),
            criteria=len(criteria),
            standards=len({code.split("/")[0] for _item, code in criteria}),
        ),
    )


def to_visit(user: User, today: date, *, limit: int = 12) -> ToVisit:
    """Where the user might go today (at most 4 SQL statements)."""
    within = sites_of(user)
    drawn = within.filter(code__in=drawn_on(today)).exclude(
        visits__visited_at__date=today, visits__reason=Visit.Reason.SAMPLE
    )
    longest = within.annotate(last_visit=Max("visits__visited_at")).order_by(
        F("last_visit").asc(nulls_first=True), "code"
    )
    related = ("kind", "division__district")
    return ToVisit(
        drawn=list(drawn.select_related(*related).order_by("division__path", "code")[:limit]),
        drawn_in_all=drawn.count(),
        longest=list(longest.select_related(*related)[:limit]),
    )


def rounds_seen(user: User) -> QuerySet[Round]:
    """The rounds with a site in the user's scope, newest first, each with `stops_in_all`, `made`."""
    within = scope(user, "visits.see")
    seen = Round.objects.filter(
        within.filter(division="division")
        | Q(stops__in=Stop.objects.filter(within.filter(division="site__division")))
    ).distinct()
    counted = Round.objects.filter(pk__in=seen.order_by().values("pk")).annotate(
        stops_in_all=Count("stops"), made=Count("stops__visit")
    )
    return counted.select_related("division", "item", "made_by").order_by("-made_at", "-pk")


def rounds_to_make(user: User, *, limit: int = 6) -> list[Round]:
    """Rounds that are not yet done, the first to be due first (1 SQL statement)."""
    waiting = Round.objects.filter(stops__visit=None)
    return list(rounds_seen(user).filter(pk__in=waiting).order_by("due", "pk")[:limit])


def stops_of(user: User, one: Round) -> list[Stop]:
    """The stops of a round in the user's scope, in the order in which one goes (1 SQL statement)."""
    within = scope(user, "visits.see").filter(division="site__division")
    found = one.stops.filter(within).select_related(
        "site__kind", "site__division__district", "visit"
    )
    return list(
        found.defer("site__division__outline", "site__division__district__outline").order_by(
            "position"
        )
    )


def sites_of(user: User) -> QuerySet[Site]:
    """The active sites that the user may visit."""
    where = scope(user, "visits.write").filter(division="division")
    return Site.objects.filter(where, active=True)
