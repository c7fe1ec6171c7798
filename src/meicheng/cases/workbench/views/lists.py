"""The list of cases with its filters and how many cases each of them leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.cases import queries
from meicheng.cases.models import SavedFilter
from meicheng.cases.queries.filters import GROUPS, SORTS, SOURCES, CaseFilters
from meicheng.cases.workbench import bulk, looking, shared
from meicheng.cases.workbench.columns import COLUMNS, columns_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind
from meicheng.tables.pages import page_number

COUNTED_TO = 1000  # beside a filter; nobody reads more digits there


@dataclass(frozen=True)
class Narrowing:
    """A filter to choose: one of the house's groups, or one that somebody saved."""

    label: str
    query: str
    current: bool
    count: str = ""
    urgent: bool = False
    saved: SavedFilter | None = None


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The list of cases with its filters, which are kept in the address."""
    user = user_of(request)
    allow(user, "cases.see")
    filters = queries.filters_from(request.GET)
    at = timezone.now()
    # Before the rows are read: what happens meanwhile is told rather than missed.
    after = looking.highest_key()
    found = queries.case_list(user, filters, page=page_number(request.GET.get("page")), at=at)
    where = Division.objects.filter(level__in=["district", "subdistrict"]).order_by("path")
    names = columns_of(user)
    context = {
        "filters": filters,
        "found": found,
        "after": after,
        "groups": _groups(filters),
        "saved": _saved(user, filters),
        "circles": shared.circles(user),
        "columns": [(name, COLUMNS[name]) for name in names],
        "sorts": SORTS,
        "sources": SOURCES,
        "kinds": CaseKind.objects.filter(active=True),
        "divisions": where.defer("outline"),
        "units": Unit.objects.filter(active=True).order_by("division__path", "code"),
        "narrowed": filters.query != CaseFilters(group=filters.group).query,
        "bulk_codes": [
            (code, bulk.label_of(code)) for code in bulk.CODES if may(user, f"cases.{code}")
        ],
        "may_export": may(user, "exchange.export"),
        "may_open": may(user, "cases.open"),
    }
    return render(request, "cases/list.html", context)


def _groups(filters: CaseFilters) -> list[Narrowing]:
    plain = CaseFilters()
    found = [
        Narrowing(
            _("Waiting for me"),
            plain.with_(mine=True, sort="due").query,
            filters.with_(sort="due").query == plain.with_(mine=True, sort="due").query,
        ),
        Narrowing(
            _("Overdue"),
            plain.with_(overdue=True, sort="due").query,
            filters.with_(sort="due").query == plain.with_(overdue=True, sort="due").query,
        ),
    ]
    special = any(one.current for one in found)
    return found + [
        Narrowing(str(words), plain.with_(group=code).query, filters.group == code and not special)
        for code, (words, _states) in GROUPS.items()
    ]


def _saved(user: User, filters: CaseFilters) -> list[Narrowing]:
    return [
        Narrowing(one.name, one.query, one.query == filters.query, saved=one)
        for one in shared.filters_of(user)
    ]


@require_GET
@login_required
def counts(request: HttpRequest) -> HttpResponse:
    """The same filters with how many cases each leaves: asked for once the page is there."""
    user = user_of(request)
    allow(user, "cases.see")
    at = timezone.now()
    filters = queries.filters_from(request.GET)
    found = []
    for one in [*_groups(filters), *_saved(user, filters)]:
        count = counted(user, one.query, at=at)
        shown = f"{COUNTED_TO:,}+" if count > COUNTED_TO else f"{count:,}"
        late = one.query == CaseFilters(overdue=True, sort="due").query and count > 0
        found.append(Narrowing(one.label, one.query, one.current, shown, late, one.saved))
    context = {
        "groups": [one for one in found if one.saved is None],
        "saved": [one for one in found if one.saved is not None],
    }
    return render(request, "cases/narrowings.html", context)


def counted(user: User, query: str, *, at: Any) -> int:
    """How many cases a filter leaves, counted to one above `COUNTED_TO`."""
    rows = queries.found_cases(user, queries.filters_from(QueryDict(query)), at=at)
    return rows.order_by().values("pk")[: COUNTED_TO + 1].count()
