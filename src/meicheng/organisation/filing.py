"""Who files for a place: documents and figures come from the units of a role there."""

from __future__ import annotations

from collections import defaultdict

from meicheng.places.models import Division

from .models import Unit


def place_of(unit: Unit) -> Division:
    """The place that a unit files for: its district, or the city for the city's own units."""
    return unit.division.district or unit.division


def units_that_file(division: Division) -> dict[str, list[Unit]]:
    """The units of each role that file for a place: the city's for the city, a district's own.

    A crew of a unit of the same role does not file beside it.
    """
    rows = list(
        Unit.objects.filter(active=True).select_related("division__district").order_by("code")
    )
    roles = {unit.pk: unit.role_id for unit in rows}
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in rows:
        if unit.parent_id is not None and roles.get(unit.parent_id) == unit.role_id:
            continue
        place = unit.division.district_id if unit.division.parent_id else unit.division_id
        if place == division.pk:
            found[unit.role_id].append(unit)
    return found
