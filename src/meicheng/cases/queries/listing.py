"""The list of cases, made to cost the same with a thousand cases and with a million.

The keys of a page are found in an index first, then the rows of these keys alone are read. The
count stops at `COUNT_CAP`; words are looked for in the newest `WORDS_IN` cases that the other
filters leave, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from meicheng.cases.models import Case
from meicheng.organisation.models import User

from .filters import CaseFilters
from .reach import reach
from .time import TimeLeft, time_left
from .waiting import waiting_for

PAGE_SIZE = 50
COUNT_CAP = 10_000
LAST_PAGE = COUNT_CAP // PAGE_SIZE
WORDS_IN = 20_000
RELATED = ("kind", "division", "district", "unit")


@dataclass(frozen=True)
class Row:
    """A case as a list shows it."""

    case: Case
    time: TimeLeft | None


@dataclass(frozen=True)
class CasePage:
    """One page of a list."""

    rows: list[Row]
    page: int
    pages: int
    count: int  # up to COUNT_CAP
    capped: bool  # there are more than COUNT_CAP
    words_capped: bool  # words were looked for in the newest WORDS_IN only

    @property
    def numbers(self) -> list[int]:
        """The numbers of pages to offer around this one."""
        return list(range(max(1, self.page - 3), min(self.pages, self.page + 3) + 1))


def case_list(user: User, filters: CaseFilters, *, page: int, at: datetime) -> CasePage:
    """One page of the cases that the user may see (at most 5 SQL statements)."""
    found, words_capped = _found(user, filters, at=at)
    count = found.order_by().values("pk")[: COUNT_CAP + 1].count()
    capped = count > COUNT_CAP
    count = min(count, COUNT_CAP)
    pages = max(1, -(-count // PAGE_SIZE))
    page = max(1, min(page, pages))
    start = (page - 1) * PAGE_SIZE
    keys = list(found.values_list("pk", flat=True)[start : start + PAGE_SIZE])
    by_key = Case.objects.select_related(*RELATED).in_bulk(keys)
    rows = [Row(by_key[key], time_left(by_key[key], at=at)) for key in keys if key in by_key]
    return CasePage(rows, page, pages, count, capped, words_capped)


def exported_cases(user: User, filters: CaseFilters, *, at: datetime) -> Iterator[Row]:
    """All that the list shows, page after page, at most COUNT_CAP cases (streamed)."""
    found, _words_capped = _found(user, filters, at=at)
    keys = list(found.values_list("pk", flat=True)[:COUNT_CAP])
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        by_key = Case.objects.select_related(*RELATED).in_bulk(part)
        for key in part:
            if key in by_key:
                yield Row(by_key[key], time_left(by_key[key], at=at))


def _found(user: User, filters: CaseFilters, *, at: datetime) -> tuple[QuerySet[Case], bool]:
    """The cases that are meant, in order, and whether words were looked for in a part only."""
    cases = Case.objects.filter(reach(user), filters.condition(at=at))
    if filters.mine:
        cases = cases.filter(waiting_for(user, at=at))
    words_capped = False
    words = filters.words
    if words.upper().startswith("A-"):
        cases = cases.filter(number__startswith=words.upper())
    elif words:
        newest = cases.order_by("-reported_at", "-pk").values("pk")[:WORDS_IN]
        words_capped = cases.order_by().values("pk")[: WORDS_IN + 1].count() > WORDS_IN
        cases = Case.objects.filter(
            Q(address__icontains=words)
            | Q(description__icontains=words)
            | Q(number__endswith=words.upper()),
            pk__in=newest,
        )
    if filters.sort == "due":
        return cases.order_by(F("due_at").asc(nulls_last=True), "pk"), words_capped
    return cases.order_by("-reported_at", "-pk"), words_capped
