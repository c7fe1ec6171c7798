"""The page of what rules out: how it stands at each place, what nearly happened, recording it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from meicheng.files.actions import BadFile
from meicheng.files.documents import store_document
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .actions import BadFigure, record_event, record_near_miss
from .queries import vetoes


@require_GET
@login_required
def vetoes_page(request: HttpRequest) -> HttpResponse:
    """Every event that rules out, the worst first."""
    user = user_of(request)
    allow(user, "figures.see")
    return _page(request, user)


@require_POST
@login_required
def record(request: HttpRequest) -> HttpResponse:
    """Say that an event occurred, with its proof, or that it has not or is cleared."""
    user = user_of(request)
    allow(user, "vetoes.record")
    try:
        item, division, day = _said(request)
        upload: Any = request.FILES.get("proof")
        proof = store_document(upload.file, by=user, name=upload.name) if upload else None
        record_event(
            user,
            item,
            division,
            happened_on=day,
            occurred=request.POST.get("word") == "occurred",
            words=request.POST.get("words", ""),
            key=request.POST.get("key", "") or uuid4().hex,
            proof=proof,
        )
    except (BadFigure, BadFile) as problem:
        return _page(request, user, refusal=str(problem), status=400)
    messages.success(request, _("It is on record."))
    return redirect("figures:vetoes")


@require_POST
@login_required
def near_miss(request: HttpRequest) -> HttpResponse:
    """Write down what nearly happened."""
    user = user_of(request)
    allow(user, "vetoes.record")
    try:
        item, division, day = _said(request)
        record_near_miss(
            user,
            item,
            division,
            happened_on=day,
            words=request.POST.get("words", ""),
            key=request.POST.get("key", "") or uuid4().hex,
        )
    except BadFigure as problem:
        return _page(request, user, refusal=str(problem), status=400)
    messages.success(request, _("It is on record."))
    return redirect("figures:vetoes")


def _page(
    request: HttpRequest, user: User, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    today = city_day(timezone.now())
    places = list(
        Division.objects.filter(level__in=["city", "district"]).defer("outline").order_by("path")
    )
    found = vetoes(today, places)
    where = scope(user, "vetoes.record")
    context = {
        "found": found,
        "counts": {
            state: sum(one.state == state for one in found)
            for state in ("occurred", "near", "due", "unknown", "clear")
        },
        "places": places,
        "may_record": may(user, "vetoes.record"),
        "recordable": [one for one in places if where.covers(division=one)],
        "today": today,
        "key": uuid4().hex,
        "refusal": refusal,
        "said": request.POST,
    }
    return render(request, "figures/vetoes.html", context, status=status)


def _said(request: HttpRequest) -> tuple[Item, Division, date]:
    item = Item.objects.filter(code=request.POST.get("item", "")).first()
    division = Division.objects.filter(code=request.POST.get("division", "")).first()
    if item is None:
        raise BadFigure({"item": _("Choose what it is about")})
    if division is None:
        raise BadFigure({"division": _("Choose the place")})
    try:
        return item, division, date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise BadFigure({"day": _("Give the day as a date, such as 2026-09-30")}) from None
