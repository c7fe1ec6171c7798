"""What is not known, what it is worth, and who can tell (数据缺口)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.engine import frameworks as engine
from meicheng.inspections.models import Visit
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site, SiteKind
from meicheng.standards.models import Criterion, Framework, Item
from meicheng.standards.queries import said

from .periods import Period
from .standing import Mark, Standing

# A share's interval needs two sites of a stratum; five make it worth reading (docs/scoring.md).
SITES_WANTED = 5
# Answers for a share known to ±5 points with 95 % certainty at worst: 1.96² · 0.25 / 0.05² = 384.2.
ANSWERS_WANTED = 385
LONG_AGO = timedelta(days=90)
KINDS_SHOWN = 12


@dataclass(frozen=True)
class Gap:
    """A criterion of which nothing, or nothing new, is known: what it is worth and what to do."""

    at: Mark
    why: str
    who: str
    units: list[Unit]
    needs: str
    link: str  # visits, figures, materials, surveys, cases or "" — where it is entered

    @property
    def at_stake(self) -> float:
        """Full marks of the criterion: what the estimate takes from its siblings meanwhile."""
        return self.at.mark.full_marks


@dataclass(frozen=True)
class Coverage:
    """How much of the weight is known at a place."""

    place: Division
    coverage: float
    unknown: int


@dataclass(frozen=True)
class KindVisits:
    """The sites of a kind: how many were never visited, or not for long."""

    kind: SiteKind
    sites: int
    never: int
    long_ago: int
    in_period: int

    @property
    def seen(self) -> float:
        """The share of its sites that were visited within the last 90 days."""
        return (self.sites - self.never - self.long_ago) / self.sites


@dataclass(frozen=True)
class Gaps:
    """What is not known of a standard at a place in a period."""

    missing: list[Gap]
    stale: list[Gap]
    coverage: list[Coverage]
    kinds: list[KindVisits]

    @property
    def kinds_shown(self) -> list[KindVisits]:
        """The kinds with most sites unseen for long."""
        return self.kinds[:KINDS_SHOWN]

    @property
    def kinds_more(self) -> list[KindVisits]:
        """The other kinds, for whoever wants to see them."""
        return self.kinds[KINDS_SHOWN:]

    @property
    def at_stake(self) -> float:
        """The full marks of all criteria of which nothing is known."""
        return sum(gap.at_stake for gap in self.missing)

    @property
    def never(self) -> int:
        """Sites that nobody has visited yet."""
        return sum(row.never for row in self.kinds)

    @property
    def long_ago(self) -> int:
        """Sites that were not visited for 90 days."""
        return sum(row.long_ago for row in self.kinds)


def gaps(
    framework: Framework,
    standing: Standing,
    place: Division,
    districts: Sequence[Division],
    *,
    at: datetime,
) -> Gaps:
    """The gaps of a standard at a place, those with most marks at stake first.

    5 SQL statements besides the marks' (those of the place, the city and each district).
    """
    kinds = visits_by_kind(standing.period, place, at=at)
    by_kind = {row.kind.code: row for row in kinds}
    names = {kind.code: kind.name for kind in SiteKind.objects.all()}
    items = _items_by_criterion(framework)
    units = _filing_units(place)
    missing: list[Gap] = []
    stale: list[Gap] = []
    for criterion in standing.criteria[framework.pk]:
        mark = standing.mark(framework, criterion, place)
        if criterion.method == "veto" or not (mark.mark.missing or mark.mark.carried):
            continue
        gap = _gap(mark, by_kind, names, items, units)
        (missing if mark.mark.missing else stale).append(gap)
    return Gaps(
        missing=sorted(missing, key=_by_stake),
        stale=sorted(stale, key=_by_stake),
        coverage=[_coverage(framework, standing, one) for one in (standing.city, *districts)],
        kinds=kinds,
    )


def visits_by_kind(period: Period, place: Division, *, at: datetime) -> list[KindVisits]:
    """The active sites of each kind by when they were last visited (1 SQL statement).

    Kinds with most sites unseen for long stand first.
    """
    visits = Visit.objects.filter(site=OuterRef("pk")).order_by().values("site")
    last = visits.annotate(last=Max("visited_at")).values("last")
    within = visits.filter(visited_at__gte=period.begin, visited_at__lt=period.end)
    here = Q() if place.parent_id is None else Q(division__path__startswith=place.path)
    rows = (
        Site.objects.filter(here, active=True)
        .annotate(
            last_visit=Subquery(last),
            visits_within=Subquery(within.annotate(n=Count("pk")).values("n")),
        )
        .values("kind", "kind__name_zh", "kind__name_en")
        .annotate(
            sites=Count("pk"),
            never=Count("pk", filter=Q(last_visit__isnull=True)),
            long_ago=Count("pk", filter=Q(last_visit__lt=at - LONG_AGO)),
            in_period=Count("pk", filter=Q(visits_within__gt=0)),
        )
        .order_by()
    )
    found = [
        KindVisits(
            SiteKind(code=row["kind"], name_zh=row["kind__name_zh"], name_en=row["kind__name_en"]),
            row["sites"],
            row["never"],
            row["long_ago"],
            row["in_period"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (-(row.never + row.long_ago), row.kind.name_zh))


def _by_stake(gap: Gap) -> tuple[float, str]:
    return -gap.at_stake, gap.at.criterion.code


def _coverage(framework: Framework, standing: Standing, place: Division) -> Coverage:
    result = standing.result(framework, place)
    return Coverage(place, result.coverage, sum(one.missing for one in result.criteria))


def _items_by_criterion(framework: Framework) -> dict[str, set[str]]:
    """The kinds of sites at which some item looks at each criterion (1 SQL statement)."""
    prefix = f"{framework.code}/"
    found: dict[str, set[str]] = defaultdict(set)
    rows = Item.objects.filter(active=True, source=Item.Source.LOOK)
    for criteria, kind in rows.values_list("criteria", "site_kinds__code"):
        for code in criteria:
            if code.startswith(prefix) and kind:
                found[code.removeprefix(prefix)].add(kind)
    return found


def _filing_units(place: Division) -> dict[str, list[Unit]]:
    """Who files for each role: the city's own units, else those at the place (1 SQL statement)."""
    own: dict[str, list[Unit]] = defaultdict(list)
    rest: dict[str, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.filter(active=True).select_related("division"):
        if unit.division.parent_id is None:
            own[unit.role_id].append(unit)
        elif place.parent_id is None or unit.division.path.startswith(place.path):
            rest[unit.role_id].append(unit)
    return {**rest, **own}


def _gap(
    mark: Mark,
    visits: Mapping[str, KindVisits],
    names: Mapping[str, str],
    items: Mapping[str, set[str]],
    units: Mapping[str, list[Unit]],
) -> Gap:
    criterion = mark.criterion
    lead = units.get(criterion.lead_id or "", [])
    by = criterion.lead.name if criterion.lead else _("no unit named")
    if criterion.method == "field":
        why, needs = _not_looked_at(criterion, visits, names, items)
        return Gap(mark, why, _("inspectors"), [], needs, "visits")
    if criterion.method == "statistic":
        why, needs = _not_filed(mark)
        return Gap(mark, why, by, lead, needs, "figures")
    if criterion.method == "document":
        if criterion.rule["kind"] == "materials":
            count = len(criterion.rule["needs"])
            needs = ngettext("%(count)d material", "%(count)d materials", count)
            return Gap(
                mark, _("no material was filed"), by, lead, needs % {"count": count}, "materials"
            )
        why = _("carried over from before the period") if mark.mark.carried else _("not graded yet")
        return Gap(mark, why, by, lead, _("one grade by the reviewer"), "materials")
    if criterion.method == "survey":
        needs = _("%(count)d answers for ±5 points") % {"count": ANSWERS_WANTED}
        return Gap(mark, _("no survey was held"), by, lead, needs, "surveys")
    return Gap(
        mark, _no_cases(criterion.rule["among"]), by, lead, _("comes with the cases"), "cases"
    )


def _not_filed(mark: Mark) -> tuple[str, str]:
    """Why a figure is not known, or not from the period, and what it would take."""
    rule = mark.criterion.rule
    if mark.mark.missing and rule["kind"] == "trend":
        years = rule.get("years") or rule["not_above_mean_of"] + 1
        return (
            _("a trend needs a figure of each of %(years)d years") % {"years": years},
            _("figures of the years that are missing"),
        )
    words = engine.UNITS.get(mark.criterion.unit)
    unit = said(words).strip() if words else mark.criterion.unit
    needs = _("one figure (%(unit)s)") % {"unit": unit} if unit else _("one figure")
    if mark.mark.carried:
        return _("the figure is carried over from before the period"), needs
    return _("no figure was filed within a year"), needs


def _no_cases(among: str) -> str:
    """Why a rate is not known."""
    return {
        "due": _("no case of its kinds was due"),
        "closed": _("no case of its kinds was closed"),
        "rated": _("no case of its kinds was rated"),
        "received": _("no request of its kinds was received, or its time is not counted"),
    }[among]


def _not_looked_at(
    criterion: Criterion,
    visits: Mapping[str, KindVisits],
    names: Mapping[str, str],
    items: Mapping[str, set[str]],
) -> tuple[str, str]:
    """Why a field criterion is not known, and what it would take."""
    looked = items.get(criterion.code, set())
    if not looked:
        return _("no item of the bank looks at it"), _("an item on the checklist")
    kinds = [kind for kind in criterion.site_kinds or sorted(looked) if kind in looked]
    standing_here = [visits[kind] for kind in kinds if kind in visits]
    said_kinds = _listed(names.get(kind, kind) for kind in kinds)
    if not standing_here:
        return (
            _("there are no sites of its kinds here: %(kinds)s") % {"kinds": said_kinds},
            _("such a site on the list, or a standard without it"),
        )
    wanted = _listed(f"{row.kind.name} {min(row.sites, SITES_WANTED)}" for row in standing_here)
    needs = _("visits to %(kinds)s") % {"kinds": wanted}
    if not any(row.in_period for row in standing_here):
        return _("no visit to %(kinds)s in the period") % {"kinds": said_kinds}, needs
    return _("visited, but its items were not answered in a drawn visit"), needs


def _listed(names: Iterable[str]) -> str:
    return _(", ").join(names)
