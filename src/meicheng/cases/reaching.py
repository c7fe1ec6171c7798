"""Whether somebody may do something to one case: its place and unit, and its supporting units."""

from __future__ import annotations

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may, scope

from .models import Case

# What the units that do a part of a case may do to it beside its own.
SUPPORTING = frozenset({"cases.see", "cases.part_done", "cases.comment"})


def may_case(user: User, action: str, case: Case) -> bool:
    """Whether the user may do `action` to this case (1 SQL statement for units that only support)."""
    if may(user, action, division=case.division, unit=case.unit):
        return True
    if action not in SUPPORTING:
        return False
    units = scope(user, action).unit_ids
    return bool(units) and case.supports.filter(unit__in=units).exists()


def allow_case(user: User, action: str, case: Case) -> None:
    """Raise `NotAllowed` unless the user may do `action` to this case."""
    if not may_case(user, action, case):
        allow(user, action, division=case.division, unit=case.unit)
