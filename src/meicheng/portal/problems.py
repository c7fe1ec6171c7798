"""The public map and list of problems."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meicheng.cases.models import CasePhoto
from meicheng.cases.queries.cells import Box, MapCell
from meicheng.places.models import Division
from meicheng.proofs.public import public_jpeg
from meicheng.standards.models import CaseKind
from meicheng.tables.pages import page_number

from .maps import apart
from .pictures import jpeg
from .public import (
    Problem,
    ProblemFilters,
    problem_cells,
    problem_page,
    public_photo,
    public_problem,
    public_problems,
)

STATES = ("open", "done", "all")


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What was reported, the newest first, and on the map."""
    filters = _filters(request)
    shown, rows = problem_page(filters, page=page_number(request.GET.get("page")))
    context = {
        "found": shown,
        "rows": rows,
        "filters": filters,
        "query": filters.query,
        "states": [
            ("open", _("Being worked on")),
            ("done", _("Solved")),
            ("all", _("All")),
        ],
        "kinds": sorted(CaseKind.objects.filter(active=True), key=lambda kind: kind.name),
        "districts": Division.objects.filter(level="district").defer("outline"),
    }
    return render(request, "portal/problems.html", context)


@never_cache
@require_safe
def problem(request: HttpRequest, number: str) -> HttpResponse:
    """One problem: how far it is, with its pictures, faces and plates hidden."""
    found = public_problem(number)
    if found is None:
        raise Http404(_("No problem with this number is shown to the public"))
    case, told = found
    return render(
        request, "portal/problem.html", {"one": told, "photos": list(public_photo(case)[:8])}
    )


@require_safe
def photo(_request: HttpRequest, number: int) -> HttpResponse:
    """A picture of a problem that is shown, as it was released."""
    found = (
        CasePhoto.objects.select_related("file")
        .filter(pk=number, case__in=public_problems(ProblemFilters(state="all")))
        .first()
    )
    content = public_jpeg(found.file) if found else None
    return jpeg(content, cache="public, no-cache")


@require_safe
def cells_json(request: HttpRequest) -> JsonResponse:
    """The problems in view, `?bbox=west,south,east,north&zoom=12`."""
    seen = read_view(request)
    if seen is None:
        return JsonResponse({"error": expected_view()}, status=400)
    box, zoom = seen
    if number := request.GET.get("number", ""):
        one = public_problem(number)
        return JsonResponse({"cells": [_cell(_mark(one[1]))] if one else []})
    found = problem_cells(_filters(request), box, zoom=zoom, at=timezone.now())
    return JsonResponse({"cells": [_cell(cell) for cell in apart(found, zoom=zoom)]})


def read_view(request: HttpRequest) -> tuple[Box, int] | None:
    """What part of the map is asked for; None where the address does not say."""
    try:
        west, south, east, north = map(float, request.GET.get("bbox", "").split(","))
        zoom = round(float(request.GET.get("zoom", "")))
    except (ValueError, OverflowError):
        return None
    if not (-360 <= west < east <= 360 and -90 <= south < north <= 90):
        return None
    return Box(west, south, east, north), zoom


def expected_view() -> str:
    """What the address of a part of the map is like."""
    return _("Expected bbox=west,south,east,north in degrees, and zoom as a number")


def _mark(one: Problem) -> MapCell:
    return MapCell(one.longitude or 0, one.latitude or 0, 1, 0, one.number, one.kind)


def _cell(cell: MapCell) -> dict[str, Any]:
    told = asdict(cell)
    number = told.pop("number")
    told.pop("late")  # whether it is late is for those who answer for it
    if number:
        told["url"] = reverse("portal:problem", args=[number])
    return {name: value for name, value in told.items() if value != ""}


def _filters(request: HttpRequest) -> ProblemFilters:
    """What the address narrows the list to; what means nothing is left out."""
    asked = request.GET
    state = asked.get("state", "open")
    return ProblemFilters(
        kind=CaseKind.objects.filter(code=asked["kind"]).first() if asked.get("kind") else None,
        district=Division.objects.filter(level="district", code=asked["district"]).first()
        if asked.get("district")
        else None,
        state=state if state in STATES else "open",
        words=asked.get("q", "").strip().replace("\0", "")[:60],
    )
