"""What people look at of figures: what is asked of a place, what is known, events that rule out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from meicheng.assessment.evidence import counts_cases
from meicheng.assessment.periods import Period, months_earlier
from meicheng.assessment.queries import frameworks
from meicheng.engine.frameworks import UNITS, rule_words
from meicheng.ledger.models import Observation
from meicheng.organisation.filing import units_that_file
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Criterion, Framework, Item
from meicheng.standards.queries import said

from .checks import jumps
from .models import NearMiss

FIGURES = {"target", "trend", "grade"}
YEARS_BACK = 4
CONFIRMED_FOR = timedelta(days=183)  # an office says twice a year that nothing has happened
TOLD_EARLY = timedelta(days=30)


@dataclass(frozen=True)
class Known:
    """A figure that stands: when, how much, from where, who wrote it down."""

    day: date
    value: str
    number: float
    source: str
    remark: str
    author: str


@dataclass
class Asked:
    """A figure that a standard asks of a place, what is known of it, and who files it."""

    framework: Framework
    criterion: Criterion
    item: Item
    units: tuple[Unit, ...]
    history: list[Known] = field(default_factory=list)  # oldest first, up to the period's end
    neighbours: list[float] = field(default_factory=list)  # other places' of the last year

    @property
    def unit_name(self) -> str:
        """The unit of measure in words: %, m²; nothing for a count."""
        words = UNITS.get(self.criterion.unit)
        return said(words).strip() if words else self.criterion.unit

    @property
    def wanted(self) -> str:
        """What the standard wants of it."""
        return said(rule_words(self.criterion.rule, self.criterion.unit))

    @property
    def is_rate(self) -> bool:
        """Whether it is given as two numbers, 17/20."""
        return bool(self.criterion.rule["kind"] == "rate")

    @property
    def who(self) -> str:
        """Who files it: the units, else the role that no unit holds."""
        lead = self.criterion.lead
        named = "、".join(unit.name for unit in self.units)
        return named or (lead.name if lead else _("no unit named"))

    def of_year(self, year: int) -> Known | None:
        """The latest of a year."""
        return next((one for one in reversed(self.history) if one.day.year == year), None)

    def latest(self, period: Period) -> Known | None:
        """The latest of the period; None where nothing is from it."""
        last = self.history[-1] if self.history else None
        return last if last is not None and last.day >= period.first_day else None

    def questions(self, number: float, year: int) -> list[str]:
        """What somebody should ask of a new figure: against years before, and neighbours."""
        found = []
        yearly = {one.day.year: one.number for one in self.history if one.day.year < year}
        if jumps(number, list(yearly.values()), self.criterion.unit):
            last = yearly[max(yearly)]
            found.append(
                _("jumps against the years before (%(year)d: %(last)g)")
                % {"year": max(yearly), "last": last}
            )
        if jumps(number, self.neighbours, self.criterion.unit):
            words = _("lies far from the neighbours' (%(low)g to %(high)g)")
            ends = {"low": min(self.neighbours), "high": max(self.neighbours)}
            found.append(words % ends)
        return found


def asked_of(
    period: Period, division: Division, *, framework: Framework | None = None
) -> list[Asked]:
    """The figures that standards ask of a place, in their order (5 SQL statements).

    Of a standard with several editions the newest asks. An item is asked once.
    """
    newest: dict[str, Framework] = {}
    for one in frameworks() if framework is None else [framework]:
        if one.code not in newest or one.edition > newest[one.code].edition:
            newest[one.code] = one
    rows = Criterion.objects.filter(framework__in=newest.values()).select_related("lead")
    by_pk = {one.pk: one for one in newest.values()}
    criteria = [one for one in rows.order_by("framework__code", "position") if _is_figure(one)]
    codes = [f"{by_pk[one.framework_id].code}/{one.code}" for one in criteria]
    items = {item.code: item for item in Item.objects.filter(code__in=codes)}
    units = units_that_file(division)
    found = [
        Asked(
            by_pk[one.framework_id],
            one,
            items[code],
            tuple(units.get(one.lead_id or "", ())),
        )
        for code, one in zip(codes, criteria, strict=True)
        if code in items
    ]
    _fill(found, period, division)
    return found


def _is_figure(criterion: Criterion) -> bool:
    rule = criterion.rule
    if rule["kind"] == "rate":
        return not counts_cases(rule)
    return rule["kind"] in FIGURES


def _fill(asked: Sequence[Asked], period: Period, division: Division) -> None:
    """What is known of each at the place, and its neighbours' latest of a year (1 SQL)."""
    by_item = {one.item.pk: one for one in asked}
    rows = (
        Observation.objects.standing()
        .filter(
            item__in=list(by_item),
            site=None,
            number__isnull=False,
            division__level=division.level,
            observed_at__lt=period.end,
            month__gte=(period.last // 100 - YEARS_BACK) * 100,
        )
        .select_related("recorded_by")
    )
    a_year_ago = months_earlier(period.last_day, 12)
    others: dict[int, dict[int, float]] = defaultdict(dict)
    for row in rows.order_by("observed_at", "pk"):
        number = row.number
        if number is None:
            continue
        day = city_day(row.observed_at)
        if row.division_id != division.pk:
            if day >= a_year_ago:
                others[row.item_id][row.division_id] = number
            continue
        shown = f"{number * row.weight:.10g}/{row.weight:.10g}" if row.value == "rate" else (
            f"{number:.10g}"
        )  # fmt: skip
        author = row.recorded_by.display_name if row.recorded_by else ""
        by_item[row.item_id].history.append(
            Known(day, shown, number, row.source, row.remark, author)
        )
    for item, by_place in others.items():
        by_item[item].neighbours = list(by_place.values())


@dataclass(frozen=True)
class Place:
    """How an event that rules out stands at a place.

    state: "occurred", "clear", "due" (cleared, but to be confirmed again soon or already), or
    "unknown" (nobody has said anything within a year).
    """

    division: Division
    state: str
    word: Observation | None
    until: date | None  # by when it should be confirmed again


@dataclass(frozen=True)
class Veto:
    """An event that rules a standard or a part of it out, and how it stands at each place."""

    framework: Framework
    criterion: Criterion
    item: Item
    places: tuple[Place, ...]
    near: tuple[NearMiss, ...]

    @property
    def state(self) -> str:
        """The worst of its places; near misses come before what is only due."""
        states = {place.state for place in self.places}
        if "occurred" in states:
            return "occurred"
        if self.near:
            return "near"
        return next((one for one in ("unknown", "due") if one in states), "clear")


def vetoes(today: date, places: Iterable[Division]) -> list[Veto]:
    """Every veto of the standards' newest editions at some places, the worst first (5 SQL)."""
    newest: dict[str, Framework] = {}
    for one in frameworks():
        if one.code not in newest or one.edition > newest[one.code].edition:
            newest[one.code] = one
    by_pk = {one.pk: one for one in newest.values()}
    rows = Criterion.objects.filter(framework__in=newest.values(), method="veto")
    criteria = list(rows.select_related("lead").order_by("framework__code", "position"))
    codes = [f"{by_pk[one.framework_id].code}/{one.code}" for one in criteria]
    items = {item.code: item for item in Item.objects.filter(code__in=codes)}
    chosen = list(places)
    words = _words(items.values(), chosen, today)
    near: dict[int, list[NearMiss]] = defaultdict(list)
    misses = NearMiss.objects.filter(
        item__in=items.values(), happened_on__gt=today - timedelta(days=365)
    ).select_related("division", "recorded_by")
    for miss in misses:
        near[miss.item_id].append(miss)
    found = [
        Veto(
            by_pk[one.framework_id],
            one,
            items[code],
            tuple(
                _place(place, _word(words, items[code].pk, place, chosen), today)
                for place in chosen
            ),
            tuple(near[items[code].pk]),
        )
        for code, one in zip(codes, criteria, strict=True)
        if code in items
    ]
    order = ("occurred", "near", "unknown", "due", "clear")
    return sorted(found, key=lambda one: order.index(one.state))


def _words(
    items: Iterable[Item], places: Sequence[Division], today: date
) -> Mapping[tuple[int, int], Observation]:
    """The latest word on each item at each place within a year (1 SQL statement)."""
    rows = (
        Observation.objects.standing()
        .filter(
            item__in=list(items),
            division__in=places,
            value__in=["occurred", "cleared"],
            observed_at__date__gt=months_earlier(today, 12),
        )
        .select_related("recorded_by", "photo")
    )
    found: dict[tuple[int, int], Observation] = {}
    for row in rows.order_by("observed_at", "value", "pk"):
        found[row.item_id, row.division_id] = row
    return found


def _word(
    words: Mapping[tuple[int, int], Observation],
    item: int,
    division: Division,
    places: Sequence[Division],
) -> Observation | None:
    """The latest word on a place: its own, or a later one that clears all that it lies in."""
    own = words.get((item, division.pk))
    above = [
        word
        for place in places
        if place.pk != division.pk
        and division.path.startswith(place.path)
        and (word := words.get((item, place.pk))) is not None
        and word.value == "cleared"
    ]
    known = [*above, *([own] if own is not None else [])]
    return max(known, key=lambda word: word.observed_at) if known else None


def _place(division: Division, word: Observation | None, today: date) -> Place:
    if word is None:
        return Place(division, "unknown", None, None)
    if word.value == "occurred":
        return Place(division, "occurred", word, None)
    until = city_day(word.observed_at) + CONFIRMED_FOR
    state = "due" if until <= today + TOLD_EARLY else "clear"
    return Place(division, state, word, until)
