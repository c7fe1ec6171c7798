"""Whom something concerns: those who hold a role nearest to a unit or a place."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from meicheng.organisation.models import Membership, Unit, User
from meicheng.places.models import Division


def holders(
    roles: Collection[str], *, unit: Unit | None = None, division: Division | None = None
) -> list[User]:
    """Active people who hold one of the roles in this unit, or in this division.

    Where nobody does, those of the unit or division above, and so on up: who answers for the whole
    is told only of what has nobody of its own (1 SQL statement, and 1 for each unit above).
    """
    found: list[User] = []
    while unit is not None and not found:
        found = _people(Membership.objects.filter(role__in=roles, unit=unit))
        unit = unit.parent
    if found or division is None:
        return found
    codes = division.path.strip("/").split("/")
    held = Membership.objects.filter(
        role__in=roles, unit=None, division__code__in=codes, user__is_active=True
    ).select_related("user", "division")
    rows = sorted(held.defer("division__outline"), key=lambda one: (one.user_id, one.pk))
    deepest = max((len(one.division.path) for one in rows if one.division), default=0)
    people = {
        one.user_id: one.user for one in rows if one.division and len(one.division.path) == deepest
    }
    return list(people.values())


def _people(held: QuerySet[Membership]) -> list[User]:
    return list(User.objects.filter(memberships__in=held, is_active=True).order_by("pk").distinct())
