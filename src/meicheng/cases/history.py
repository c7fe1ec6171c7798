"""Cases that happened before: written with their real times, many at once.

The way of a case through its states is not acted again; what is known of it is written as events
with their own times, each marked as imported, and counted as every case is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from meicheng.engine.calendar import Limit
from meicheng.engine.space import cell_of
from meicheng.engine.workflow import State
from meicheng.ledger.actions import CaseTallyKey, count_cases
from meicheng.ledger.events import link_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit, User
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, Item
from meicheng.tables.bulk import insert, reserve_keys

from .counts import contribution
from .models import Case, NumberCounter
from .numbers import written
from .rules import in_time, rules
from .text import text_of

# Where an imported case can stand. A unit works on it in those of the second line.
IMPORTED_STATES = (
    State.REPORTED, State.REGISTERED, State.CLOSED, State.TURNED_DOWN, State.WITHDRAWN,
    State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS,
)  # fmt: skip
WITH_UNIT = {State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS}
ENDED = {State.CLOSED: "close", State.TURNED_DOWN: "turn_down", State.WITHDRAWN: "withdraw"}


@dataclass(frozen=True)
class PastCase:
    """What is known of a case that happened before."""

    kind: CaseKind
    division: Division
    state: State
    reported_at: datetime
    source: str
    description: str = ""
    address: str = ""
    longitude: float | None = None
    latitude: float | None = None
    site: Site | None = None
    item: Item | None = None
    unit: Unit | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    answered_at: datetime | None = None  # where it is told apart from the closing
    outcome: str = ""
    rating: int | None = None  # 1 to 5, of a closed case
    origin: str = ""  # visit:12, where it is here
    said: str = ""  # where it comes from, as its first event will say


def write_past_cases(past: Sequence[PastCase], *, by: User | None = None) -> list[Case]:
    """Write past cases with numbers of the days they were reported, events and counts.

    Called inside the caller's transaction; some 10 SQL statements for each thousand.
    """
    days = Counter(city_day(one.reported_at) for one in past)
    numbers = take_numbers(days)
    cases = [_case(one, numbers[city_day(one.reported_at)].pop(0)) for one in past]
    # The name of a chain is its case's key, and the case holds the end of its chain.
    for case, number in zip(cases, reserve_keys(Case, len(cases)), strict=True):
        case.pk = number
    events: list[Event] = []
    counts: dict[CaseTallyKey, Counter[str]] = defaultdict(Counter)
    for one, case in zip(past, cases, strict=True):
        events.extend(_events(one, case, by))
        for key, counted in contribution(case).items():
            counts[key].update(counted)
    insert(cases)
    insert([text_of(case) for case in cases])
    insert(events)
    count_cases(counts)
    return cases


def take_numbers(days: Counter[date]) -> dict[date, list[str]]:
    """The next numbers of several days, in one SQL statement for each 300 days."""
    table = NumberCounter._meta.db_table
    numbers: dict[date, list[str]] = {}
    wanted = sorted(days.items())
    for start in range(0, len(wanted), 300):
        part = wanted[start : start + 300]
        places = ", ".join(["(%s, %s)"] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (day, last) VALUES {places} "
                f"ON CONFLICT (day) DO UPDATE SET last = {table}.last + excluded.last "
                "RETURNING day, last",
                [value for pair in part for value in pair],
            )
            for day, last in cursor.fetchall():
                day = date.fromisoformat(day) if isinstance(day, str) else day
                numbers[day] = [
                    written(day, serial) for serial in range(last - days[day] + 1, last + 1)
                ]
    return numbers


def _case(one: PastCase, number: str) -> Case:
    cell = None
    if one.longitude is not None and one.latitude is not None:
        cell = cell_of(one.longitude, one.latitude)
    known = one.state not in {State.REPORTED, State.TURNED_DOWN, State.WITHDRAWN}
    unit = one.unit if one.state in WITH_UNIT or one.state == State.CLOSED else None
    ended = one.closed_at if one.state in ENDED else None
    answered = one.answered_at or ended
    # Who turned it down answered for its receipt; what nobody took up yet is taken up here.
    received = ended if one.state == State.TURNED_DOWN else None
    waits = one.state in {State.REPORTED, State.REGISTERED}
    return Case(
        number=number,
        state=one.state,
        kind=one.kind,
        severity=max(one.kind.severity, one.item.severity if one.item else 0),
        site=one.site,
        item=one.item,
        description=one.description,
        source=one.source,
        origin=one.origin,
        division=one.division,
        district_id=one.division.district_id,
        address=one.address,
        longitude=one.longitude,
        latitude=one.latitude,
        cell=cell,
        unit=unit,
        reported_at=one.reported_at,
        registered_at=one.reported_at if known else None,
        dispatched_at=one.reported_at if unit else None,
        due_at=one.due_at if known else None,
        resolved_at=ended if one.state == State.CLOSED else None,
        closed_at=ended,
        received_in_time=_within(one.reported_at, received, rules().take_up),
        receipt_unknown=received is None and not waits,
        answered_in_time=_within(one.reported_at, answered, rules().answer),
        outcome=one.outcome,
        rating=one.rating,
    )


def _within(start: datetime, at: datetime | None, limit: Limit) -> bool | None:
    return None if at is None else in_time(start, at, limit)


def _events(one: PastCase, case: Case, by: User | None) -> list[Event]:
    """What is known to have happened, in its order, as a chain."""
    steps: list[tuple[str, datetime, dict[str, Any]]] = [
        (
            "reported",
            one.reported_at,
            {"kind": case.kind_id, "source": one.source, "from": one.said},
        )
    ]
    if case.registered_at is not None:
        steps.append(("register", case.registered_at, {}))
    if case.dispatched_at is not None and one.unit is not None:
        due = case.due_at.isoformat() if case.due_at else None
        steps.append(("dispatch", case.dispatched_at, {"unit": one.unit.code, "due_at": due}))
    if one.state in {State.ACCEPTED, State.IN_PROGRESS}:
        steps.append(("accept", one.reported_at, {}))
    if one.state == State.IN_PROGRESS:
        steps.append(("start", one.reported_at, {}))
    if one.state in ENDED and case.closed_at is not None:
        said = {"remark": one.outcome, "rating": one.rating}
        steps.append((ENDED[one.state], case.closed_at, said))
    return [
        link_event(case, verb, by=by, at=at, data={**data, "imported": True})
        for verb, at, data in steps
    ]
