"""What stands behind each of the city's own plans: criteria, marks, cases and units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from meicheng.cases.models import Case
from meicheng.cases.queries.filters import inside, overdue
from meicheng.cases.queries.reach import reach
from meicheng.engine import frameworks as engine
from meicheng.organisation.models import Unit, UnitRole, User
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, CityPlan, Framework, Item
from meicheng.standards.queries import said

from .duties import Cases
from .standing import Mark, Standing


@dataclass(frozen=True)
class Behind:
    """The criteria of one standard that stand behind a plan, and what they come to."""

    framework: Framework
    marks: list[Mark]

    @property
    def known(self) -> list[Mark]:
        """Those of which something is known."""
        return [one for one in self.marks if one.mark.marks is not None]

    @property
    def full(self) -> float:
        """Their full marks, of the standard's."""
        return sum(one.mark.full_marks for one in self.marks)

    @property
    def lost(self) -> float:
        """Marks short of the full ones, over what is known."""
        return sum(one.lost or 0.0 for one in self.marks)

    @property
    def share(self) -> float | None:
        """The share of their full marks, over what is known; None where nothing is."""
        full = sum(one.mark.full_marks for one in self.known)
        return 1.0 - self.lost / full if full else None


@dataclass(frozen=True)
class PlanRow:
    """A plan on the list."""

    plan: CityPlan
    behind: list[Behind]
    cases: Cases

    @property
    def criteria(self) -> int:
        """How many criteria stand behind it, in all standards."""
        return sum(len(one.marks) for one in self.behind)

    @property
    def unknown(self) -> int:
        """How many of them nothing is known of."""
        return sum(one.mark.missing for row in self.behind for one in row.marks)

    @property
    def share(self) -> float | None:
        """The share of marks behind it: each criterion by its part of its own standard.

        Parts of standards can be added up where marks cannot: 10 of 1000 and 1 of 100 are both a
        hundredth. With 10 of 1000 at 0.9 and 3 of 100 at 0.5 it is
        (0.01 · 0.9 + 0.03 · 0.5)/(0.01 + 0.03) = 0.6.
        """
        parts = won = 0.0
        for one in (one for row in self.behind for one in row.known):
            parts += one.part
            won += one.part * (one.mark.share or 0.0)
        return won / parts if parts else None


@dataclass(frozen=True)
class KindRow:
    """A kind of case that the items behind a plan open, with the city's cases of it."""

    kind: CaseKind
    cases: Cases


@dataclass(frozen=True)
class RoleRow:
    """A role that leads or supports criteria behind a plan, with its units at the place."""

    role: UnitRole
    leads: int
    supports: int
    units: list[Unit]
    lost: float  # of what it leads, as a share of the standards' full marks


@dataclass(frozen=True)
class PlanPage:
    """Everything that stands behind one plan."""

    row: PlanRow
    kinds: list[KindRow]
    roles: list[RoleRow]


def plan_rows(user: User, standing: Standing, place: Division, *, at: datetime) -> list[PlanRow]:
    """Every plan with what stands behind it (5 SQL statements besides the marks')."""
    plans = list(CityPlan.objects.filter(active=True))
    opened = _kinds_opened(standing)
    cases = _cases(user, place, at=at)
    rows = []
    for plan in plans:
        behind = _behind(plan, standing, place)
        kinds = _kinds(behind, opened)
        counted = [cases[kind] for kind in kinds if kind in cases]
        total = Cases(sum(one.open for one in counted), sum(one.late for one in counted))
        rows.append(PlanRow(plan, behind, total))
    return rows


def plan_page(
    user: User, plan: CityPlan, standing: Standing, place: Division, *, at: datetime
) -> PlanPage:
    """One plan with its criteria, kinds of cases and units (7 SQL statements besides the marks')."""
    behind = _behind(plan, standing, place)
    codes = _kinds(behind, _kinds_opened(standing))
    cases = _cases(user, place, at=at)
    kinds = [
        KindRow(kind, cases.get(kind.code, Cases(0, 0)))
        for kind in CaseKind.objects.filter(code__in=codes)
    ]
    total = Cases(sum(row.cases.open for row in kinds), sum(row.cases.late for row in kinds))
    return PlanPage(
        row=PlanRow(plan, behind, total),
        kinds=sorted(kinds, key=lambda row: (-row.cases.late, -row.cases.open)),
        roles=_roles(behind, place),
    )


def criteria_behind(plan: CityPlan, framework: Framework) -> frozenset[str]:
    """The codes of the criteria of an edition that stand behind a plan (no SQL).

    Those with one of its themes, those that it names, and those below a node that it names.
    """
    named = {
        code.removeprefix(f"{framework.code}/")
        for code in plan.criteria
        if code.startswith(f"{framework.code}/")
    }
    themes = set(plan.themes)
    found = set()

    def walk(node: engine.Node, inside_named: bool) -> None:
        inside_named = inside_named or node.code in named
        for leaf in node.criteria:
            if inside_named or leaf.code in named or themes & set(leaf.themes):
                found.add(leaf.code)
        for child in node.children:
            walk(child, inside_named)

    for top in engine.framework_from(framework.document).nodes:
        walk(top, False)
    return frozenset(found)


def _behind(plan: CityPlan, standing: Standing, place: Division) -> list[Behind]:
    rows = []
    for framework in standing.standards:
        codes = criteria_behind(plan, framework)
        marks = [
            standing.mark(framework, criterion, place)
            for criterion in standing.criteria[framework.pk]
            if criterion.code in codes
        ]
        if marks:
            rows.append(Behind(framework, marks))
    return rows


def _kinds_opened(standing: Standing) -> Mapping[str, set[str]]:
    """The kinds of cases that belong to each FRAMEWORK/CRITERION (1 SQL statement).

    Those that a "no" of its items opens, and those whose rate it is.
    """
    found: dict[str, set[str]] = defaultdict(set)
    rows = Item.objects.filter(active=True, opens__isnull=False)
    for criteria, opens in rows.values_list("criteria", "opens_id"):
        for code in criteria:
            found[code].add(opens)
    for framework in standing.standards:
        for criterion in standing.criteria[framework.pk]:
            found[f"{framework.code}/{criterion.code}"].update(criterion.rule.get("kinds", ()))
    return found


def _kinds(behind: Iterable[Behind], opened: Mapping[str, set[str]]) -> set[str]:
    return {
        kind
        for row in behind
        for one in row.marks
        for kind in opened.get(f"{row.framework.code}/{one.criterion.code}", ())
    }


def _cases(user: User, place: Division, *, at: datetime) -> dict[str, Cases]:
    """Open and late cases by kind, as far as the user may see them (1 SQL statement)."""
    where = Q() if place.parent_id is None else inside(place)
    rows = Case.objects.filter(reach(user), where, closed_at__isnull=True).order_by()
    counted = rows.values("kind").annotate(open=Count("pk"), late=Count("pk", filter=overdue(at)))
    return {row["kind"]: Cases(row["open"], row["late"]) for row in counted}


def _roles(behind: Iterable[Behind], place: Division) -> list[RoleRow]:
    """Who leads and supports, those that lose most first (2 SQL statements)."""
    leads: dict[str, list[Mark]] = defaultdict(list)
    supports: dict[str, int] = defaultdict(int)
    for one in (one for row in behind for one in row.marks):
        if one.criterion.lead_id:
            leads[one.criterion.lead_id].append(one)
        for role in one.criterion.support:
            supports[role] += 1
    codes = leads.keys() | supports.keys()
    units: dict[str, list[Unit]] = defaultdict(list)
    here = Q(division=place) if place.parent_id is None else Q(division__district=place.district_id)
    for unit in Unit.objects.filter(here, active=True, role__in=codes):
        units[unit.role_id].append(unit)
    rows = [
        RoleRow(
            role,
            len(leads[role.code]),
            supports[role.code],
            units[role.code],
            sum((one.lost or 0.0) / one.framework.full_marks for one in leads[role.code]),
        )
        for role in UnitRole.objects.filter(code__in=codes)
    ]
    return sorted(rows, key=lambda row: (-row.lost, -row.leads, -row.supports))


def verified_words(plan: CityPlan) -> str:
    """How far what stands behind a plan is confirmed, in words."""
    return said(engine.VERIFIED[plan.verified])
