"""What people look at of commitments: a page of them, one with its line and changes, counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.tables.pages import Page, page_of

from .judging import STALE, Standing, standing
from .models import Commitment, Reading

STATES = ("running", "kept", "broken", "untold", "withdrawn")


@dataclass(frozen=True)
class Line:
    """A promise with how it stands, or how it ended."""

    promise: Commitment
    standing: Standing

    @property
    def value(self) -> float | None:
        """The value that it stands at, or that was stated at its date."""
        read = self.promise.stated_from if self.promise.outcome else self.standing.read
        return None if read is None else read.value


@dataclass(frozen=True)
class Waiting:
    """What waits for the user's own unit or place: promises behind, and values to be entered."""

    behind: int
    to_enter: int


def whole(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Promises with all that a line of them shows (1 SQL statement, and 1 for the readings)."""
    joined = rows.select_related(
        "division", "unit", "kind", "framework", "item", "problem_list", "stated_from"
    )
    slim = joined.defer("division__outline", "framework__document")
    return slim.prefetch_related(Prefetch("readings", Reading.objects.order_by("day", "pk")))


def of_state(found: QuerySet[Commitment], state: str) -> QuerySet[Commitment]:
    """Those in one of `STATES`."""
    return found.filter(outcome="" if state == "running" else state)


def promise_page(*, state: str, page: int) -> Page[Commitment]:
    """A page of promises in a state, the next date first, what is over latest first (4 SQL)."""
    found = of_state(Commitment.objects.all(), state)
    order = ["due", "pk"] if state == "running" else ["-due", "-pk"]
    return page_of(found.order_by(*order), page, whole(Commitment.objects.all()))


def lines(rows: Iterable[Commitment], *, today: date) -> list[Line]:
    """Promises with how they stand; their readings have been fetched (no SQL)."""
    return [Line(one, standing(one, list(one.readings.all()), today=today)) for one in rows]


def counts() -> dict[str, int]:
    """How many promises are in each of `STATES` (1 SQL statement)."""
    names: dict[str, int] = dict(
        Commitment.objects.order_by().values_list("outcome").annotate(Count("pk"))
    )
    return {state: names.get("" if state == "running" else state, 0) for state in STATES}


def waiting(user: User, *, today: date) -> Waiting:
    """What waits for those who answer, in the user's own unit or place (2 SQL statements)."""
    own = scope(user, "commitments.enter").filter(division="division", unit="unit")
    rows = Commitment.objects.filter(own, outcome="", start__lte=today)
    found = lines(whole(rows), today=today)
    behind = sum(one.standing.state == "behind" for one in found)
    return Waiting(behind, sum(_to_enter(one, today) for one in found))


def _to_enter(line: Line, today: date) -> bool:
    """Whether a value is missing: none for three months, or none of its date, which has passed."""
    one, read = line.promise, line.standing.read
    if one.metric != Commitment.Metric.ENTERED:
        return False
    last = one.start if read is None else read.day
    return today - last > STALE or (one.due < today and last < one.due)


def changes(one: Commitment) -> list[Event]:
    """Its history, the latest first (1 SQL statement)."""
    return list(Event.objects.filter(chain=one.chain).order_by("-sequence"))


@dataclass(frozen=True)
class Public:
    """A promise as the public sees it, with what was changed of it."""

    line: Line
    changes: list[Event]


def published(*, today: date) -> list[Public]:
    """Every promise that is shown to the public, those that run first (3 SQL statements)."""
    rows = list(whole(Commitment.objects.filter(public=True)))
    running = [one for one in rows if not one.outcome]
    rows = running + [one for one in reversed(rows) if one.outcome]
    said = Event.objects.filter(
        chain__in=[one.chain for one in rows],
        verb__in=["commitment_changed", "commitment_withdrawn"],
    )
    events: dict[str, list[Event]] = {}
    for event in said.order_by("pk"):
        events.setdefault(event.chain, []).append(event)
    return [Public(line, events.get(line.promise.chain, [])) for line in lines(rows, today=today)]


def stated_between(first: date, last: date) -> list[Commitment]:
    """The promises whose date fell in these days and whose end is stated (2 SQL statements)."""
    rows = Commitment.objects.filter(due__gte=first, due__lte=last).exclude(outcome="")
    return list(whole(rows.exclude(outcome="withdrawn")))


def running_on(day: date) -> list[Line]:
    """The promises that run on a day, as they stood then by readings up to it (2 SQL)."""
    rows = whole(Commitment.objects.filter(Q(outcome="") | Q(due__gte=day), start__lte=day))
    found = []
    for one in rows.exclude(outcome="withdrawn"):
        reads: Sequence[Reading] = [read for read in one.readings.all() if read.day <= day]
        found.append(Line(one, standing(one, reads, today=day)))
    return found
