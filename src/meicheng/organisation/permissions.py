"""Who may do what and where: one matrix of action × role × scope.

A role is held in a division or a unit (`REACH`) and reaches everything below it; a few actions
need the whole city (`WHOLE_CITY`). No role has a right that is not in `MATRIX`; an administrator
manages accounts and sees no case. `tests/house/test_permissions.py` tries every cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import gettext as _

from meicheng.engine.workflow import TRANSITIONS
from meicheng.places.models import Division

from .models import Membership, Unit, User

R = Membership.Role
STAFF: set[Membership.Role] = {role for role in R if role != R.ADMINISTRATOR}
DESK: set[Membership.Role] = {R.DISPATCHER, R.CREATION_OFFICE}


class Reach(StrEnum):
    """Where a role is held, and so how far it reaches."""

    UNIT = "unit"  # what its unit, and the units below that, answer for
    DIVISION = "division"  # what lies in its division


REACH: dict[Membership.Role, Reach] = {
    role: Reach.UNIT if role in {R.UNIT_WORKER, R.UNIT_LEAD} else Reach.DIVISION for role in R
}

MATRIX: dict[str, set[Membership.Role]] = {
    # cases
    "cases.see": STAFF,
    "cases.open": STAFF - {R.AUDITOR},
    "cases.comment": STAFF - {R.AUDITOR},
    # Each step of a case as the workflow's table says who takes it.
    **{
        f"cases.{row.code}": {R(role) for role in map(str, row.roles) if role in R.values}
        for row in TRANSITIONS
        if row.by_people
    },
    # time limits and supervision
    "limits.write": {R.CREATION_OFFICE},
    "supervision.see": STAFF,
    "supervision.answer": {R.UNIT_WORKER, R.UNIT_LEAD},
    # proofs
    "proofs.see": STAFF - {R.COLLECTOR, R.UNIT_WORKER},
    "proofs.answer": {R.VERIFIER, R.INSPECTOR, R.CREATION_OFFICE},
    "proofs.hide": {R.VERIFIER, R.CREATION_OFFICE, R.DISPATCHER},
    # voices
    "reports.see": STAFF - {R.UNIT_WORKER, R.UNIT_LEAD},
    "reports.write": STAFF - {R.AUDITOR},
    "reports.reply": DESK,
    "reports.see_phone": DESK,
    # knowledge base
    "knowledge.see": STAFF,
    "knowledge.write": {R.DISPATCHER, R.UNIT_LEAD, R.CREATION_OFFICE},
    # inspections
    "visits.see": STAFF,
    "visits.write": {R.INSPECTOR, R.COLLECTOR, R.CREATION_OFFICE},
    "rounds.make": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    # surveys
    "surveys.see": STAFF,
    "surveys.make": {R.CREATION_OFFICE},
    "surveys.interview": {R.INSPECTOR, R.COLLECTOR, R.CREATION_OFFICE},
    # problem lists
    "lists.see": STAFF,
    "lists.make": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    "lists.solve": {R.UNIT_WORKER, R.UNIT_LEAD},
    "lists.strike_off": {R.VERIFIER, R.INSPECTOR, R.CREATION_OFFICE, R.DISTRICT_LEAD},
    # campaigns
    "campaigns.see": STAFF,
    "campaigns.order": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    "campaigns.count": {R.UNIT_WORKER, R.UNIT_LEAD, R.CREATION_OFFICE},
    # chronic places
    "chronic.see": STAFF,
    "chronic.plan": {R.UNIT_LEAD, R.CREATION_OFFICE, R.DISTRICT_LEAD},
    "chronic.do": {R.UNIT_WORKER, R.UNIT_LEAD},
    "chronic.strike_off": {R.VERIFIER, R.INSPECTOR, R.CREATION_OFFICE, R.DISTRICT_LEAD},
    # routines
    "routines.see": STAFF,
    "routines.order": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    "routines.do": {R.UNIT_WORKER, R.UNIT_LEAD},
    # commitments; who promised does not change the promise
    "commitments.see": STAFF,
    "commitments.make": {R.UNIT_LEAD, R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    "commitments.enter": {R.UNIT_WORKER, R.UNIT_LEAD, R.CREATION_OFFICE, R.DISTRICT_LEAD},
    "commitments.change": {R.CREATION_OFFICE, R.CITY_LEAD},
    # materials
    "materials.see": STAFF,
    "materials.file": {R.UNIT_WORKER, R.UNIT_LEAD, R.CREATION_OFFICE},
    "materials.review": {R.CREATION_OFFICE, R.VERIFIER},
    # figures
    "figures.see": STAFF,
    "figures.enter": {R.UNIT_WORKER, R.UNIT_LEAD, R.CREATION_OFFICE},
    "figures.freeze": {R.CREATION_OFFICE},
    "vetoes.record": {R.CREATION_OFFICE, R.DISTRICT_LEAD},
    # what it adds up to
    "assessment.see": STAFF,
    "assessment.plan": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD},
    "appraisal.see": STAFF,
    # ground floor
    "places.see": STAFF,
    "standards.write": {R.CREATION_OFFICE},
    "exchange.import": {R.CREATION_OFFICE},
    "exchange.export": {R.CREATION_OFFICE, R.DISTRICT_LEAD, R.CITY_LEAD, R.AUDITOR},
    "ledger.see": {R.AUDITOR, R.CREATION_OFFICE},
    "webhooks.manage": {R.CREATION_OFFICE, R.ADMINISTRATOR},
    "accounts.see": {R.ADMINISTRATOR, R.AUDITOR},
    "accounts.manage": {R.ADMINISTRATOR},
}
# What cannot be done for a part of the city: only who holds the role in all of it may.
WHOLE_CITY = frozenset(
    {
        "limits.write",
        "standards.write",
        "surveys.make",
        "exchange.import",
        "ledger.see",
        "webhooks.manage",
        "accounts.see",
        "accounts.manage",
    }
)
# What is the same for the whole city, and shown to whoever holds the role somewhere in it.
ANYWHERE = frozenset(
    {
        "commitments.see", "figures.see", "surveys.see", "knowledge.see", "assessment.see", "appraisal.see",
        "exchange.export",
    }
)  # fmt: skip
# What belongs to a place and to no unit: for it, a unit's people reach the division of their unit.
BY_PLACE = frozenset({"cases.open", "reports.write", "visits.see", "places.see"})


class NotAllowed(PermissionError):
    """Somebody may not do this here; the message says what and where."""


@dataclass(frozen=True)
class Scope:
    """Where somebody holds a role: the whole city, or divisions and units."""

    whole_city: bool
    paths: tuple[str, ...]
    unit_ids: frozenset[int]

    def covers(self, *, division: Division | None = None, unit: Unit | None = None) -> bool:
        """Whether a thing in this division or with this unit lies in the scope."""
        if self.whole_city:
            return True
        if unit is not None and unit.pk in self.unit_ids:
            return True
        return division is not None and division.path.startswith(self.paths or ("\0",))

    def filter(self, *, division: str = "division", unit: str | None = None) -> Q:
        """The condition that keeps rows in the scope; names are paths of fields."""
        if self.whole_city:
            return Q()
        condition = Q(pk__in=[])
        for path in self.paths:
            condition |= Q(**{f"{division}__path__startswith": path})
        if unit and self.unit_ids:
            condition |= Q(**{f"{unit}__in": self.unit_ids})
        return condition


def memberships(user: User) -> list[Membership]:
    """The user's memberships with their divisions (one SQL statement per user object)."""
    if not user.is_authenticated or not user.is_active:
        return []
    held: list[Membership] | None = getattr(user, "_memberships", None)
    if held is None:
        held = list(user.memberships.select_related("division", "unit", "unit__division"))
        user._memberships = held  # type: ignore[attr-defined]
    return held


def _with_children(user: User, unit_ids: set[int]) -> frozenset[int]:
    """These units and all below them (one SQL statement per user object, none without units)."""
    if not unit_ids:
        return frozenset()
    below: dict[int, list[int]] | None = getattr(user, "_units_below", None)
    if below is None:
        below = {}
        links = Unit.objects.filter(parent__isnull=False).values_list("parent_id", "pk")
        for parent, child in links.iterator():
            below.setdefault(parent, []).append(child)
        user._units_below = below  # type: ignore[attr-defined]
    found: set[int] = set()
    waiting = list(unit_ids)
    while waiting:
        unit = waiting.pop()
        if unit not in found:  # a circle of parents, were there one, ends here
            found.add(unit)
            waiting += below.get(unit, [])
    return frozenset(found)


def roles(user: User) -> set[str]:
    """The codes of all roles that the user holds anywhere."""
    return {membership.role for membership in memberships(user)}


def held_in_units(role: str) -> bool:
    """Whether a role is held in a unit rather than a division."""
    return REACH[Membership.Role(role)] is Reach.UNIT


def _in_city(membership: Membership) -> bool:
    return membership.division is not None and membership.division.parent_id is None


def _counts(membership: Membership, action: str) -> bool:
    """Whether a membership lets its holder do the action somewhere."""
    if membership.role not in MATRIX[action]:
        return False
    if held_in_units(membership.role):
        return membership.unit_id is not None and action not in WHOLE_CITY
    return membership.division_id is not None and (action not in WHOLE_CITY or _in_city(membership))


def scope(user: User, action: str) -> Scope:
    """Where the user may do `action`. An action that is not in the matrix is a mistake."""
    held = [m for m in memberships(user) if _counts(m, action)]
    places = [m for m in held if not held_in_units(m.role)]
    in_units = [m for m in held if held_in_units(m.role)]
    units = {m.unit_id for m in in_units if m.unit_id is not None}
    paths = {m.division.path for m in places if m.division is not None}
    if action in BY_PLACE:
        paths |= {m.unit.division.path for m in in_units if m.unit is not None}
    return Scope(
        whole_city=any(_in_city(m) for m in places),
        paths=tuple(sorted(paths)),
        unit_ids=_with_children(user, units),
    )


def may(
    user: User, action: str, *, division: Division | None = None, unit: Unit | None = None
) -> bool:
    """Whether the user may do `action`, here if a place or unit is named, else anywhere."""
    where = scope(user, action)
    if division is None and unit is None:
        return where.whole_city or bool(where.paths) or bool(where.unit_ids)
    return where.covers(division=division, unit=unit)


def allow(
    user: User, action: str, *, division: Division | None = None, unit: Unit | None = None
) -> None:
    """Raise `NotAllowed` unless the user may do `action` here."""
    if not may(user, action, division=division, unit=unit):
        place = unit or division
        said = _("%(who)s may not do “%(action)s” in %(place)s")
        refusal = said % {"who": user, "action": action, "place": place or _("this city")}
        raise NotAllowed(f"{refusal}{_who_may(user, action)}")


def _who_may(user: User, action: str) -> str:
    """Where the user's own roles let her do it; where none does, which roles would."""
    own = [m.unit or m.division for m in memberships(user) if _counts(m, action)]
    if own:
        places = sorted({one.name for one in own if one is not None})
        return _("; her roles for it are held in %(places)s") % {"places": ", ".join(places)}
    named = [str(role.label) for role in R if role in MATRIX[action]]
    return _("; it is for: %(roles)s") % {"roles": ", ".join(named)} if named else ""


def actions_of(user: User, candidates: Iterable[str] = MATRIX) -> set[str]:
    """The actions that the user may do somewhere; for menus."""
    held = memberships(user)
    return {action for action in candidates if any(_counts(m, action) for m in held)}
