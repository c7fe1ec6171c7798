"""The heat map of places by parts, and the same on a real map."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow
from meicheng.tables.sheets import Sheet, workbook

from ..by_place import address_of, by_place, features, sheet_rows
from ..queries import frameworks
from .asked import Asked, asked_for, places_to_choose, workbook_answer


@login_required
def by_place_page(request: HttpRequest) -> HttpResponse:
    """Places by parts; the chosen part drawn on a map."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    part = request.GET.get("part", "")[:40]
    found = by_place(asked.framework, asked.period, asked.division, sort=part)
    problems = list(asked.problems)
    if part and part not in dict(found.parts):
        problems.append(_("This standard has no part “%(code)s”") % {"code": part})
        part = ""
    context: dict[str, Any] = {
        "asked": asked,
        "problems": problems,
        "editions": editions,
        "places": places_to_choose(),
        "found": found,
        "part": part,
        "part_name": dict(found.parts).get(part, _("Total")),
        "query": address_of(asked.query, part),
        "shown": [(row, found.cell(row, part)) for row in found.rows],
        "tied": any(not row.apart for row in found.rows),
        "outlined": any(row.division.outline for row in found.rows),
    }
    return render(request, "assessment/by_place.html", context, status=400 if problems else 200)


@login_required
def by_place_json(request: HttpRequest) -> HttpResponse:
    """The outlines of the places with what the map shows."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    part = request.GET.get("part", "")[:40]
    found = by_place(asked.framework, asked.period, asked.division, sort=part)
    answer = JsonResponse(features(found, asked.framework, asked.period, part))
    answer["Cache-Control"] = "private, max-age=60"
    return answer


@login_required
def by_place_workbook(request: HttpRequest) -> HttpResponse:
    """The heat map as a workbook."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked: Asked = asked_for(request)
    found = by_place(
        asked.framework, asked.period, asked.division, sort=request.GET.get("part", "")
    )
    headings = [(_("Place"), 20), *((name, 14) for _code, name in found.parts), (_("Total"), 12)]
    shares = frozenset(range(1, len(found.parts) + 1))
    sheet = Sheet(_("By place"), asked.filters, headings, sheet_rows(found), shares)
    return workbook_answer(workbook(sheet), asked, "by-place")
