"""When open cases would be due by hours and days as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from meicheng.cases.clock import due_after, timing
from meicheng.cases.models import Case
from meicheng.engine.calendar import Limit
from meicheng.ledger.models import Event

# Between a step of the first kind and one of the second the clock stood still.
STOPS, STARTS = {"suspend", "resolve"}, {"resume", "redo", "reopen"}
# A due time that somebody granted is kept.
GRANTED = "extend"
CLOSE = timedelta(minutes=1)  # an event is written a moment after the time it tells of
TOGETHER = 400


@dataclass(frozen=True)
class Moved:
    """An open case with the due time that it would have."""

    case: Case
    due_at: datetime

    @property
    def later(self) -> bool:
        """Whether it gains time."""
        return self.case.due_at is not None and self.due_at > self.case.due_at


def moved_cases(*, lock: bool = False) -> list[Moved]:
    """Open cases whose due time would be another one, those due first (1 SQL for 400 cases).

    Left out are cases that brought their due time with them (imported), that were granted more
    time, and those whose clock stands now.
    """
    rows = Case.objects.filter(
        state__in=["dispatched", "accepted", "in_progress", "to_redo"], due_at__isnull=False,
        dispatched_at__isnull=False,
    ).exclude(limit="")  # fmt: skip
    if lock:
        rows = rows.select_for_update(of=("self",))
    cases = list(rows.select_related("kind").order_by("due_at", "pk"))
    working = timing(fresh=True).calendar
    found = []
    for start in range(0, len(cases), TOGETHER):
        group = cases[start : start + TOGETHER]
        stood = _stood(group)
        for case in group:
            pauses = stood.get(case.pk, [])
            if pauses is None or case.dispatched_at is None or case.due_at is None:
                continue
            due = working.due(case.dispatched_at, Limit.parse(case.limit))
            for begin, end in pauses:
                due = due_after(case, due, stood=begin, until=end)
            if abs(due - case.due_at) > CLOSE:
                found.append(Moved(case, due))
    return found


def _stood(cases: list[Case]) -> dict[int, list[tuple[datetime, datetime]] | None]:
    """When the clock of each case stood still since its dispatch; None where time was granted."""
    begun = {case.chain: (case.pk, case.dispatched_at) for case in cases}
    events: dict[str, list[Event]] = defaultdict(list)
    asked = Event.objects.filter(chain__in=list(begun), verb__in=[*STOPS, *STARTS, GRANTED])
    for event in asked.order_by("chain", "sequence"):
        events[event.chain].append(event)
    found: dict[int, list[tuple[datetime, datetime]] | None] = {}
    for chain, rows in events.items():
        pk, start = begun[chain]
        since = [one for one in rows if start is None or one.at >= start]
        granted = any(one.verb == GRANTED for one in since)
        found[pk] = None if granted else list(_pairs(since))
    return found


def _pairs(events: list[Event]) -> Iterator[tuple[datetime, datetime]]:
    stopped: datetime | None = None
    for event in events:
        if event.verb in STOPS:
            stopped = stopped or event.at
        elif stopped is not None:
            yield stopped, event.at
            stopped = None
