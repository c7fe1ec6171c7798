"""Did a campaign work? Its areas beside comparable ones, by what nobody looked for harder.

A campaign sends more eyes, and more eyes find more: so cases are counted that citizens reported,
and of visits only those whose sites were drawn by lot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from meicheng.cases.models import SPOKEN, Case
from meicheng.engine.effects import Area, Finding, judge, most_alike
from meicheng.ledger.models import Observation
from meicheng.places.models import Division
from meicheng.places.time import city_day, midnight

from .models import Campaign
from .watching import NO_PROBLEM

WEEKS_BEFORE = 26
RESIDENTS = 100_000
LEAST_BESIDE = 8
OUTCOMES = ("cases", "failed")


@dataclass(frozen=True)
class Effect:
    """What was compared, week by week, and what came of it.

    weeks: the first day of each, `began` being the number of the first in which it should show.
    per_residents: whether cases are counted by a hundred thousand residents, or, where the residents of
    an area are not known, by area.
    """

    outcome: str
    weeks: list[date]
    began: int
    treated: list[Area]
    others: list[Area]
    names: Mapping[str, Division]
    candidates: list[Division]
    chosen: bool
    per_residents: bool
    finding: Finding

    def course(self, areas: Sequence[Area]) -> list[float | None]:
        """The mean rate of some areas in each week; None where none is known."""
        found: list[float | None] = []
        for week in range(len(self.weeks)):
            rates = [rate for one in areas if (rate := one.rate(week, week + 1)) is not None]
            found.append(sum(rates) / len(rates) if rates else None)
        return found


def effect_of(campaign: Campaign, *, outcome: str, now: datetime) -> Effect:
    """The difference in differences of a campaign (7 SQL statements, whatever its size).

    Areas are subdistricts, or communities where no subdistrict lies wholly in the campaign; those
    of another campaign against the same problems at that time are not compared with. Weeks run
    from the first day of rectification, 26 before it and all that are over until the last day.
    """
    last = min(campaign.ends, city_day(now) - timedelta(days=1))
    after = max(0, ((last - campaign.acts).days + 1) // 7)
    first = campaign.acts - timedelta(days=7 * WEEKS_BEFORE)
    weeks = [first + timedelta(days=7 * number) for number in range(WEEKS_BEFORE + after)]
    divisions = list(Division.objects.exclude(level="city").defer("outline").order_by("path"))
    own = [one.path for one in campaign.areas.all()]
    level = _level(divisions, own)
    areas = [one for one in divisions if one.level == level]
    ours = [one for one in areas if one.path.startswith(tuple(own))]
    touched = (*own, *_also_treated(campaign))
    free = [
        one for one in areas
        if not one.path.startswith(touched) and not any(path.startswith(one.path) for path in touched)
    ]  # fmt: skip
    counts = (_cases if outcome == "cases" else _answers)(campaign, weeks, [*ours, *free])
    residents = outcome == "cases" and all(one.population for one in (*ours, *free))

    def area(one: Division) -> Area:
        events, exposure = counts[one.pk]
        if residents:
            exposure = [value * (one.population or 0) / RESIDENTS for value in exposure]
        return Area(one.code, events, exposure)

    treated, candidates = [area(one) for one in ours], [area(one) for one in free]
    chosen = {one.path for one in campaign.beside.all()}
    if chosen:
        codes = {one.code for one in free if one.path.startswith(tuple(chosen))}
        others = [one for one in candidates if one.code in codes]
    else:
        others = most_alike(
            treated, candidates, before=WEEKS_BEFORE, count=max(LEAST_BESIDE, 2 * len(treated))
        )
    return Effect(
        outcome=outcome,
        weeks=weeks,
        began=WEEKS_BEFORE,
        treated=treated,
        others=others,
        names={one.code: one for one in areas},
        candidates=free,
        chosen=bool(chosen),
        per_residents=residents,
        finding=judge(treated, others, began=WEEKS_BEFORE),
    )


def _level(divisions: Sequence[Division], own: Sequence[str]) -> str:
    """The areas that are compared: subdistricts where the campaign holds a whole one."""
    held = [one for one in divisions if one.level == "subdistrict"]
    whole = [one for one in held if one.path.startswith(tuple(own))]
    return "subdistrict" if len(whole) > 1 else "community"


def _also_treated(campaign: Campaign) -> list[str]:
    """Where another campaign works against the same problems at that time (1 SQL statement)."""
    first = campaign.acts - timedelta(days=7 * WEEKS_BEFORE)
    same = Q(kinds__in=campaign.kinds.all()) | Q(items__in=campaign.items.all())
    others = Campaign.objects.filter(same, begins__lte=campaign.ends, ends__gte=first)
    return list(
        Division.objects.filter(campaigns__in=others.exclude(pk=campaign.pk))
        .values_list("path", flat=True)
        .distinct()
    )


Counts = dict[int, tuple[list[float], list[float]]]


def _cases(campaign: Campaign, weeks: Sequence[date], areas: Sequence[Division]) -> Counts:
    """Cases that citizens reported, by area and week; a week's exposure is 1."""
    found: Counts = {one.pk: ([0.0] * len(weeks), [1.0] * len(weeks)) for one in areas}
    if not weeks:
        return found
    rows = (
        Case.objects.filter(
            kind__in=list(campaign.kinds.values_list("pk", flat=True)),
            source__in=SPOKEN,
            reported_at__gte=midnight(weeks[0]),
            reported_at__lt=midnight(weeks[-1] + timedelta(days=7)),
        )
        .exclude(state__in=NO_PROBLEM)
        .order_by()
        .values_list("division__path", TruncDate("reported_at"))
        .annotate(Count("pk"))
    )
    places = {one.path: one.pk for one in areas}
    for path, day, count in rows:
        if (area := _area(path, places)) is not None:
            found[area][0][(day - weeks[0]).days // 7] += count
    return found


def _answers(campaign: Campaign, weeks: Sequence[date], areas: Sequence[Division]) -> Counts:
    """Answers of drawn visits by area and week: failed, and all, each by its weight."""
    found: Counts = {one.pk: ([0.0] * len(weeks), [0.0] * len(weeks)) for one in areas}
    if not weeks:
        return found
    rows = (
        Observation.objects.standing()
        .filter(
            item__in=list(campaign.items.values_list("pk", flat=True)),
            sampled=True,
            value__in=["yes", "no"],
            observed_at__gte=midnight(weeks[0]),
            observed_at__lt=midnight(weeks[-1] + timedelta(days=7)),
        )
        .order_by()
        .values_list("division__path", TruncDate("observed_at"), "value")
        .annotate(Sum("weight"))
    )
    places = {one.path: one.pk for one in areas}
    sums: dict[tuple[int, int, str], float] = defaultdict(float)
    for path, day, value, weight in rows:
        if (area := _area(path, places)) is not None:
            sums[area, (day - weeks[0]).days // 7, value] += weight
    for (area, week, value), weight in sums.items():
        failed, whole = found[area]
        whole[week] += weight
        if value == "no":
            failed[week] += weight
    return found


def _area(path: str, places: Mapping[str, int]) -> int | None:
    """The area that a place lies in, itself included."""
    for end in range(len(path) - 1, 0, -1):
        if path[end] == "/" and path[: end + 1] in places:
            return places[path[: end + 1]]
    return None
