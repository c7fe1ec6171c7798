"""Who is not heard: communities from which less comes than the problems seen there lead to expect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from meicheng.engine.hearing import Heard, Place, heard_places
from meicheng.ledger.models import Tally
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.places.time import midnight, month_of, months_later
from meicheng.standards.models import Item

from ..models import Report

MONTHS = 12


@dataclass(frozen=True)
class Community:
    """A community with how much is heard of it."""

    division: Division
    heard: Heard


@dataclass(frozen=True)
class Listening:
    """All communities, the quietest first, and those of whose people nothing is known."""

    communities: list[Community]
    unknown: list[Division]

    @property
    def quiet(self) -> list[Community]:
        """Those from which surely less is heard than expected."""
        return [one for one in self.communities if one.heard.quiet]


def since_of(today: date) -> date:
    """The first day that counts: that of the month twelve months ago."""
    month = months_later(month_of(midnight(today)), -MONTHS)
    return date(month // 100, month % 100, 1)


def listening(user: User, *, today: date) -> Listening:
    """How much was heard of each community in twelve months (3 SQL statements).

    It is reckoned over the whole city, so that a part is held against the same measure, and shown
    where the user sees reports.
    """
    seen = scope(user, "reports.see")
    places = list(
        Division.objects.filter(level=Division.Level.COMMUNITY)
        .select_related("district")
        .defer("outline", "district__outline")
        .order_by("path")
    )
    since = midnight(since_of(today))
    month = month_of(since)
    reports = dict(
        Report.objects.filter(reported_at__gte=since, division__level=Division.Level.COMMUNITY)
        .order_by()
        .values_list("division_id")
        .annotate(Count("pk"))
    )
    looks: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    rows = (
        Tally.objects.filter(
            month__gte=month, value__in=["yes", "no"], item__source=Item.Source.LOOK
        )
        .order_by()
        .values_list("division_id", "value")
        .annotate(Sum("observations"))
    )
    for division, value, count in rows:
        looks[division] += count
        if value == "no":
            failed[division] += count
    known = [
        Place(
            str(one.pk), one.population or 0, reports.get(one.pk, 0), looks[one.pk], failed[one.pk]
        )
        for one in places
    ]
    by_key = {str(one.pk): one for one in places}
    found = [Community(by_key[one.place.name], one) for one in heard_places(known)]
    return Listening(
        [one for one in found if seen.covers(division=one.division)],
        [one for one in places if not one.population and seen.covers(division=one)],
    )
