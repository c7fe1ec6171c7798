"""Evidence of which the last word counts: figures, reviews of materials, events that rule out.

What was recorded for a division is known of that division alone: a district's figure says nothing of
the city, nor the city's of a district. An event is an exception: what happened in a district has
happened in the city.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from meicheng.engine.scoring import Evidence
from meicheng.ledger.models import Observation
from meicheng.places.time import midnight

from .periods import DAY, Period, months_earlier

Rule = Mapping[str, Any]
A_YEAR = 12  # months that a figure is carried over, and that an event rules out


class Figure(NamedTuple):
    """A figure with the moment and the month for which it was given."""

    at: datetime
    month: int
    number: float


class Review(NamedTuple):
    """What a reviewer said of a material."""

    at: datetime
    material: str
    value: str  # "accepted" or "returned"


class Word(NamedTuple):
    """That an event occurred somewhere, or that it is cleared."""

    at: datetime
    item: int
    path: str  # of the division
    site: int  # 0 where it is no matter of a site
    value: str  # "occurred" or "cleared"


# --- figures ---


def figures_of(
    items: Iterable[int], period: Period, where: Rule
) -> dict[tuple[int, int], list[Figure]]:
    """The figures up to a period's end by item and division (1 SQL statement)."""
    rows = Observation.objects.standing().filter(
        item__in=list(items),
        site__isnull=True,
        number__isnull=False,
        value="",
        month__lte=period.last,
        observed_at__lt=period.end,
        **where,
    )
    found: dict[tuple[int, int], list[Figure]] = defaultdict(list)
    columns = ("item_id", "division_id", "observed_at", "month", "number")
    for item, division, at, month, number in rows.values_list(*columns).order_by():
        found[item, division].append(Figure(at, month, number or 0.0))
    return found


def in_order(figures: Iterable[Figure], rule: Rule) -> list[Figure]:
    """Figures by time; of two for the same moment the one that is worth less comes last and stands.

    So what counts does not hang on which of two files was read first.
    """
    return sorted(figures, key=lambda one: (one.at, -_favour(one.number, rule)))


def figure_evidence(series: Sequence[Figure], period: Period) -> Evidence | None:
    """The latest figure of the period, else of the twelve months before it, and each year's latest.

    `series` is in order and ends with the period. None where the latest is older than that.
    """
    if not series:
        return None
    begin = period.begin
    latest = series[-1]
    if latest.at < midnight(months_earlier(period.first_day, A_YEAR)):
        return None
    yearly = {one.month // 100: one.number for one in series}
    return Evidence(
        observations=sum(one.at >= begin for one in series),
        number=latest.number,
        carried=latest.at < begin,
        yearly=tuple(sorted(yearly.items())),
    )


def _favour(number: float, rule: Rule) -> float:
    """How good a figure is under a rule: more is better."""
    if "equals" in rule:
        return -abs(number - float(rule["equals"]))
    steps = rule.get("steps") or [{}]
    less = "at_most" in rule or rule.get("direction") == "falling" or "below" in steps[0]
    return -number if less or "not_above_mean_of" in rule else number


# --- materials ---


def reviews_of(
    items: Mapping[int, tuple[str, str]], period: Period, where: Rule
) -> dict[tuple[str, int], list[Review]]:
    """The reviews up to a period's end by criterion and division, in order (1 SQL statement).

    `items` gives the criterion and the material of each item.
    """
    rows = Observation.objects.standing().filter(
        item__in=list(items),
        month__lte=period.last,
        observed_at__lt=period.end,
        **where,
    )
    found: dict[tuple[str, int], list[Review]] = defaultdict(list)
    columns = ("item_id", "division_id", "observed_at", "value")
    for item, division, at, value in rows.values_list(*columns).order_by():
        criterion, material = items[item]
        found[criterion, division].append(Review(at, material, value))
    for reviews in found.values():
        # Of two words of the same moment the stricter one stands.
        reviews.sort(key=lambda one: (one.at, one.value != "accepted"))
    return found


def material_evidence(reviews: Sequence[Review], rule: Rule, period: Period) -> Evidence | None:
    """Materials whose latest review accepted them, within the months that the rule allows."""
    if not reviews:
        return None
    latest = {one.material: one for one in reviews}
    accepted = frozenset(
        one.material
        for one in latest.values()
        if one.value == "accepted" and not too_old(one, rule, period)
    )
    return Evidence(observations=len(reviews), accepted=accepted)


def too_old(review: Review, rule: Rule, period: Period) -> bool:
    """Whether a review is older, at the period's end, than the months that the rule allows."""
    within = rule.get("dated_within_months")
    if within is None:
        return False
    return review.at < midnight(months_earlier(period.last_day + DAY, int(within)))


# --- vetoes ---


def words_of(items: Iterable[int], period: Period, *, months: int = A_YEAR) -> list[Word]:
    """What was said of events in the months up to a period's end, in order (1 SQL statement)."""
    rows = Observation.objects.standing().filter(
        item__in=list(items),
        observed_at__gte=midnight(months_earlier(period.last_day + DAY, months)),
        observed_at__lt=period.end,
        month__lte=period.last,
    )
    columns = ("observed_at", "item_id", "division__path", "site_id", "value")
    found = [
        Word(at, item, path, site or 0, value)
        for at, item, path, site, value in rows.values_list(*columns).order_by()
    ]
    return sorted(found, key=lambda one: (one.at, one.value == "occurred"))


def veto_evidence(words: Sequence[Word], place: str) -> Evidence | None:
    """Whether an event holds at a place (a path): its own or one below it, by the latest word on each.

    A word that clears a division clears everything in it; one that clears a site, that site's.
    An event that was recorded for a whole city is not taken to have happened in each district.
    """
    standing: dict[tuple[int, str, int], bool] = {}
    count = 0
    for word in words:
        here = word.path.startswith(place)
        count += here
        if word.value == "occurred":
            if here:
                standing[word.item, word.path, word.site] = True
            continue
        for key in list(standing):
            item, path, site = key
            covered = path.startswith(word.path) and word.site in (0, site)
            if item == word.item and covered:
                del standing[key]
    if not count and not standing:
        return None
    return Evidence(observations=count, occurred=bool(standing))
