"""What people look at in the standards: editions, trees, criteria, and what one look serves."""

from __future__ import annotations

from meicheng.engine.frameworks import Known, shipped
from meicheng.organisation.models import UnitRole
from meicheng.places.models import SiteKind

from .models import CaseKind


def known_codes() -> Known:
    """The codes that a standard may name in this city (3 SQL statements); themes are shipped."""
    return Known(
        site_kinds=frozenset(SiteKind.objects.values_list("code", flat=True)),
        roles=frozenset(UnitRole.objects.values_list("code", flat=True)),
        themes=shipped().themes,
        case_kinds=frozenset(CaseKind.objects.values_list("code", flat=True)),
    )
