"""The city on one map: the page, its base layers, and the cases in view."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.cases.models import Case
from meicheng.cases.queries.cells import Box, MapCell, cells
from meicheng.cases.queries.time import time_left
from meicheng.chronic.models import ChronicPlace
from meicheng.chronic.queries import in_view
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.places.models import Division, MapLayer
from meicheng.standards.models import CaseKind


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The map with its filters; without scripts, the way to the same cases as a list."""
    assert isinstance(request.user, User)
    allow(request.user, "cases.see")
    kind = CaseKind.objects.filter(code=request.GET.get("kind", "")).first()
    state = "overdue" if request.GET.get("state") == "overdue" else "open"
    month = _month(request.GET.get("month", ""))
    context = {
        "kinds": CaseKind.objects.filter(active=True),
        "kind": kind,
        "state": state,
        "month": month.strftime("%Y-%m") if month else "",
        "chronic": "chronic" in request.GET,
        "sees_chronic": may(request.user, "chronic.see"),
        "query": "&".join(
            f"{name}={value}"
            for name, value in (
                ("kind", kind.code if kind else ""),
                ("state", state if state != "open" else ""),
                ("month", month.strftime("%Y-%m") if month else ""),
                ("chronic", "1" if "chronic" in request.GET else ""),
            )
            if value
        ),
    }
    return render(request, "console/map.html", context)


@require_GET
def layers_json(request: HttpRequest) -> HttpResponse:
    """The base map as one GeoJSON collection; open to all, for citizens choose on it too."""
    state = MapLayer.objects.aggregate(count=Count("pk"), last=Max("updated_at"))
    outlined = Division.objects.filter(level="district", outline__isnull=False)
    of_divisions = outlined.aggregate(count=Count("pk"), last=Max("pk"))
    words = json.dumps([state, of_divisions], default=str, sort_keys=True)
    tag = hashlib.sha256(words.encode()).hexdigest()[:20]
    if request.headers.get("If-None-Match", "") == f'"{tag}"':
        answer: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = HttpResponse(_packed(tag), content_type="application/geo+json")
        answer["Content-Encoding"] = "gzip"
    else:
        answer = HttpResponse(gzip.decompress(_packed(tag)), content_type="application/geo+json")
    answer["ETag"] = f'"{tag}"'
    answer["Cache-Control"] = "public, max-age=300"
    answer["Vary"] = "Accept-Encoding"
    return answer


@lru_cache(maxsize=2)
def _packed(tag: str) -> bytes:
    """All layers as gzipped GeoJSON; kept in memory until a layer changes and so the tag."""
    features: list[dict[str, Any]] = []
    layers = list(MapLayer.objects.all())
    for layer in layers:
        for feature in layer.features.get("features", []):
            known = feature.get("properties") or {}
            features.append({**feature, "properties": {"kind": layer.code, **known}})
    if not any(one["properties"]["kind"] == "division" for one in features):
        for division in Division.objects.filter(level="district", outline__isnull=False):
            features.append(
                {
                    "type": "Feature",
                    "properties": {"kind": "division", "name": division.name_zh},
                    "geometry": division.outline,
                }
            )
    whole = {"type": "FeatureCollection", "features": features}
    return gzip.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), 6)


@require_GET
@login_required
def cells_json(request: HttpRequest) -> JsonResponse:
    """The cases in view, `?bbox=west,south,east,north&zoom=12`, or one case by `?case=`."""
    assert isinstance(request.user, User)
    user, at = request.user, timezone.now()
    allow(user, "cases.see")
    if number := request.GET.get("case"):
        return JsonResponse({"cells": [_shown(cell) for cell in _one(user, number)]})
    try:
        west, south, east, north = map(float, request.GET.get("bbox", "").split(","))
        zoom = round(float(request.GET.get("zoom", "")))
        box = Box(west, south, east, north)
        if not (-360 <= west < east <= 360 and -90 <= south < north <= 90):
            raise ValueError
    except (ValueError, OverflowError):
        told = _("Expected bbox=west,south,east,north in degrees, and zoom as a number")
        return JsonResponse({"error": told}, status=400)
    found = cells(
        user,
        box,
        zoom=zoom,
        at=at,
        kind=CaseKind.objects.filter(code=request.GET["kind"]).first()
        if request.GET.get("kind")
        else None,
        state=request.GET.get("state", "open"),
        month=_month(request.GET.get("month", "")),
    )
    shown = [_shown(cell) for cell in found]
    if "chronic" in request.GET and may(user, "chronic.see"):
        places = in_view(user, west=west, south=south, east=east, north=north)
        shown += [_chronic(place) for place in places]
    return JsonResponse({"cells": shown})


def _chronic(place: ChronicPlace) -> dict[str, Any]:
    """A chronic place as a mark of its own look, which leads to its page."""
    return {
        "lon": place.longitude,
        "lat": place.latitude,
        "count": 1,
        "look": "chronic",
        "label": f"{place.kind.name} · {place.get_state_display()}",
        "url": reverse("chronic:place", args=[place.code]),
    }


def _one(user: User, number: str) -> list[MapCell]:
    case = (
        Case.objects.select_related("kind", "division", "unit")
        .filter(number=number, longitude__isnull=False, latitude__isnull=False)
        .first()
    )
    if case is None:
        return []
    allow(user, "cases.see", division=case.division, unit=case.unit)
    time = time_left(case, at=timezone.now())
    late = int(time is not None and time.late and not time.stopped)
    return [MapCell(case.longitude or 0, case.latitude or 0, 1, late, number, case.kind.name)]


def _shown(cell: MapCell) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(cell).items() if value not in ("", 0)}
    shown.pop("number", None)
    if cell.number:
        shown["url"] = reverse("cases:case", args=[cell.number])
    return {**shown, "lon": cell.lon, "lat": cell.lat}


def _month(written: str) -> date | None:
    """The first day of a month written 2026-11; None for anything else."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", written):
        return None
    return date.fromisoformat(f"{written}-01")
