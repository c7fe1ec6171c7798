"""The value of a promise at the end of a day, by the queries that the pages read it from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from meicheng.assessment.counted import cases as counted_cases
from meicheng.assessment.periods import Period, between, months_earlier
from meicheng.assessment.queries import assess, page
from meicheng.cases.models import Case
from meicheng.cases.queries.filters import inside
from meicheng.chronic.models import ChronicPlace
from meicheng.engine.ranking import Rate
from meicheng.figures.queries import asked_of
from meicheng.lists.models import ListItem
from meicheng.places.time import midnight

from .models import Commitment

MONTHS = 3  # shares and marks are of the three months that end with the day
NO_PROBLEM = ("turned_down", "joined", "withdrawn")
# What is counted of which, as the counts of cases name them.
SHARES = {
    "on_time": ("on_time", "due"),
    "redone": ("redone", "closed"),
    "satisfied": ("satisfied", "rated"),
    "relapse": ("not_relapsed", "closed"),
}


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval and what it was counted from, as far as there are any."""

    value: float | None
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    among: int | None = None


NOTHING = Measured(None)


def period_of(day: date) -> Period:
    """The three months that end with a day.

    >>> period_of(date(2026, 9, 30)).text
    '2026-07-01..2026-09-30'
    """
    after = day + timedelta(days=1)
    return between(months_earlier(after, MONTHS), day)


def measure(promise: Commitment, day: date) -> Measured:
    """The value at the end of a day that is over; for what is entered by hand, nothing.

    1 to 12 SQL statements, whatever the number of cases.
    """
    metric, end = promise.metric, midnight(day + timedelta(days=1))
    if metric in SHARES:
        return _share(promise, day)
    if metric == "open":
        return Measured(float(_open(promise, end)))
    if metric == "chronic":
        return _struck_places(promise, end)
    if metric == "list":
        return _struck_items(promise, end)
    if metric == "marks":
        return _marks(promise, day)
    if metric == "figure":
        return _figure(promise, day)
    return NOTHING


def page_of_value(promise: Commitment, day: date) -> str:
    """The page that shows what a value was read from; "" where there is none."""
    metric = promise.metric
    period = period_of(day)
    if metric == "marks" and promise.framework is not None:
        return page(promise.framework, period, promise.division)
    if metric == "figure":
        query = {"division": promise.division.code, "period": str(day.year)}
        return f"{reverse('figures:grid')}?{urlencode(query)}"
    if metric == "chronic":
        return reverse("chronic:places")
    if metric == "list" and promise.problem_list is not None:
        return reverse("lists:list", args=[promise.problem_list.code])
    if metric not in SHARES and metric != "open":
        return ""
    asked = {
        "group": "open" if metric == "open" else "all",
        "kind": promise.kind_id or "",
        "unit": promise.unit.code if promise.unit else "",
        "division": "" if promise.unit else promise.division.code,
        "since": "" if metric == "open" else str(period.first_day),
    }
    query = {name: value for name, value in asked.items() if value}
    return f"{reverse('cases:list')}?{urlencode(query)}"


def _share(promise: Commitment, day: date) -> Measured:
    """A share of cases in per cent with Wilson's interval (1 SQL statement, at most 3)."""
    of, among = SHARES[promise.metric]
    by_kind = counted_cases(period_of(day), promise.division, [of, among], unit=promise.unit)
    wanted = [by_kind.get(promise.kind_id)] if promise.kind_id else list(by_kind.values())
    hits = sum(one[of] for one in wanted if one is not None)
    whole = sum(one[among] for one in wanted if one is not None)
    if promise.metric == "relapse":
        hits = whole - hits
    rate = Rate(hits, whole)
    if rate.share is None or rate.interval is None:
        return Measured(None, hits=0, among=0)
    low, high = rate.interval
    return Measured(100 * rate.share, 100 * low, 100 * high, hits, whole)


def _open(promise: Commitment, end: datetime) -> int:
    """Cases that were open at a moment (1 SQL statement)."""
    where = Q(closed_at=None) | Q(closed_at__gte=end)
    if promise.unit_id:
        where &= Q(unit=promise.unit_id)
    elif promise.division.parent_id is not None:
        where &= inside(promise.division)
    if promise.kind_id:
        where &= Q(kind=promise.kind_id)
    return Case.objects.filter(where, reported_at__lt=end).exclude(state__in=NO_PROBLEM).count()


def _struck_places(promise: Commitment, end: datetime) -> Measured:
    """Of the chronic places that were marked by then, those struck off (1 SQL statement)."""
    places = ChronicPlace.objects.filter(_own(promise), marked_at__lt=end)
    if promise.kind_id:
        places = places.filter(kind=promise.kind_id)
    return _struck(places, end)


def _struck_items(promise: Commitment, end: datetime) -> Measured:
    """Of the problems of the list that are the promise's, those struck off (1 SQL statement)."""
    return _struck(ListItem.objects.filter(_own(promise), list=promise.problem_list), end)


def _own(promise: Commitment) -> Q:
    """What is the unit's, or lies in the division."""
    if promise.unit_id:
        return Q(unit=promise.unit_id)
    return Q(division__path__startswith=promise.division.path)


def _struck(rows: QuerySet[ChronicPlace] | QuerySet[ListItem], end: datetime) -> Measured:
    counts = rows.order_by().aggregate(
        among=Count("pk"), hits=Count("pk", filter=Q(struck_at__lt=end))
    )
    hits, among = counts["hits"], counts["among"]
    return Measured(100 * hits / among if among else None, hits=hits, among=among)


def _marks(promise: Commitment, day: date) -> Measured:
    """Marks of the standard, of a node with its interval, or of a criterion (≤ 12 SQL)."""
    assert promise.framework is not None  # a promise of marks names its standard
    result = assess(promise.framework, period_of(day), promise.division)
    if not promise.part:
        low, high = result.interval or (None, None)
        return Measured(result.marks, low, high)
    for node in result.nodes:
        if node.code == promise.part:
            low, high = node.interval or (None, None)
            full = node.full_marks
            return Measured(node.marks, low and low * full, high and high * full)
    for one in result.criteria:
        if one.code == promise.part:
            return Measured(None if one.share is None else one.share * one.full_marks)
    return NOTHING


def _figure(promise: Commitment, day: date) -> Measured:
    """The latest figure of the last year, a share in per cent (5 SQL statements)."""
    period = between(months_earlier(day, 12), day)
    for one in asked_of(period, promise.division):
        if one.item.pk == promise.item_id and one.history:
            last = one.history[-1]
            if last.day >= period.first_day:
                return Measured(last.number * (100 if one.is_rate else 1))
    return NOTHING
