"""Marks of a place in a period, with what they were computed from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Max, Q
from django.urls import reverse

from meicheng.engine.scoring import Assessment, Evidence, score
from meicheng.engine.scoring.rules import taken_off
from meicheng.ledger.models import Event, Observation
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, Criterion, Framework, Item

from .counted import answers, cases, inside
from .evidence import counted_as, counts_cases, gather, populations
from .periods import Period, month_period

MAIN_STANDARD = "sanitary-city"


@dataclass(frozen=True)
class CityMarks:
    """The city's marks under its main standard, for the bulletin and today's page."""

    name: str
    marks: float
    full_marks: float
    interval: tuple[float, float] | None
    strict_marks: float
    coverage: float
    pass_probability: float | None
    href: str

    @property
    def half_width(self) -> float | None:
        """Half of the interval, for “± 13”."""
        return None if self.interval is None else (self.interval[1] - self.interval[0]) / 2


def frameworks() -> list[Framework]:
    """Every edition, the main standard first (1 SQL statement, without the documents)."""
    found = list(Framework.objects.defer("document"))
    return sorted(found, key=lambda one: (one.code != MAIN_STANDARD, one.code, one.edition))


def root() -> Division | None:
    """The city itself."""
    return Division.objects.filter(parent__isnull=True).order_by("pk").first()


def assess(
    framework: Framework, period: Period, division: Division, *, by_site: bool = True
) -> Assessment:
    """Marks of a place in a period (2 SQL statements when nothing was recorded since, else 14)."""

    def computed() -> Assessment:
        if by_site:
            known = known_of(framework, period, division)
            return score(framework.document, known.evidence, known.population)
        return score(framework.document, gather(framework, period, division, by_site=False))

    return _kept(f"assess:{int(by_site)}", framework, period, division, computed)


@dataclass(frozen=True)
class Known:
    """What marks are computed from: evidence by criterion, and the number of sites by stratum."""

    evidence: dict[str, Evidence]
    population: dict[str, int]


def known_of(framework: Framework, period: Period, division: Division) -> Known:
    """What is known of a place in a period, to be scored otherwise (SQL statements as `assess`)."""

    def gathered() -> Known:
        return Known(gather(framework, period, division), populations(division))

    return _kept("known", framework, period, division, gathered)


def is_kept(framework: Framework, period: Period, division: Division) -> bool:
    """Whether `known_of` answers at once (2 SQL statements)."""
    return cache.get(_key("known", framework, period, division)) is not None


def answers_in(period: Period, division: Division) -> int:
    """How many answers a place has in a period (1 SQL statement, at most 3)."""
    return sum(row.observations for row in answers(period, division, ["sampled"]))


T = TypeVar("T")


def _kept(
    what: str, framework: Framework, period: Period, division: Division, make: Callable[[], T]
) -> T:
    """What `make` gives, kept for a minute unless an observation or an event is written before.

    A minute, because on PostgreSQL a slow transaction may end after a later one, without a higher
    number to tell of it.
    """
    key = _key(what, framework, period, division)
    kept: T | None = cache.get(key)
    if kept is None:
        kept = make()
        cache.set(key, kept, timeout=60)
    return kept


def _key(what: str, framework: Framework, period: Period, division: Division) -> str:
    last = Observation.objects.aggregate(last=Max("pk"))["last"] or 0
    done = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    return f"{what}:{framework.pk}:{framework.imported_at:%s}:{period.text}:{division.pk}:{last}:{done}"


def city_marks(month: int) -> CityMarks | None:
    """The city's marks of a month under its main standard; None without a standard or data."""
    return marks_of_city(month_period(month))


def marks_of_city(period: Period) -> CityMarks | None:
    """The city's marks of a period under its main standard; None without a standard or data."""
    framework = Framework.objects.filter(code=MAIN_STANDARD).order_by("-edition").first()
    city = root()
    if framework is None or city is None:
        return None
    result = assess(framework, period, city)
    if result.marks is None:
        return None
    return CityMarks(
        name=framework.name,
        marks=result.marks,
        full_marks=result.full_marks,
        interval=result.interval,
        strict_marks=result.strict_marks,
        coverage=result.coverage,
        pass_probability=result.pass_probability,
        href=page(framework, period, city),
    )


def page(framework: Framework, period: Period, division: Division) -> str:
    """The address of the page that shows these marks."""
    query = {
        "framework": framework.code,
        "edition": framework.edition,
        "period": period.text,
        "division": division.code,
    }
    return f"{reverse('assessment:marks')}?{urlencode(query)}"


def as_json(
    framework: Framework, period: Period, division: Division, result: Assessment
) -> dict[str, Any]:
    """Marks as `meicheng assess --json` and the API write them."""
    return {
        "framework": framework.code,
        "edition": framework.edition,
        "period": period.text,
        "division": division.code,
        "full_marks": result.full_marks,
        "marks": result.marks,
        "interval": list(result.interval) if result.interval else None,
        "strict_marks": result.strict_marks,
        "coverage": result.coverage,
        "pass_probability": result.pass_probability,
        "vetoes": list(result.vetoes),
        "nodes": [
            {
                name: value
                for name, value in asdict(node).items()
                if name in {"code", "parent", "full_marks", "marks", "share", "coverage", "lost"}
            }
            for node in result.nodes
        ],
        "criteria": [
            {
                name: value
                for name, value in asdict(criterion).items()
                if name
                in {"code", "share", "marks", "full_marks", "observations", "sites", "missing"}
            }
            for criterion in result.criteria
        ],
    }


def observations(
    *,
    items: Sequence[Item],
    division: Division,
    period: Period,
    value: str = "",
    site_kinds: Sequence[str] = (),
    earlier: bool = False,
) -> Any:
    """The observations behind a criterion or item, newest first (lazy; 1 SQL for each page).

    With `earlier` those before the period too, of which the latest may be carried over.
    """
    within = {"observed_at__lt": period.end} if earlier else period.observed
    rows = (
        Observation.objects.filter(item__in=items, **within, **inside(division))
        .standing()
        .select_related("item", "site", "division", "unit", "photo", "recorded_by")
        .order_by("-observed_at", "-pk")
    )
    if site_kinds:
        rows = rows.filter(Q(site__isnull=True) | Q(site__kind__in=site_kinds))
    if value:
        rows = rows.filter(value=value)
    return rows


def items_of(criterion: Criterion) -> list[Item]:
    """The items whose answers count for a criterion (1 SQL statement)."""
    wanted = f"{criterion.framework.code}/{criterion.code}"
    return [item for item in Item.objects.all() if wanted in item.criteria]


@dataclass(frozen=True)
class KindCount:
    """What a rate counts of one kind of cases."""

    kind: CaseKind
    hits: int
    among: int


def counted_from_cases(criterion: Criterion, period: Period, division: Division) -> list[KindCount]:
    """The counts behind a rate by kind, most first (2 SQL); none where cases do not tell of it."""
    rule = criterion.rule
    if not counts_cases(rule):
        return []
    of, among = counted_as(rule)
    counted = cases(period, division, sorted({of, among}))
    kinds = CaseKind.objects.in_bulk([k for k in counted if k in (rule.get("kinds") or counted)])
    rows = [
        KindCount(kind, counted[code][of], counted[code][among]) for code, kind in kinds.items()
    ]
    return sorted((row for row in rows if row.among), key=lambda row: -row.among)


@dataclass(frozen=True)
class Deduction:
    """What stands behind a mark that problems are taken off from (docs/decisions/0017)."""

    problems: float
    looks: int
    cost: float  # the share taken off, were it not cut at the whole

    @property
    def in_a_hundred(self) -> float:
        """Problems in 100 looks."""
        return 100.0 * self.problems / self.looks

    @property
    def nothing_left_after(self) -> float | None:
        """How many looks, at this rate, find enough to take everything off; None without problems."""
        return self.looks / self.cost if self.cost > 0 else None


def deduction_of(criterion: Criterion, period: Period, division: Division) -> Deduction | None:
    """How much was looked at and found for a `deduct` criterion (as `gather`); None: nothing."""
    found = gather(criterion.framework, period, division, by_site=False).get(criterion.code)
    if found is None or not found.observations:
        return None
    cost = taken_off(found.problems, criterion.rule, found.problems_by_kind)
    return Deduction(found.problems, found.observations, cost)
