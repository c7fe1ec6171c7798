"""Find: a number, a code, a place, a unit or words, from every page by “/”."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.cases.queries import best_cases, reach
from meicheng.cases.queries.listing import Row
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import actions_of, may, scope
from meicheng.places.models import Site
from meicheng.voices.codes import read_code
from meicheng.voices.models import Report

EACH = 8


@dataclass(frozen=True)
class Found:
    """What was found; `only` is the address where just one thing can be meant."""

    only: str = ""
    cases: list[Row] = field(default_factory=list)
    cases_in_all: int = 0
    sites: list[Site] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.only or self.cases or self.sites or self.units)


def search(user: User, words: str) -> Found:
    """What the words mean to this user (at most 12 SQL statements)."""
    held = actions_of(user)
    if not words:
        return Found()
    only = _only(user, words, held)
    if only:
        return Found(only=only)
    cases: list[Row] = []
    cases_in_all = 0
    if "cases.see" in held:
        cases, cases_in_all = best_cases(user, words, limit=EACH, at=timezone.now())
    named = Q(name_zh__icontains=words) | Q(name_en__icontains=words)
    sites, units = [], []
    if "places.see" in held:
        within = scope(user, "places.see").filter(division="division")
        sites = list(
            Site.objects.filter(within, named | Q(address__icontains=words), active=True)
            .select_related("kind", "division__district")
            .defer("division__outline", "division__district__outline")
            .order_by("code")[:EACH]
        )
        units = list(
            Unit.objects.filter(named, active=True)
            .select_related("division")
            .defer("division__outline")[:EACH]
        )
    return Found(
        cases=cases,
        cases_in_all=cases_in_all,
        sites=sites,
        units=units,
    )


def _only(user: User, words: str, held: set[str]) -> str:
    """The address of the one thing with this number or code; "" where none has it."""
    if "cases.see" in held:
        number = words.upper()
        if Case.objects.filter(reach(user), number=number).exists():
            return f"/cases/{number}/"
    if "places.see" in held:
        place = Site.objects.filter(code=words).select_related("division").first()
        if place is not None and may(user, "places.see", division=place.division):
            return f"/sites/{place.code}/"
    code = read_code(words)
    if code is not None and "reports.see" in held:
        report = Report.objects.filter(code=code).select_related("division").first()
        if report is not None and may(user, "reports.see", division=report.division):
            return f"/reports/{report.code}/"
    return ""
