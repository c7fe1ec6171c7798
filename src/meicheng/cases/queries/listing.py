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
from meicheng.tables.pages import COUNT_CAP, Page, page_of

from .filters import CaseFilters
from .reach import reach
from .time import TimeLeft, time_left
from .waiting import waiting_for

WORDS_IN = 20_000
RELATED = ("kind", "division", "district", "unit")
OUTLINES = ("division__outline", "district__outline")


@dataclass(frozen=True)
class Row:
    """A case as a list shows it."""

    case: Case
    time: TimeLeft | None


@dataclass(frozen=True)
class CasePage:
    """One page of cases with their time, and whether words were looked for in a part only."""

    shown: Page[Case]
    rows: list[Row]
    words_capped: bool


def case_list(user: User, filters: CaseFilters, *, page: int, at: datetime) -> CasePage:
    """One page of the cases that the user may see (at most 5 SQL statements)."""
    found, words_capped = _found(user, filters, at=at)
    shown = page_of(found, page, Case.objects.select_related(*RELATED).defer(*OUTLINES))
    return CasePage(shown, [Row(case, time_left(case, at=at)) for case in shown.rows], words_capped)


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
