"""What people look at of campaigns: all of them, one with its days, targets and relapses."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.ranking import Rate
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.time import city_day, midnight
from meicheng.tables.pages import Page, page_of

from .models import Campaign, DayCount, RelapseCheck, Target
from .watching import cases_of

BEFORE = timedelta(days=7 * 8)  # what the campaign's days are held against


@dataclass(frozen=True)
class Day:
    """A day of a campaign: what came in, was closed, and stood open and late at its end."""

    day: date
    found: int
    solved: int
    open: int
    late: int
    counted: tuple[int | None, ...]  # in the order of the campaign's names


@dataclass(frozen=True)
class Side:
    """The weeks before a campaign, or those since: how much was found and how it was solved."""

    days: int
    found: int
    on_time: Rate

    @property
    def weekly(self) -> float | None:
        """Cases found a week."""
        return 7 * self.found / self.days if self.days > 0 else None


@dataclass(frozen=True)
class Aim:
    """A target with what is true of it now, or was on its day."""

    target: Target
    now: float | None
    over: bool  # its day has passed

    @property
    def met(self) -> bool | None:
        """Whether the figure holds; None where nothing is known."""
        if self.now is None:
            return None
        if self.target.at_least:
            return self.now >= self.target.figure
        return self.now <= self.target.figure


@dataclass(frozen=True)
class Relapses:
    """One count after the end, or the day on which it will be made."""

    days: int
    on: date
    check: RelapseCheck | None

    @property
    def rate(self) -> Rate | None:
        """The share of places that came back."""
        return Rate(self.check.back, self.check.places) if self.check else None


@dataclass(frozen=True)
class Account:
    """Everything of a campaign but the question whether it worked."""

    days: list[Day]
    before: Side
    since: Side
    aims: list[Aim]
    relapses: list[Relapses]
    open_now: int
    late_now: int


def reach(user: User) -> QuerySet[Campaign]:
    """The campaigns that touch where the user works: in its areas or above them, or led by hers."""
    where = scope(user, "campaigns.see")
    if where.whole_city:
        return Campaign.objects.all()
    condition = where.filter(division="areas", unit="lead")
    for path in where.paths:  # a campaign of the district is one of its communities' too
        above = [path[: end + 1] for end, sign in enumerate(path) if sign == "/" and end]
        condition |= Q(areas__path__in=above)
    return Campaign.objects.filter(pk__in=Campaign.objects.filter(condition).values("pk"))


def campaign_page(user: User, *, page: int) -> Page[Campaign]:
    """A page of campaigns, the latest first (4 SQL statements)."""
    whole = Campaign.objects.select_related("lead", "division").defer("division__outline")
    return page_of(reach(user), page, whole.prefetch_related("areas", "kinds"))


def account_of(campaign: Campaign, *, now: datetime) -> Account:
    """The days, targets and relapses of a campaign (12 SQL statements, whatever its length)."""
    cases = cases_of(campaign)
    start, today = midnight(campaign.begins), city_day(now)
    last = min(campaign.ends, today)
    open_ones = cases.exclude(state__in=FINAL_STATES)
    days = _days(campaign, cases, last) if last >= campaign.begins else []
    checks = {one.days: one for one in campaign.relapse_checks.all()}
    end = midnight(last + timedelta(days=1))
    return Account(
        days=days,
        before=_side(cases, start - BEFORE, start, now),
        since=_side(cases, start, max(start, end), now),
        aims=[_aim(campaign, cases, one, now) for one in campaign.targets.all()],
        relapses=[
            Relapses(days, campaign.ends + timedelta(days=days + 1), checks.get(days))
            for days in RelapseCheck.DAYS
        ],
        open_now=open_ones.count(),
        late_now=open_ones.filter(due_at__lt=now, resolved_at=None, suspended_at=None).count(),
    )


def _days(campaign: Campaign, cases: QuerySet[Case], last: date) -> list[Day]:
    """Each day from the first to `last` (2 SQL statements)."""
    start, end = midnight(campaign.begins), midnight(last + timedelta(days=1))
    rows = list(
        cases.filter(Q(closed_at=None) | Q(closed_at__gte=start), reported_at__lt=end).values_list(
            "reported_at", "closed_at", "due_at", "resolved_at"
        )
    )
    came = sorted(row[0] for row in rows)
    gone = sorted(row[1] for row in rows if row[1] is not None)
    # Late from its due time until it is reported as done, or closed.
    ended = [(due, done or closed) for _reported, closed, due, done in rows if due is not None]
    overdue = [(due, until) for due, until in ended if until is None or until > due]
    turned = sorted(due for due, _until in overdue)
    mended = sorted(until for _due, until in overdue if until is not None)
    entered: dict[tuple[date, str], int] = {
        (day, what): count
        for day, what, count in DayCount.objects.filter(campaign=campaign).values_list(
            "day", "what", "count"
        )
    }
    found = []
    for offset in range((last - campaign.begins).days + 1):
        day = campaign.begins + timedelta(days=offset)
        first, next_day = midnight(day), midnight(day + timedelta(days=1))
        found.append(
            Day(
                day=day,
                found=_between(came, first, next_day),
                solved=_between(gone, first, next_day),
                open=bisect_left(came, next_day) - bisect_left(gone, next_day),
                late=bisect_left(turned, next_day) - bisect_left(mended, next_day),
                counted=tuple(entered.get((day, what)) for what in campaign.counted),
            )
        )
    return found


def _between(moments: Sequence[datetime], first: datetime, end: datetime) -> int:
    return bisect_left(moments, end) - bisect_left(moments, first)


def _side(cases: QuerySet[Case], start: datetime, end: datetime, now: datetime) -> Side:
    """Cases reported from `start` to before `end` (1 SQL statement)."""
    rows = cases.filter(reported_at__gte=start, reported_at__lt=end).values_list(
        "due_at", "resolved_at", "closed_at"
    )
    found, due, on_time = 0, 0, 0
    for limit, done, closed in rows:
        found += 1
        if limit is not None and limit < now:
            due += 1
            on_time += done is not None and closed is not None and done <= limit
    return Side((end - start).days, found, Rate(on_time, due))


def _aim(campaign: Campaign, cases: QuerySet[Case], target: Target, now: datetime) -> Aim:
    """A target as it stands; once its day has passed, as it stood then (1 SQL statement)."""
    over = target.by < city_day(now)
    at = midnight(target.by + timedelta(days=1)) if over else now
    return Aim(target, _value(campaign, cases, target.measure, at), over)


def _value(campaign: Campaign, cases: QuerySet[Case], measure: str, at: datetime) -> float | None:
    if measure == Target.Measure.OPEN:
        was_open = Q(closed_at=None) | Q(closed_at__gte=at)
        return float(cases.filter(was_open, reported_at__lt=at).count())
    if measure == Target.Measure.FOUND:
        week = at - timedelta(days=7)
        return float(cases.filter(reported_at__gte=week, reported_at__lt=at).count())
    if measure == Target.Measure.ON_TIME:
        share = _side(cases, midnight(campaign.begins), at, at).on_time.share
        return None if share is None else 100 * share
    return _failed(campaign, at)


def _failed(campaign: Campaign, at: datetime) -> float | None:
    """Per cent of drawn visits since the beginning that failed: only these estimate a share."""
    answers = observations_of(campaign).filter(
        observed_at__gte=midnight(campaign.begins), observed_at__lt=at
    )
    sums = dict(answers.values_list("value").annotate(Sum("weight")).order_by())
    whole = sums.get("yes", 0.0) + sums.get("no", 0.0)
    return 100 * sums.get("no", 0.0) / whole if whole else None


def observations_of(campaign: Campaign) -> QuerySet[Observation]:
    """Answers of drawn visits to the campaign's items in its areas that stand (2 SQL statements)."""
    where = Q(pk__in=[])
    for path in campaign.areas.values_list("path", flat=True):
        where |= Q(division__path__startswith=path)
    items = list(campaign.items.values_list("pk", flat=True))
    return (
        Observation.objects.standing()
        .filter(where, item__in=items, sampled=True, value__in=["yes", "no"])
        .order_by()
    )


@dataclass(frozen=True)
class Standing:
    """A campaign on a list, with how many cases are open and late in it."""

    campaign: Campaign
    state: str  # "planned", "running", "ended"
    found: int


def standings(campaigns: Sequence[Campaign], *, now: datetime) -> list[Standing]:
    """Campaigns with what was found in them so far (3 SQL statements each; a page shows 50)."""
    today = city_day(now)
    found = []
    for one in campaigns:
        state = "planned" if today < one.begins else "running" if one.runs_on(today) else "ended"
        until = midnight(one.ends + timedelta(days=1))
        cases = cases_of(one).filter(reported_at__gte=midnight(one.begins), reported_at__lt=until)
        found.append(Standing(one, state, cases.aggregate(n=Count("pk"))["n"]))
    return found


def running_with(case: Case) -> list[Campaign]:
    """The campaigns in which a case was found: its kind, place and day (1 SQL statement)."""
    day = city_day(case.reported_at)
    path = case.division.path
    above = [path[: end + 1] for end, sign in enumerate(path) if sign == "/" and end]
    found = Campaign.objects.filter(
        kinds=case.kind_id, areas__path__in=above, begins__lte=day, ends__gte=day
    )
    return list(found.distinct())
