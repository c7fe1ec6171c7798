"""What one case contributes to the counts: the only place where that is decided.

Actions add `contribution(after) - contribution(before)`; a recount adds `contribution` over all
cases. So the counts are right if this function is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from meicheng.engine.workflow import FINAL, State
from meicheng.ledger.actions import CaseTallyKey
from meicheng.places.time import month_of

from .models import FINAL_STATES, Case

# What `moments` looks at; whoever counts many cases reads nothing else of them.
COLUMNS = (
    "kind_id",
    "division_id",
    "unit_id",
    "state",
    "reported_at",
    "registered_at",
    "due_at",
    "resolved_at",
    "closed_at",
    "redo_count",
    "relapsed",
    "rating",
    "parent_id",
    "split_at",
    "received_in_time",
    "receipt_unknown",
    "answered_in_time",
    "late_stages",
)
# Not problems of their own: they count as received where they were received, and no further.
NOT_COUNTED = {State.TURNED_DOWN, State.JOINED, State.WITHDRAWN}


def contribution(case: Case) -> dict[CaseTallyKey, Counter[str]]:
    """The counts that this case adds, by kind, community, unit and month.

    received, registered: the month in which that happened. due: the month in which the time limit
    ends, once dispatched; `on_time` is a part of it: closed cases whose work was reported done by
    the limit. closed, first_time_right, not_relapsed, redone: the month of closing. rated,
    satisfied (4 or 5 of 5): the month of closing, so that shares compare like with like; so do
    late_stages, the stages of a kind with several that were late. received_in_time, answered_in_time: the
    month in which it was received, and so are those received of which the one or the other is known:
    receipt_known, answer_known, all but past cases from files that do not tell. A case that was split counts as received; the rest its parts do.

    >>> # received 31 August, due 2 September, solved on time, closed 3 September after one redo:
    >>> # 202608 {received: 1, registered: 1}  202609 {due: 1, on_time: 1, closed: 1, redone: 1, …}
    """
    counts: dict[CaseTallyKey, Counter[str]] = {}
    for at, names in moments(case):
        key = CaseTallyKey(case.kind_id, case.division_id, case.unit_id or 0, month_of(at))
        counts.setdefault(key, Counter()).update(names)
    return counts


def moments(case: Case) -> Iterator[tuple[datetime, list[str]]]:
    """When a case counts, and as what; counts of a month or of days are sums of these."""
    if case.parent_id is None:
        names = ["received"]
        names += ["received_in_time"] * bool(case.received_in_time)
        names += ["receipt_known"] * (not case.receipt_unknown)
        names += ["answered_in_time"] * bool(case.answered_in_time)
        # What waits for its answer is not answered in time so far; what ended without one is unknown.
        known = case.answered_in_time is not None or case.state not in FINAL
        names += ["answer_known"] * known
        yield case.reported_at, names
    if case.state in NOT_COUNTED or case.split_at is not None:
        return
    if case.registered_at is not None:
        yield case.registered_at, ["registered"]
    if case.due_at is not None and case.state != State.SUSPENDED:
        yield case.due_at, ["due"]
    if case.state != State.CLOSED or case.closed_at is None:
        return
    names = ["late_stages"] * case.late_stages
    names += ["closed", "redone" if case.redo_count else "first_time_right"]
    if not case.relapsed:
        names.append("not_relapsed")
    if case.rating is not None:
        names.append("rated")
        if case.rating >= 4:
            names.append("satisfied")
    yield case.closed_at, names
    if case.due_at is not None and (case.resolved_at or case.closed_at) <= case.due_at:
        yield case.due_at, ["on_time"]


def waiting(cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    """Those that count as due though their limit has not run out: neither on time nor late yet.

    The counts of months do not move with the clock, so whoever divides by `due` takes these off.
    """
    return cases.filter(due_at__gt=now, split_at=None).exclude(
        state__in=[*FINAL_STATES, State.SUSPENDED]
    )


def waiting_counts(cases: QuerySet[Case], now: datetime) -> Counter[CaseTallyKey]:
    """How many of those there are, by what their counts belong to (1 SQL statement)."""
    rows = waiting(cases, now).values_list("kind_id", "division_id", "unit_id", "due_at")
    return Counter(
        CaseTallyKey(kind, division, unit or 0, month_of(due_at))
        for kind, division, unit, due_at in rows
        if due_at is not None
    )


def counted_between(begin: datetime, end: datetime, where: Q) -> dict[str, Counter[str]]:
    """The counts of days that are no whole months, from the cases themselves, by kind (1 SQL).

    `end` does not belong to them; `where` says which cases.
    """
    times = ("reported_at", "registered_at", "due_at", "closed_at")
    touched = Q()
    for name in times:
        touched |= Q(**{f"{name}__gte": begin, f"{name}__lt": end})
    counts: dict[str, Counter[str]] = {}
    for case in Case.objects.filter(touched, where).only("pk", *COLUMNS).order_by().iterator():
        for at, names in moments(case):
            if begin <= at < end:
                counts.setdefault(case.kind_id, Counter()).update(names)
    return counts
