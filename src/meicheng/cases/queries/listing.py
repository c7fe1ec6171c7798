"""The list of cases, made to cost the same with a thousand cases and with a million.

The keys of a page are found in an index first, then the rows of these keys alone are read. The
count stops at `COUNT_CAP`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from meicheng.cases.models import Case
from meicheng.cases.text import holding
from meicheng.organisation.models import User
from meicheng.tables.pages import COUNT_CAP, Page, page_of

from .filters import CaseFilters
from .reach import reach
from .time import TimeLeft, time_left
from .waiting import waiting_for

MOST_RANKED = 100
RELATED = ("kind", "division", "district", "unit")
OUTLINES = ("division__outline", "district__outline")


@dataclass(frozen=True)
class Row:
    """A case as a list shows it."""

    case: Case
    time: TimeLeft | None


@dataclass(frozen=True)
class CasePage:
    """One page of cases with their time."""

    shown: Page[Case]
    rows: list[Row]


def case_list(user: User, filters: CaseFilters, *, page: int, at: datetime) -> CasePage:
    """One page of the cases that the user may see (at most 5 SQL statements)."""
    found = found_cases(user, filters, at=at)
    shown = page_of(found, page, Case.objects.select_related(*RELATED).defer(*OUTLINES))
    return CasePage(shown, [Row(case, time_left(case, at=at)) for case in shown.rows])


def best_cases(user: User, words: str, *, limit: int, at: datetime) -> tuple[list[Row], int]:
    """The cases that words mean most likely, and how many hold them, capped (3 SQL statements).

    Of the newest `MOST_RANKED` that hold all the words, those come first that hold them as they were
    typed, in the address before the description; then the open ones; then the newer.
    """
    found = found_cases(user, CaseFilters(group="all", words=words), at=at)
    count = min(found.order_by().values("pk")[: COUNT_CAP + 1].count(), COUNT_CAP)
    typed = words.casefold().split()

    def worth(address: str, told: str, ended: datetime | None) -> int:
        address, told = address.casefold(), told.casefold()
        held = sum(4 * (one in address) + 2 * (one in told) for one in typed)
        return 2 * held + (ended is None)

    rows = found.values_list("pk", "address", "description", "closed_at")[:MOST_RANKED]
    ranked = sorted(rows, key=lambda row: worth(*row[1:]), reverse=True)
    return list(rows_of([row[0] for row in ranked[:limit]], at=at)), count


def exported_cases(user: User, filters: CaseFilters, *, at: datetime) -> Iterator[Row]:
    """All that the list shows, page after page, at most COUNT_CAP cases (streamed)."""
    keys = list(found_cases(user, filters, at=at).values_list("pk", flat=True)[:COUNT_CAP])
    yield from rows_of(keys, at=at)


def rows_of(keys: list[int], *, at: datetime) -> Iterator[Row]:
    """The rows of cases by key, in this order (1 SQL statement for each 500)."""
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        by_key = Case.objects.select_related(*RELATED).defer(*OUTLINES).in_bulk(part)
        for key in part:
            if key in by_key:
                yield Row(by_key[key], time_left(by_key[key], at=at))


def found_cases(user: User, filters: CaseFilters, *, at: datetime) -> QuerySet[Case]:
    """The cases that are meant, in order (at most 1 SQL statement, for the user's reach)."""
    cases = Case.objects.filter(reach(user), filters.condition(at=at))
    if filters.mine:
        cases = cases.filter(waiting_for(user, at=at))
    words = filters.words
    if words.upper().startswith("A-"):
        cases = cases.filter(number__startswith=words.upper())
    elif words:
        cases = cases.filter(holding(words, open_only=filters.open_only))
    if filters.sort == "due":
        return cases.order_by(F("due_at").asc(nulls_last=True), "pk")
    return cases.order_by("-reported_at", "-pk")
