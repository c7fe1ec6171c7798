"""Past cases from files whose problem had been closed there: they bring the closed case back.

By the times of the file, within the distance and days of every other door. What was still new brings
the closed case back itself; what went its own way in the other system stays a case of its own, and
both say of each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.engine.space import cells_around, distance_m
from meicheng.engine.workflow import State
from meicheng.ledger.actions import CaseTallyKey, count_cases, difference
from meicheng.ledger.events import link_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.tables.kinds import Taking

from .actions import bring_back, draft_case
from .counts import contribution
from .history import PastCase, write_past_cases
from .models import Case
from .rules import rules

NEW = {State.REPORTED, State.REGISTERED}  # nothing was done yet in the other system
PART = 200  # cases looked for in one statement


@dataclass
class Taken:
    """The case of each past case, in their order, and how many came back or belong to a closed one."""

    cases: list[Case]
    back: int = 0
    linked: int = 0


def take_past_cases(past: Sequence[PastCase], *, by: User | None = None) -> Taken:
    """Write past cases, and bring back those that were closed there lately (反弹).

    Called inside the caller's transaction. Of a thousand some 20 SQL statements, and some 12 for each
    case that comes back.
    """
    new = [one for one in past if one.state in NEW]
    own = [one for one in past if one.state not in NEW]
    cases = dict(zip(map(id, own), write_past_cases(own, by=by), strict=True))
    taken = Taken([], linked=_link(list(cases.values()), by))
    alone: list[PastCase] = []
    drafts = {id(one): _draft(one) for one in new}
    closed = _closed_near(drafts.values())
    for one in sorted(new, key=lambda one: one.reported_at):
        earlier = _earlier(drafts[id(one)], closed)
        if earlier is None:
            alone.append(one)
            continue
        closed[earlier.kind_id].remove(earlier)  # it is open from now on
        cases[id(one)] = bring_back(earlier, drafts[id(one)], by=by, whence=one.said)
        taken.back += 1
    cases |= zip(map(id, alone), write_past_cases(alone, by=by), strict=True)
    taken.cases = [cases[id(one)] for one in past]
    return taken


def _draft(one: PastCase) -> Case:
    """What a past case would be if it were reported here (no SQL)."""
    return draft_case(
        kind=one.kind,
        division=one.division,
        reported_at=one.reported_at,
        source=one.source,
        description=one.description,
        address=one.address,
        longitude=one.longitude,
        latitude=one.latitude,
        site=one.site,
        item=one.item,
        origin=one.origin,
    )


def _closed_near(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """Closed cases by kind that any of these may bring back; held (1 SQL for each 200)."""
    told = rules()
    asked = [
        one for one in cases if one.longitude is not None and one.kind_id not in told.never_relapses
    ]
    found: dict[str, dict[int, Case]] = defaultdict(dict)
    for start in range(0, len(asked), PART):
        part = asked[start : start + PART]
        cells = {
            cell
            for one in part
            if one.longitude is not None and one.latitude is not None
            for cell in cells_around(one.longitude, one.latitude, told.relapse_within_m)
        }
        rows = Case.objects.filter(
            Q(kind__in={one.kind_id for one in part}),
            state=State.CLOSED,
            cell__in=cells,
            closed_at__gte=min(one.reported_at for one in part) - told.relapse_within,
            closed_at__lte=max(one.reported_at for one in part),
            split_at=None,
        )
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            found[row.kind_id][row.pk] = row
    return defaultdict(list, {kind: list(rows.values()) for kind, rows in found.items()})


def _earlier(case: Case, closed: dict[str, list[Case]]) -> Case | None:
    """The nearest of the closed cases that this one brings back, as `closed_here` decides (no SQL)."""
    told = rules()
    if case.longitude is None or case.latitude is None or case.kind_id in told.never_relapses:
        return None
    near = [
        (metres, -one.pk, one)
        for one in closed[case.kind_id]
        if one.pk != case.pk
        and one.closed_at is not None and one.longitude is not None and one.latitude is not None
        and case.reported_at - told.relapse_within <= one.closed_at <= case.reported_at
        and not (one.item_id and case.item_id and one.item_id != case.item_id)
        and (metres := distance_m(case.longitude, case.latitude, one.longitude, one.latitude))
        <= told.relapse_within_m
    ]  # fmt: skip
    return min(near)[2] if near else None


def _link(cases: Sequence[Case], by: User | None) -> int:
    """Mark the closed cases whose problem these are again, in both chains; how many of these."""
    closed = _closed_near(cases)
    pairs = [
        (earlier, one)
        for one in sorted(cases, key=lambda one: (one.reported_at, one.pk))
        if (earlier := _earlier(one, closed)) is not None
    ]
    if not pairs:
        return 0
    at = timezone.now()
    # Of a case that is in both, one object: its chain goes on from one end.
    rows = {one.pk: one for pair in pairs for one in reversed(pair)}
    before = {pk: contribution(one) for pk, one in rows.items()}
    events: list[Event] = []
    for earlier, one in pairs:
        rows[earlier.pk].relapsed = True
        for case, verb, other in (
            (rows[earlier.pk], "came_back_as", one),
            (rows[one.pk], "comes_from", earlier),
        ):
            said = {"case": other.number, "imported": True}
            events.append(link_event(case, verb, by=by, at=at, data=said))
    changed: dict[CaseTallyKey, Counter[str]] = defaultdict(Counter)
    for pk, one in rows.items():
        for key, counts in difference(before[pk], contribution(one)).items():
            changed[key].update(counts)
    Event.objects.bulk_create(events, batch_size=500)
    Case.objects.bulk_update(
        rows.values(), ["relapsed", "events_count", "head_hash"], batch_size=200
    )
    count_cases(changed)
    return len(pairs)


def tell_relapses(found: Taken, taking: Taking) -> None:
    """Say in the summary of an import what came back."""
    taking.told[gettext_noop("Rows that brought a closed case back: %(n)s")] += found.back
    linked = gettext_noop("Rows with the same problem again as a closed case: %(n)s")
    taking.told[linked] += found.linked
