"""The list of cases, made to cost the same with a thousand cases and with a million.

The keys of a page are found in an index first, then the rows of these keys alone are read. The
count stops at `COUNT_CAP`, that of words at `MOST_FOUND`: words that fewer cases hold are found by
the index of words and put in order here, and of words that more hold the first fifty are soon
found by going through the cases in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from meicheng.cases.models import Case
from meicheng.cases.text import holding
from meicheng.organisation.models import User
from meicheng.tables.pages import COUNT_CAP, Page, cut_page, page_of

from .filters import CaseFilters
from .reach import reach
from .time import TimeLeft, time_left
from .waiting import waiting_for

MOST_FOUND = 1000  # by words; who gets more types another word
MOST_RANKED = 100
RELATED = ("kind", "division", "district", "unit")
_EVER = datetime.min.replace(tzinfo=UTC)
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
    whole = Case.objects.select_related(*RELATED).defer(*OUTLINES)
    if by_words(filters):
        keys, count = keys_by_words(found, filters)
        shown = cut_page(keys, count, MOST_FOUND, page, whole)
    else:
        shown = page_of(found, page, whole)
    return CasePage(shown, [Row(case, time_left(case, at=at)) for case in shown.rows])


def best_cases(user: User, words: str, *, limit: int, at: datetime) -> tuple[list[Row], int]:
    """The cases that words mean most likely, and how many hold them, capped (≤ 5 SQL statements).

    Of the newest `MOST_RANKED` that hold all the words, those come first that hold them as they were
    typed, in the address before the description; then the open ones; then the newer.
    """
    filters = CaseFilters(group="all", words=words)
    found = found_cases(user, filters, at=at)
    keys, count = keys_by_words(found, filters)
    typed = words.casefold().split()

    def worth(address: str, told: str, ended: datetime | None) -> int:
        address, told = address.casefold(), told.casefold()
        held = sum(4 * (one in address) + 2 * (one in told) for one in typed)
        return 2 * held + (ended is None)

    newest = list(keys[:MOST_RANKED])
    rows = Case.objects.filter(pk__in=newest).values_list(
        "pk", "address", "description", "closed_at"
    )
    ranked = sorted(rows, key=lambda row: (-worth(*row[1:]), newest.index(row[0])))
    return list(rows_of([row[0] for row in ranked[:limit]], at=at)), min(count, MOST_FOUND)


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


def by_words(filters: CaseFilters) -> bool:
    """Whether cases are looked for by words, and not by the beginning of a number."""
    return bool(filters.words) and not filters.words.upper().startswith("A-")


def keys_by_words(
    found: QuerySet[Case], filters: CaseFilters
) -> tuple[list[int] | QuerySet[Any, int], int]:
    """The keys of cases found by words, in order, and how many, to one above `MOST_FOUND` (1 SQL).

    Where there are more, the keys are a question that is still to be asked.
    """
    column = "due_at" if filters.sort == "due" else "reported_at"
    some = list(found.order_by().values_list("pk", column)[: MOST_FOUND + 1])
    if len(some) > MOST_FOUND:
        return found.values_list("pk", flat=True), len(some)
    if filters.sort == "due":
        some.sort(key=lambda row: (row[1] is None, row[1] or _EVER, row[0]))
    else:
        some.sort(key=lambda row: (row[1], row[0]), reverse=True)
    return [key for key, _moment in some], len(some)


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
        # Cases of some weeks lie together in the index of due times, where PostgreSQL would look
        # for the first of them through all the others; an expression is put in order by sorting.
        due = Greatest("due_at", "due_at") if filters.few_weeks else F("due_at")
        return cases.order_by(due.asc(nulls_last=True), "pk")
    return cases.order_by("-reported_at", "-pk")
