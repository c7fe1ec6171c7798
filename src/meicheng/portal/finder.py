"""Where the next toilet is, the next reading room, bench or market."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from meicheng.cases.queries.cells import MapCell
from meicheng.places.hours import ALL_DAY, open_at
from meicheng.places.models import Site
from meicheng.places.naming import NamedPlace, named_places
from meicheng.places.queries import nearest_sites

from .maps import apart
from .problems import expected_view, read_view

# What is looked for, and which kinds of sites that is.
WHAT: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "toilets": (_("Toilets"), ("public-toilet",)),
    "reading": (_("Reading rooms"), ("city-reading-room", "library")),
    "benches": (_("Benches"), ("bench",)),
    "markets": (_("Markets"), ("farmers-market", "market")),
}
MOST_ON_MAP = 1000


@dataclass(frozen=True)
class Found:
    """A place with its distance and whether it is open now; None for what is not known."""

    site: Site
    metres: int | None
    open: bool | None

    @property
    def distance(self) -> str:
        """How far it is: metres near by, kilometres further off."""
        if self.metres is None:
            return ""
        return f"{self.metres} m" if self.metres < 1000 else f"{self.metres / 1000:.1f} km"

    @property
    def hours(self) -> str:
        """When it is open."""
        return hours_of(self.site)


def hours_of(site: Site) -> str:
    """The opening hours, in the reader's language where they are no figures."""
    return gettext("24 hours") if ALL_DAY.search(site.hours) else site.hours


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The nearest places of a kind, by a position or by the name of a place."""
    what = request.GET.get("what", "")
    what = what if what in WHAT else "toilets"
    words = request.GET.get("q", "").strip().replace("\0", "")[:60]
    position, near = _position(request), None
    others: list[NamedPlace] = []
    if position is None and words:
        others = named_places(words)
        if others:
            near, others = others[0], others[1:]
            position = (near.longitude, near.latitude)
    now = timezone.now()
    found = [
        Found(one.site, one.metres, open_at(one.site.hours, now))
        for one in nearest_sites(WHAT[what][1], position=position)
    ]
    context = {
        "what": what,
        "whats": [(code, name) for code, (name, _kinds) in WHAT.items()],
        "words": words,
        "position": position,
        "near": near,
        "others": others,
        "found": found,
        "query": urlencode({"q": words} if words else {}),
    }
    return render(request, "portal/find.html", context)


@require_safe
def places_json(request: HttpRequest) -> JsonResponse:
    """The places of a kind in view."""
    seen = read_view(request)
    if seen is None:
        return JsonResponse({"error": expected_view()}, status=400)
    box, zoom = seen
    kinds = WHAT.get(request.GET.get("what", ""), WHAT["toilets"])[1]
    sites = Site.objects.filter(
        active=True,
        kind__in=kinds,
        longitude__range=(box.west, box.east),
        latitude__range=(box.south, box.north),
    ).only("code", "name_zh", "name_en", "hours", "longitude", "latitude")
    marks = [
        MapCell(
            site.longitude or 0,
            site.latitude or 0,
            1,
            0,
            reverse("portal:at", args=[site.code]),
            f"{site.name} {hours_of(site)}".strip(),
        )
        for site in sites.order_by("code")[:MOST_ON_MAP]
    ]
    cells = [
        {"lon": one.lon, "lat": one.lat, "count": one.count}
        | ({"label": one.label, "url": one.number} if one.number else {})
        for one in apart(marks, zoom=zoom)
    ]
    return JsonResponse({"cells": cells})


def _position(request: HttpRequest) -> tuple[float, float] | None:
    try:
        longitude = float(request.GET.get("longitude", ""))
        latitude = float(request.GET.get("latitude", ""))
    except ValueError:
        return None
    return (longitude, latitude) if abs(longitude) <= 180 and abs(latitude) <= 90 else None
