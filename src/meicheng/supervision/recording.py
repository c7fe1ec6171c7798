"""Writing down what was passed: rows, events and notices in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meicheng.ledger.events import link_event
from meicheng.ledger.models import Event
from meicheng.tables.bulk import insert

from .clocks import Passing
from .models import Clock, Supervision, TimeWarning
from .telling import tell


def record(
    passed: Sequence[tuple[Clock, list[Passing]]], *, at: datetime, told: bool = True
) -> None:
    """Write the passings of clocks whose rows are held (some 6 SQL statements, 2 more for each
    group of people); the caller saves the clocks.
    """
    warnings: list[TimeWarning] = []
    supervisions: list[Supervision] = []
    events: list[Event] = []
    for clock, found in passed:
        for one in found:
            row, event = rows_of(clock, one, at)
            events.append(event)
            if isinstance(row, Supervision):
                supervisions.append(row)
            else:
                warnings.append(row)
    insert(warnings)
    insert(supervisions)
    insert(events)
    if told:
        tell([(clock, found) for clock, found in passed if found])


def rows_of(
    clock: Clock, passing: Passing, at: datetime
) -> tuple[TimeWarning | Supervision, Event]:
    """A passing as its row and the next event of the clock's chain (no SQL)."""
    rung = passing.rung
    common = {
        "clock_id": clock.pk,
        "version": passing.version,
        "percent": rung.percent,
        "unit_id": passing.unit_id,
        "passed_at": passing.at,
        "written_at": at,
    }
    row: TimeWarning | Supervision
    if rung.supervised:
        row = Supervision(**common, to=rung.to, card=rung.card, district_id=passing.district_id)
    else:
        row = TimeWarning(**common, colour=rung.colour)
    event = link_event(
        clock,
        "supervised" if rung.supervised else "time_warning",
        by=None,
        at=at,
        data={
            "percent": rung.percent,
            "version": passing.version,
            "passed_at": passing.at.isoformat(),
            "unit": passing.unit_id,
            "colour": rung.colour,
            "to": rung.to,
            "card": rung.card,
        },
    )
    return row, event
