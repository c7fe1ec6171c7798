"""What may be dropped because it tells nothing new: each with its reason and what would be lost."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from meicheng.ledger.models import Observation
from meicheng.places.time import city_day, midnight, month_of

from .models import Occurrence, Routine
from .rules import drop

# Site and item, or the day of an occurrence there.
Seen = dict[tuple[int, int], list[date]]


@dataclass(frozen=True)
class Suggestion:
    """A routine that may be dropped: why, and what would be lost."""

    routine: Routine
    reason: str  # "same" or "seen"
    among: int  # times looked at
    share: float  # of these: with the same answers, or seen by visits
    lost: float  # the highest share of times, at 95 %, that may have told something of their own
    value: str = ""  # of "same": yes or no


def suggestions(routines: Sequence[Routine], *, today: date) -> list[Suggestion]:
    """Of the routines that run, those that tell nothing new (4 SQL statements)."""
    running = {one.pk: one for one in routines if not one.is_over(today)}
    since = today - timedelta(days=drop().days)
    found = [*_same(running, since), *_seen(running, since, today)]
    return sorted(found, key=lambda one: (one.routine.code, one.reason))


def rule_of_three(among: int) -> float:
    """The highest share, at 95 %, of what was never seen among so many.

    Source: Hanley and Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249
    (1983): the exact bound is 1 - 0.05^(1/n), about 3/n.

    >>> round(rule_of_three(30), 3)
    0.095
    """
    return 1.0 if among == 0 else float(1 - 0.05 ** (1 / among))


def _same(running: dict[int, Routine], since: date) -> Iterable[Suggestion]:
    """Routines whose items were answered alike every time."""
    rows = Occurrence.objects.filter(routine__in=running, done_at__isnull=False, due__gte=since)
    values: dict[int, Counter[str]] = defaultdict(Counter)
    for routine, answers in rows.values_list("routine", "answers").iterator():
        if answers:
            values[routine]["+".join(sorted(set(answers.values())))] += 1
    for pk, counted in values.items():
        among = counted.total()
        (value,) = counted if len(counted) == 1 else ("no+yes",)
        if "+" not in value and among >= drop().same_answers_from:
            yield Suggestion(running[pk], "same", among, 1.0, rule_of_three(among), value)


def _seen(running: dict[int, Routine], since: date, today: date) -> Iterable[Suggestion]:
    """Routines all of whose items visits looked at, at the same site at about the same time."""
    pairs = Routine.items.through.objects.filter(routine__in=running)
    items: dict[int, list[int]] = defaultdict(list)
    for routine, item in pairs.values_list("routine_id", "item_id"):
        items[routine].append(item)
    rows = Occurrence.objects.filter(routine__in=list(items), site__isnull=False, due__gte=since,
                                     day__lte=today)  # fmt: skip
    times = list(rows.values_list("routine_id", "site_id", "day"))
    visits = _visits({item for several in items.values() for item in several}, since,
                     {site for _routine, site, _day in times if site is not None})  # fmt: skip
    asked: Counter[int] = Counter()
    told: Counter[int] = Counter()
    for routine, site, day in times:
        if site is None:
            continue
        asked[routine] += 1
        told[routine] += all(_near(visits.get((site, item), []), day) for item in items[routine])
    for pk, among in asked.items():
        share = told[pk] / among
        if among >= drop().seen_from and share >= drop().seen_by_visits:
            yield Suggestion(running[pk], "seen", among, share, 1 - share)


def _visits(items: set[int], since: date, sites: set[int]) -> Seen:
    """The days on which visits looked at these items, by site and item (1 SQL statement)."""
    found: Seen = defaultdict(list)
    if not sites:
        return found
    first = since - timedelta(days=drop().near_days)
    rows = Observation.objects.filter(
        item__in=items,
        month__gte=month_of(midnight(first)),
        site__isnull=False,
        origin__startswith="visit:",
    ).values_list("site_id", "item_id", "observed_at")
    for site, item, at in rows.order_by("observed_at").iterator():
        if site in sites:
            found[site, item].append(city_day(at))
    return found


def _near(days: Sequence[date], day: date) -> bool:
    """Whether one of these days, in order, is near enough."""
    within = timedelta(days=drop().near_days)
    place = bisect_left(days, day - within)
    return place < len(days) and days[place] <= day + within
