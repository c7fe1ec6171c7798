"""What the form asks of the server while it is filled in: places by name, a photograph's, a kind.

Each answers with a piece of the page. Without scripts the form asks the same when it is sent.
"""

from __future__ import annotations

import io

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from meicheng.files.actions import position_of
from meicheng.places.naming import NamedPlace, named_places
from meicheng.voices.checking import LONGEST, world
from meicheng.voices.models import Report
from meicheng.voices.suggesting import suggested_kinds

HEAD = 256 * 1024  # bytes of a photograph within which its position stands
SHORTEST = 4  # signs that can tell of a kind


@never_cache
@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """The places that an address or a name may mean."""
    words = request.POST.get("address", "").replace("\0", "")
    context = {"spots": named_places(words), "asked": words.strip()}
    return render(request, "portal/spots.html", context)


@never_cache
@require_POST
def photo_place(request: HttpRequest) -> HttpResponse:
    """Where a photograph says that it was taken, of which the first part is sent; nothing is kept."""
    upload = request.FILES.get("head")
    spots: list[NamedPlace] = []
    if upload is not None and (upload.size or 0) <= HEAD:
        position = position_of(io.BytesIO(upload.read()))
        if position is not None:
            (division,) = world().divisions.locate([position])
            if division is not None or not world().divisions.drawn:
                place = division.name if division else settings.CITY_NAME_ZH
                spots = [NamedPlace(_("Where the photograph was taken"), place, *position)]
    return render(request, "portal/spots.html", {"spots": spots, "asked": ""})


@never_cache
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """The kinds of problem that the words so far tell of, with the words that say so."""
    body = request.POST.get("body", "")[:LONGEST].strip()
    kinds = suggested_kinds(Report(subject="", body=body)) if len(body) >= SHORTEST else []
    return render(request, "portal/looks_like.html", {"kinds": kinds[:3]})
