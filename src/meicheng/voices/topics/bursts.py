"""Sudden rises of kinds of problems in districts: found each night for the week that has passed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from meicheng.engine.hearing import Level, level_of, season_of
from meicheng.engine.hearing.bursts import WEEKS
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.time import midnight

from ..models import Report
from .models import Burst

YEAR = timedelta(weeks=52)  # the same days of the week
AROUND = timedelta(weeks=1)  # before and after the week of last year, which give its season
WEEK = timedelta(weeks=1)
Counts = Mapping[tuple[str, int], Mapping[date, int]]  # by kind and district, of days


@dataclass(frozen=True)
class Rise:
    """A rise: which kind where, how many in the week that ends on `day`, and what is usual."""

    kind: str
    district: int
    day: date
    count: int
    level: Level


def daily_counts(first: date, last: date) -> dict[tuple[str, int], Counter[date]]:
    """Reports by kind, district and day, from the first day to the last (1 SQL statement).

    What was turned down counts too: that many said so is news. Reports of no district are left out.
    """
    rows = (
        Report.objects.filter(
            reported_at__gte=midnight(first),
            reported_at__lt=midnight(last + timedelta(days=1)),
            kind__isnull=False,
            division__district__isnull=False,
        )
        .order_by()
        .values_list("kind_id", "division__district_id", TruncDate("reported_at"))
        .annotate(Count("pk"))
    )
    found: dict[tuple[str, int], Counter[date]] = defaultdict(Counter)
    for kind, district, day, count in rows:
        found[kind, district][day] += count
    return found


def rises(counts: Counts, day: date) -> list[Rise]:
    """The rises of the week that ends on `day`, the largest beyond its bound first (no SQL)."""
    kinds: dict[str, list[Mapping[date, int]]] = defaultdict(list)
    for (kind, _district), days in counts.items():
        kinds[kind].append(days)
    seasons = {kind: _season(several, day) for kind, several in kinds.items()}
    spreads = {kind: _spread(several, day) for kind, several in kinds.items()}
    found = []
    for (kind, district), days in counts.items():
        count = _week(days, day)
        before = [_week(days, day - WEEK * step) for step in range(1, WEEKS + 1)]
        if count <= fmean(before):  # most are: spares the quantile
            continue
        level = level_of(before, season=seasons[kind], spread=spreads[kind])
        if level.exceeded(count):
            found.append(Rise(kind, district, day, count, level))
    return sorted(found, key=lambda one: (one.level.bound - one.count, one.kind, one.district))


def find_bursts(day: date) -> list[Rise]:
    """Find and keep the rises of the week before `day` (2 SQL statements for the counts)."""
    last = day - timedelta(days=1)
    first = last - WEEK * (WEEKS + 1) + timedelta(days=1)
    counts = daily_counts(first, last)
    for key, days in daily_counts(first - YEAR - AROUND, last - YEAR + AROUND).items():
        counts[key].update(days)
    found = rises(counts, last)
    with transaction.atomic():
        Burst.objects.filter(day=last).delete()
        Burst.objects.bulk_create(
            Burst(
                kind_id=one.kind,
                district_id=one.district,
                day=one.day,
                count=one.count,
                expected=one.level.expected,
                bound=one.level.bound,
            )
            for one in found
        )
    return found


def bursts_seen(user: User, *, today: date) -> list[Burst]:
    """The rises of the last week that the user may see, largest first (1 SQL statement)."""
    seen = scope(user, "reports.see").filter(division="district")
    found = Burst.objects.filter(seen, day__gte=today - timedelta(days=2), day__lt=today)
    latest: dict[tuple[str, int], Burst] = {}
    for one in found.select_related("kind", "district").defer("district__outline").order_by("day"):
        latest[one.kind_id, one.district_id] = one
    return sorted(latest.values(), key=lambda one: (one.bound - one.count, one.pk))


def _week(days: Mapping[date, int], last: date) -> int:
    return sum(days.get(last - timedelta(days=step), 0) for step in range(7))


def _season(several: list[Mapping[date, int]], day: date) -> float:
    """Last year's rise of a kind at this time of the year over the whole city."""
    then = day - YEAR
    around = [_over(several, then + AROUND * step) for step in (-1, 0, 1)]
    before = [_over(several, then - WEEK * step) for step in range(1, WEEKS + 1)]
    return season_of(fmean(around), fmean(before)) if sum(before) else 1.0


def _over(several: list[Mapping[date, int]], last: date) -> int:
    return sum(_week(days, last) for days in several)


def _spread(several: list[Mapping[date, int]], day: date) -> float:
    """The variance over the mean of a kind's weeks, taken over all districts."""
    squares = mean_of_all = 0.0
    for days in several:
        weeks = [_week(days, day - WEEK * step) for step in range(1, WEEKS + 1)]
        mean = fmean(weeks)
        squares += sum((one - mean) ** 2 for one in weeks) / (WEEKS - 1)
        mean_of_all += mean
    return squares / mean_of_all if mean_of_all else 1.0
