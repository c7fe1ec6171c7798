"""What is expected of each unit (责任清单): criteria, marks, cases, documents and figures due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import Count
from django.utils.translation import gettext as _

from meicheng.cases.models import Case
from meicheng.cases.queries.filters import overdue
from meicheng.cases.queries.reach import reach
from meicheng.engine import frameworks as engine
from meicheng.organisation.models import Unit, UnitRole, User
from meicheng.organisation.permissions import memberships, scope
from meicheng.places.models import Division
from meicheng.standards.models import Framework, Item
from meicheng.standards.packs import material_words
from meicheng.standards.queries import said

from .latest import Review, reviews_of, too_old
from .periods import Period
from .standing import Mark, Standing

CASES_SHOWN = 12


@dataclass(frozen=True)
class Duty:
    """A criterion that a role leads or supports, with its marks at the unit's place."""

    at: Mark
    leads: bool


@dataclass(frozen=True)
class Due:
    """A document, figure or survey that the criterion's lead files, and how it stands."""

    framework: Framework
    code: str
    criterion: str
    what: str
    state: str  # missing, returned, expired, carried, there
    material: str = ""  # its item's code, for a document that is filed
    survey: bool = False

    @property
    def link(self) -> str:
        """Where it is filed, or asked for, while it has to be."""
        if self.done:
            return ""
        if self.survey:
            return "/surveys/"
        return f"/materials/file?item={quote(self.material)}" if self.material else ""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do about it in the period."""
        return self.state == "there"

    @property
    def words(self) -> str:
        """How it stands, in words."""
        return {
            "missing": _("not there"),
            "returned": _("returned by the reviewer"),
            "expired": _("too old"),
            "carried": _("carried over"),
            "there": _("there"),
        }[self.state]


@dataclass(frozen=True)
class Cases:
    """How many open cases a unit has, and how many of them are late; None where one may not see."""

    open: int
    late: int


@dataclass(frozen=True)
class Loss:
    """What a standard's led criteria lose, of what they are worth."""

    framework: Framework
    lost: float
    full: float


@dataclass(frozen=True)
class Duties:
    """Everything that is expected of a unit, or of a role that no unit holds."""

    role: UnitRole
    unit: Unit | None
    place: Division
    duties: list[Duty]
    documents: list[Due]
    figures: list[Due]
    filed_by: list[Unit]
    cases: Cases | None

    @property
    def name(self) -> str:
        """What it is called: the unit, or the role where there is none."""
        return self.unit.name if self.unit else self.role.name

    @property
    def lead(self) -> list[Duty]:
        """What it leads."""
        return [duty for duty in self.duties if duty.leads]

    @property
    def support(self) -> list[Duty]:
        """What it supports."""
        return [duty for duty in self.duties if not duty.leads]

    @property
    def losses(self) -> list[Loss]:
        """The marks lost by what it leads, standard by standard; scales are never mixed."""
        sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        standards: dict[int, Framework] = {}
        for duty in self.lead:
            standards[duty.at.framework.pk] = duty.at.framework
            sums[duty.at.framework.pk][0] += duty.at.lost or 0.0
            sums[duty.at.framework.pk][1] += duty.at.mark.full_marks
        return [Loss(standards[pk], lost, full) for pk, (lost, full) in sums.items()]

    @property
    def unknown(self) -> int:
        """How many criteria that it leads nothing is known of."""
        return sum(duty.at.mark.missing for duty in self.lead)

    @property
    def due(self) -> int:
        """How many documents, figures and surveys are still to be filed."""
        return sum(not one.done for one in (*self.documents, *self.figures))


def all_duties(
    user: User,
    standing: Standing,
    *,
    at: datetime,
    within: Division | None = None,
    unit: Unit | None = None,
    role: UnitRole | None = None,
) -> list[Duties]:
    """The duties of every unit, or of one, or of a role that no unit holds; the user's own first.

    7 SQL statements besides the marks' (those of the city and of each district that has a unit).
    Roles that lead something and have no unit stand at the end, with the city's marks.
    """
    roles = {one.code: one for one in UnitRole.objects.all()}
    by_role = _by_role(standing)
    everyone = list(Unit.objects.filter(active=True).select_related("division__district", "role"))
    holders = _holders(everyone)
    units = [one for one in everyone if unit is None or one.pk == unit.pk]
    if role is not None:
        units = []
    if within is not None and within.parent_id is not None:
        units = [one for one in units if one.division.path.startswith(within.path)]
    cases = case_counts(user, at=at, unit=unit)
    where = scope(user, "cases.see")
    reviews = _latest_reviews(standing)
    mine = {held.unit_id for held in memberships(user) if held.unit_id is not None}
    found = [
        _duties(
            standing, by_role, reviews, holders, one.role, one,
            cases.get(one.pk, Cases(0, 0))
            if where.covers(division=one.division, unit=one) else None,
        )
        for one in sorted(units, key=lambda one: (one.pk not in mine, one.code))
        if one.role_id in by_role
    ]  # fmt: skip
    if unit is None:
        alone = [role] if role is not None else [
            one for code, one in roles.items() if code in by_role and code not in holders
        ]  # fmt: skip
        found += [
            _duties(standing, by_role, reviews, holders, one, None, None)
            for one in alone
            if one.code in by_role
        ]
    return found


def case_counts(user: User, *, at: datetime, unit: Unit | None = None) -> dict[int, Cases]:
    """Open and late cases by unit, as far as the user may see them (1 SQL statement)."""
    rows = Case.objects.filter(reach(user), closed_at__isnull=True, unit__isnull=False)
    if unit is not None:
        rows = rows.filter(unit=unit)
    counted = rows.order_by().values("unit").annotate(
        open=Count("pk"), late=Count("pk", filter=overdue(at))
    )  # fmt: skip
    return {row["unit"]: Cases(row["open"], row["late"]) for row in counted}


def open_cases(user: User, unit: Unit) -> list[Case]:
    """The unit's open cases that the user may see, those with least time left first (1 SQL)."""
    rows = Case.objects.filter(reach(user), closed_at__isnull=True, unit=unit)
    related = rows.select_related("kind", "division").defer("division__outline")
    return list(related.order_by("due_at", "pk")[:CASES_SHOWN])


def _by_role(standing: Standing) -> dict[str, list[tuple[Framework, int, bool]]]:
    """Which criteria each role leads or supports: standard, place in its list, whether it leads."""
    found: dict[str, list[tuple[Framework, int, bool]]] = defaultdict(list)
    for framework in standing.standards:
        for index, criterion in enumerate(standing.criteria[framework.pk]):
            if criterion.lead_id:
                found[criterion.lead_id].append((framework, index, True))
            for role in criterion.support:
                found[role].append((framework, index, False))
    return found


def _holders(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """The units of each role that file for the city: the city's own, else all of the role."""
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        found[unit.role_id].append(unit)
    return {
        role: [unit for unit in held if unit.division.parent_id is None] or held
        for role, held in found.items()
    }


def _duties(
    standing: Standing,
    by_role: Mapping[str, Sequence[tuple[Framework, int, bool]]],
    reviews: Mapping[tuple[str, int], Review],
    holders: Mapping[str, list[Unit]],
    role: UnitRole,
    unit: Unit | None,
    cases: Cases | None,
) -> Duties:
    place = standing.city if unit is None else unit.division.district or standing.city
    duties = [
        Duty(
            standing.mark(framework, standing.criteria[framework.pk][index], place),
            leads,
        )
        for framework, index, leads in by_role.get(role.code, ())
    ]
    files = unit is None or unit in holders[role.code]
    lead = [duty.at for duty in duties if duty.leads] if files else []
    return Duties(
        role=role,
        unit=unit,
        place=place,
        duties=duties,
        documents=[due for one in lead for due in _documents(one, reviews, standing, place)],
        figures=[_figure(one) for one in lead if one.criterion.method in {"statistic", "survey"}],
        filed_by=[] if files else holders[role.code],
        cases=cases,
    )


def _documents(
    one: Mark,
    reviews: Mapping[tuple[str, int], Review],
    standing: Standing,
    place: Division,
) -> Iterable[Due]:
    rule = one.criterion.rule
    if one.criterion.method != "document":
        return
    if rule["kind"] != "materials":
        yield _due(one, _("a grade by the reviewer"), _state_of_mark(one))
        return
    where = standing.city if one.of_city else place
    for material in rule["needs"]:
        code = f"{one.framework.code}/{one.criterion.code}/{material}"
        state = review_state(reviews.get((code, where.pk)), rule, standing.period)
        yield replace(_due(one, said(material_words(material)), state), material=code)


def _figure(one: Mark) -> Due:
    if one.criterion.method == "survey":
        return replace(_due(one, _("a survey"), _state_of_mark(one)), survey=True)
    words = engine.UNITS.get(one.criterion.unit)
    unit = said(words).strip() if words else one.criterion.unit
    what = _("a figure in %(unit)s") % {"unit": unit} if unit else _("a figure")
    return _due(one, what, _state_of_mark(one))


def _state_of_mark(one: Mark) -> str:
    return "missing" if one.mark.missing else "carried" if one.mark.carried else "there"


def _due(one: Mark, what: str, state: str) -> Due:
    return Due(one.framework, one.criterion.code, one.criterion.name, what, state)


def review_state(review: Review | None, rule: Mapping[str, Any], period: Period) -> str:
    """How a material stands by its latest review, as the marks read it."""
    if review is None:
        return "missing"
    if review.value != "accepted":
        return "returned"
    return "expired" if too_old(review, rule, period) else "there"


def _latest_reviews(standing: Standing) -> dict[tuple[str, int], Review]:
    """The latest review of each material by item and division (2 SQL statements)."""
    codes = [
        f"{framework.code}/{criterion.code}/{material}"
        for framework in standing.standards
        for criterion in standing.criteria[framework.pk]
        if criterion.rule["kind"] == "materials"
        for material in criterion.rule["needs"]
    ]
    items = Item.objects.filter(code__in=codes).values_list("pk", "code")
    found = reviews_of({pk: (code, "") for pk, code in items}, standing.period, {})
    return {key: reviews[-1] for key, reviews in found.items()}
