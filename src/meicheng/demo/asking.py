"""One round that waits: after a failure, sites of the same kind where the same may be wrong."""

from __future__ import annotations

from datetime import timedelta

from meicheng.inspections.models import Round, Stop
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .people import ACCOUNTS
from .stories import tell
from .world import World

SITES = 12


def make_rounds(world: World) -> int:
    """Write the round; returns how many sites it has. Keys follow what was loaded."""
    if not world.failures:
        return 0
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    office = User.objects.get(pk=roles["creation-office"])
    last = max(world.failures, key=lambda one: (one.at, one.place.pk, one.item.pk))
    alike = [one for one in world.places if one.kind == last.place.kind and one.pk != last.place.pk]
    chosen = sorted(
        world.chance("round").sample(alike, min(SITES, len(alike))), key=lambda one: one.pk
    )
    at = world.until - timedelta(days=2)
    made = Round(
        code="demo-round",
        title=f"举一反三：{last.item.name_zh}"[:120],
        reason="look_alike",
        division_id=world.division_pks["CITY"],
        item=last.item,
        due=city_day(world.until) + timedelta(days=5),
        made_by=office,
        made_at=at,
        key="demo:round",
    )
    made.save(force_insert=True)
    made.code = f"XC-{city_day(at).year}-{made.pk:04d}"
    Stop.objects.bulk_create(
        Stop(round=made, position=number, site_id=place.pk)
        for number, place in enumerate(chosen, 1)
    )
    said = {
        "title": made.title,
        "reason": made.reason,
        "item": last.item.code,
        "due": str(made.due),
        "sites": list(made.stops.values_list("site__code", flat=True)),
    }
    tell(made, [(at, "round_made", office, said)])
    return len(chosen)
