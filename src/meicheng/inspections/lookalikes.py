"""Look-alikes (举一反三): after a failure, the sites most likely to fail the same item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.lookalikes import (
    FAMILIES,
    Calibration,
    Pooled,
    as_looks,
    calibration,
    item_means,
    pool,
)
from meicheng.ledger.models import Observation, Tally
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division, Site
from meicheng.places.time import month_of, months_later
from meicheng.standards.models import Item
from meicheng.tables.charts import Chart, Series

from .models import Stop

MONTHS = 12  # learned from
HELD_BACK = 2  # of these, to see how well the rest foretells them
KEPT = 3600  # seconds: what is learned in an hour changes little
LEAST = 200  # looks below which nothing is said

Where = tuple[int, int]  # an item and a site


@dataclass(frozen=True)
class Learned:
    """The model of the last months, how it foretold those held back, and what failed of each item.

    kinds: the number of each kind of site in the model. failed: by item, looks failed and looks.
    """

    since: int
    model: Pooled
    proof: Calibration | None
    kinds: dict[str, int]
    failed: dict[int, tuple[float, float]]
    looks: float


@dataclass(frozen=True)
class Alike:
    """A site that may fail the item: how likely, why, and what is known of it."""

    site: Site
    chance: float
    why: str
    failed: int
    among: int
    last: datetime | None
    open_case: str  # number of a case of the item that is open there
    asked: bool  # on a round that nobody has made yet

    @property
    def percent(self) -> int:
        """The chance in whole per cent; what is foretold is not known finer."""
        return round(100 * self.chance)

    @property
    def fresh(self) -> bool:
        """Whether it is worth a look: nobody is at it already."""
        return not self.open_case and not self.asked


def learned() -> Learned | None:
    """The model of the last 12 months, kept for an hour; None where little was seen (2 SQL)."""
    now = timezone.now()
    kept: Learned | None = cache.get(_key(now))
    if kept is None:
        kept = _learn(month_of(now))
        if kept is not None:
            cache.set(_key(now), kept, timeout=KEPT)
    return kept


def looks_to_learn() -> int:
    """How many looks `learned` will have to read; 0 where it is known already (1 SQL)."""
    now = timezone.now()
    if cache.get(_key(now)) is not None:
        return 0
    since = months_later(month_of(now), 1 - MONTHS)
    rows = Tally.objects.filter(sampled=True, value__in=["yes", "no"], month__gte=since)
    return int(rows.aggregate(looks=Sum("observations"))["looks"] or 0)


def _key(now: datetime) -> str:
    return f"look-alikes:{now:%Y%m%d%H}"


def _learn(month: int) -> Learned | None:
    since, held = months_later(month, 1 - MONTHS), months_later(month, 1 - HELD_BACK)
    kinds: dict[str, int] = {}
    where: dict[int, tuple[int, int]] = {}
    for site, kind, district in Site.objects.values_list("pk", "kind_id", "division__district_id"):
        where[site] = (kinds.setdefault(kind, len(kinds)), district or 0)
    late, no = Q(month__gte=held), Q(value="no")
    # Visits after complaints find more than there is elsewhere: learned from, they would raise the
    # chances of every site that people complain about. Drawn ones foretell the next look.
    rows = list(
        _looks(since)
        .filter(item__source=Item.Source.LOOK, sampled=True)
        .values_list("item_id", "site_id")
        .annotate(
            failed=Count("pk", filter=no),
            among=Count("pk"),
            failed_late=Count("pk", filter=no & late),
            among_late=Count("pk", filter=late),
            failed_early=Count("pk", filter=no & ~late),
            among_early=Count("pk", filter=~late),
        )
        .order_by()
    )
    total = sum(row[3] for row in rows)
    if total < LEAST:
        return None
    failed: dict[int, tuple[float, float]] = {}
    for item, _site, no_count, count, *_rest in rows:
        before = failed.get(item, (0.0, 0.0))
        failed[item] = (before[0] + no_count, before[1] + count)

    def columns(failed_at: int, among_at: int) -> list[tuple[int, int, int, int, float, float]]:
        return [
            (row[0], *where[row[1]], row[1], row[failed_at], row[among_at])
            for row in rows
            if row[among_at]
        ]

    proof = None
    early, after = columns(6, 7), columns(4, 5)
    if sum(row[5] for row in early) >= LEAST and sum(row[5] for row in after) >= LEAST:
        before_that, then = as_looks(early), as_looks(after)
        chances = pool(before_that).chances(then.items, then.kinds, then.districts, then.sites)
        proof = calibration(chances, then.failed, then.among, item_means(before_that, then.items))
    return Learned(since, pool(as_looks(columns(2, 3))), proof, kinds, failed, float(total))


def alikes(user: User, found: Learned, item: Item, division: Division) -> list[Alike]:
    """The sites of a place that the item is asked at, most likely to fail first (5 SQL).

    Only sites where the user may see visits.
    """
    within = scope(user, "visits.see").filter(division="division")
    sites = list(
        Site.objects.filter(within, active=True, division__path__startswith=division.path)
        .filter(kind__in=item.site_kinds.all())
        .select_related("kind", "division__district")
        .defer("division__outline", "division__district__outline")
    )
    if not sites:
        return []
    columns = (
        np.full(len(sites), item.pk, dtype=np.int64),
        np.array([found.kinds.get(site.kind_id, -1) for site in sites], dtype=np.int64),
        np.array([site.division.district_id or 0 for site in sites], dtype=np.int64),
        np.array([site.pk for site in sites], dtype=np.int64),
    )
    chances = found.model.chances(*columns)
    parts = found.model.parts(*columns)
    seen = {
        row[0]: row[1:]
        for row in _looks(found.since)
        .filter(item=item)
        .values_list("site_id")
        .annotate(no=Count("pk", filter=Q(value="no")), of=Count("pk"), last=Max("observed_at"))
        .order_by()
    }
    open_cases = dict(
        Case.objects.filter(item=item, site__isnull=False)
        .exclude(state__in=FINAL_STATES)
        .values_list("site_id", "number")
    )
    asked = _asked_for(item)
    nothing = (0, 0, None)
    return [
        Alike(
            site=sites[at],
            chance=float(chances[at]),
            why=_why(parts[at], seen.get(sites[at].pk, nothing)[0]),
            failed=seen.get(sites[at].pk, nothing)[0],
            among=seen.get(sites[at].pk, nothing)[1],
            last=seen.get(sites[at].pk, nothing)[2],
            open_case=open_cases.get(sites[at].pk, ""),
            asked=sites[at].pk in asked,
        )
        for at in sorted(range(len(sites)), key=lambda at: (-chances[at], sites[at].code))
    ]


def items_that_fail(found: Learned) -> list[tuple[Item, int, int]]:
    """Items with how many looks failed and how many there were, most failures first (1 SQL)."""
    items = Item.objects.filter(active=True).in_bulk(list(found.failed))
    rows = [(items[pk], int(no), int(of)) for pk, (no, of) in found.failed.items() if pk in items]
    return sorted(rows, key=lambda row: (-row[1], row[0].code))


def proof_chart(proof: Calibration) -> Chart:
    """What was foretold for the months held back, beside what was then seen."""
    words = {
        "looks": f"{proof.looks:,.0f}",
        "error": f"{proof.error * 100:.1f}",
        "caught": f"{proof.caught * 100:.0f}",
    }
    return Chart(
        kind="lines",
        title=_("How well this foretells"),
        says=_(
            "%(looks)s looks of the last two months were foretold from the months before: foretold"
            " and seen differ by %(error)s points on average, and the tenth with the highest"
            " chances held %(caught)s%% of all failures."
        )
        % words,
        labels_are=_("Chance foretold"),
        labels=[f"{low * 100:.0f}–{high * 100:.0f}%" for low, high, *_rest in proof.bands],
        series=[
            Series(_("Seen"), [band[4] * 100 for band in proof.bands]),
            Series(_("Foretold"), [band[3] * 100 for band in proof.bands], look="light"),
        ],
        unit="%",
        low=0,
    )


def _looks(since: int) -> QuerySet[Observation]:
    """The answers at sites that stand, from a month on, whoever made them and why."""
    return Observation.objects.standing().filter(
        site__isnull=False, value__in=["yes", "no"], month__gte=since
    )


def _asked_for(item: Item) -> Collection[int]:
    """The sites where somebody asked for a look at the item that nobody has made yet (1 SQL)."""
    return set(Stop.objects.filter(visit=None, round__item=item).values_list("site_id", flat=True))


def _why(parts: np.ndarray[tuple[int], np.dtype[np.float64]], failed: int) -> str:
    """What most raises the chance at this site above that of the item everywhere."""
    words = {
        "item × kind": _("sites of this kind fail it often"),
        "item × district": _("it fails often in this district"),
        "site": _("much fails at this site"),
        "item × site": _("it failed here before") if failed else "",
    }
    ranked = sorted(
        ((float(part), name) for part, name in zip(parts, FAMILIES, strict=True) if name in words),
        reverse=True,
    )
    return next((words[name] for part, name in ranked if part > 0.05 and words[name]), "")


def days_to_do(today: date) -> date:
    """The last day that is proposed for a round: in a week."""
    return date.fromordinal(today.toordinal() + 7)
