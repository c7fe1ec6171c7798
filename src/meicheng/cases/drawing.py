"""Which reported work is seen on the spot: the record itself draws it."""

from __future__ import annotations

from meicheng.cases.models import Case, SpotCheck
from meicheng.engine.workflow import is_drawn
from meicheng.ledger.models import Event


def draw(case: Case, event: Event) -> None:
    """Let the event that reports the work as done decide whether it is seen on the spot (≤ 1 SQL)."""
    chance = event.data["chance"]
    case.spot_check = is_drawn(event.hash, chance)
    if case.spot_check:
        SpotCheck.objects.create(case=case, drawn_at=event.at, chance=chance)
