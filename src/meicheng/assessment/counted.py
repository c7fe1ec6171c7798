"""What was counted in a period: whole months from the tallies, other days from what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from meicheng.cases.counts import counted_between, waiting
from meicheng.cases.models import Case
from meicheng.ledger.models import CaseTally, Observation, Tally
from meicheng.organisation.models import Unit
from meicheng.places.models import Division

from .periods import Period

# A tally's columns as an observation has them.
OF_AN_OBSERVATION: dict[str, Any] = {
    "site_kind_code": Coalesce(F("site__kind_id"), Value("")),
    "unit_id_or_0": Coalesce(F("unit_id"), Value(0)),
}


class Counted(NamedTuple):
    """Answers that are the same in all that was asked for (`by`), and how many they are."""

    by: tuple[Any, ...]
    observations: int
    weight: float
    number: float  # sum of number × weight


def inside(division: Division) -> dict[str, Any]:
    """The condition for rows in the division or below it; none for the city."""
    return {} if division.parent_id is None else {"division__path__startswith": division.path}


def standing_observations(period: Period) -> Any:
    """The sampled observations of a period that no later one replaces (lazy)."""
    return Observation.objects.standing().filter(sampled=True, **period.observed)


def answers(period: Period, division: Division, by: Sequence[str]) -> Iterator[Counted]:
    """The sampled answers of a place and period, by columns of `Tally` (1 SQL, at most 3).

    The same key may come more than once where a period is no row of whole months.
    """
    if period.whole is not None:
        first, last = period.whole
        rows = (
            Tally.objects.filter(
                sampled=True, month__gte=first, month__lte=last, **inside(division)
            )
            .values_list(*by)
            .annotate(Sum("observations"), Sum("weight"), Sum("number"))
            .order_by()
        )
        for row in rows:
            yield Counted(row[:-3], *row[-3:])
    for begin, end in period.parts:
        found = standing_observations(period).filter(
            observed_at__gte=begin, observed_at__lt=end, **inside(division)
        )
        asked = {name: OF_AN_OBSERVATION[name] for name in by if name in OF_AN_OBSERVATION}
        rows = (
            found.annotate(**asked)
            .values_list(*by)
            .annotate(
                looks=Count("pk"),
                weighed=Sum("weight"),
                times=Sum(F("weight") * Coalesce(F("number"), Value(0.0))),
            )
            .order_by()
        )
        for row in rows:
            yield Counted(row[:-3], *row[-3:])


def problem_numbers(
    period: Period, division: Division, items: Iterable[int], by: Sequence[str]
) -> Any:
    """Sums of the numbers of problems that answers to these items gave, by columns of `Observation`.

    Each number as it is: tallies keep numbers times weights, and a problem is one whatever a look
    weighs (1 SQL statement).
    """
    return (
        standing_observations(period)
        .filter(item__in=list(items), value="", number__isnull=False, **inside(division))
        .values_list(*by)
        .annotate(Sum("number"))
        .order_by()
    )


def cases(
    period: Period, division: Division, names: Sequence[str], *, unit: Unit | None = None
) -> dict[str, Counter[str]]:
    """The counts of cases of a place, or of a unit, in a period by kind (1 SQL, at most 4).

    A case whose limit has not run out yet is not due: it is neither on time nor late.
    """
    counts: dict[str, Counter[str]] = {}
    tallied = inside(division) if unit is None else {"unit_id_or_0": unit.pk}
    where = Q(**inside(division)) if unit is None else Q(unit=unit)
    if period.whole is not None and names:
        first, last = period.whole
        rows: Any = (
            CaseTally.objects.filter(month__gte=first, month__lte=last, **tallied)
            .values("kind_id")
            .annotate(**{f"sum_{name}": Sum(name) for name in names})
            .order_by()
        )
        for row in rows:
            found = {name: row[f"sum_{name}"] for name in names}
            counts.setdefault(row["kind_id"], Counter()).update(found)
    for begin, end in period.parts if names else ():
        for kind, found in counted_between(begin, end, where).items():
            counts.setdefault(kind, Counter()).update({n: found[n] for n in names})
    now = timezone.now()
    if "due" in names and now < period.end:
        begin = max(now, period.begin)
        within = Case.objects.filter(where, due_at__gte=begin, due_at__lt=period.end)
        open_ones = waiting(within, now).values_list("kind_id").annotate(Count("pk")).order_by()
        for kind, count in open_ones:
            counts.setdefault(kind, Counter())["due"] -= count
    return counts
