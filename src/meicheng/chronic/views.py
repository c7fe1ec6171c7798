"""Pages of chronic places: all of them on a list and a map, one with its plan and watch."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import may
from meicheng.organisation.who import one_of, reader_of, said
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number

from . import queries
from .actions import MOST, BadChronic, Step, do_measure, plan, strike_off
from .models import ChronicPlace, Measure
from .rules import rules

ROWS = 4  # rows for measures that are offered


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All chronic places that are seen, with how many stand where."""
    user = reader_of(request, "chronic.see")
    state = request.GET.get("state", "")
    state = state if state in queries.STATES else ""
    counts = queries.counts(user)
    names = {
        "marked": _("Wait for a plan"),
        "planned": _("Plan at work"),
        "watched": _("Watched"),
        "struck": _("Struck off"),
    }
    context = {
        "found": queries.place_page(user, state=state, page=page_number(request.GET.get("page"))),
        "state": state,
        "tabs": [(code, names[code], counts[code]) for code in queries.STATES],
        "query": urlencode({"state": state}) if state else "",
        "rules": rules(),
        "today": city_day(timezone.now()),
    }
    return render(request, "chronic/places.html", context)


@require_GET
@login_required
def one_place(request: HttpRequest, code: str) -> HttpResponse:
    """A chronic place: its cases, cause, plan, watch and story."""
    return _page(request, code)


@require_POST
@login_required
def make_plan(request: HttpRequest, code: str) -> HttpResponse:
    """Give it an owner, a cause and measures."""
    user, place = _find(request, code)
    unit = Unit.objects.filter(code=said(request, "unit"), active=True).first()
    if unit is None:
        return _page(request, code, refusal=_("Choose the unit that answers for it"))
    steps = []
    for text, due in zip(request.POST.getlist("text"), request.POST.getlist("due"), strict=False):
        if not text.strip():
            continue
        try:
            steps.append(Step(text.replace("\0", ""), date.fromisoformat(due)))
        except ValueError:
            words = _("%(measure)s: enter a day as 2026-11-25") % {"measure": text[:40]}
            return _page(request, code, refusal=words)
    try:
        plan(user, place, unit=unit, post=said(request, "post"), cause=said(request, "cause"),
             steps=steps)  # fmt: skip
    except BadChronic as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("The plan stands."))
    return redirect("chronic:place", code=code)


@require_POST
@login_required
def done(request: HttpRequest, code: str, position: int) -> HttpResponse:
    """Say that a measure is done."""
    user, place = _find(request, code)
    measure = place.measures.filter(position=min(position, 999)).first()
    if measure is None:
        raise Http404(_("There is no chronic place %(code)s") % {"code": code[:40]})
    try:
        do_measure(user, measure, said(request, "remark"))
    except BadChronic as problem:
        return _page(request, code, refusal=str(problem))
    return redirect("chronic:place", code=code)


@require_POST
@login_required
def strike(request: HttpRequest, code: str) -> HttpResponse:
    """Strike it off after its watch."""
    user, place = _find(request, code)
    try:
        strike_off(user, place, said(request, "remark"))
    except BadChronic as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("Struck off."))
    return redirect("chronic:place", code=code)


def _page(request: HttpRequest, code: str, *, refusal: str = "") -> HttpResponse:
    user, place = _find(request, code)
    today = city_day(timezone.now())
    measures = list(place.measures.select_related("done_by"))
    until = place.watched_until
    struck = place.state == ChronicPlace.State.STRUCK
    checks = not struck and may(user, "chronic.strike_off", division=place.division)
    over = until is not None and until < today
    ready = place.state == "planned" and over and all(one.done_at for one in measures)
    context = {
        "place": place,
        "cases": queries.cases_of(place),
        "measures": [(one, one.is_late(today)) for one in measures],
        "story": queries.story(place),
        "rules": rules(),
        "today": today,
        "until": until,
        "watch_over": over,
        "refusal": refusal,
        "written": request.POST,
        "rows": _rows(request, measures),
        "units": Unit.objects.filter(active=True, division__in=_above(place)),
        "may_plan": not struck
        and may(user, "chronic.plan", division=place.division, unit=place.unit),
        "may_do": place.state == "planned"
        and may(user, "chronic.do", division=place.division, unit=place.unit),
        "may_strike": checks and ready and place.planned_by_id != user.pk,
        "own_plan": checks and ready and place.planned_by_id == user.pk,
    }
    return render(request, "chronic/place.html", context, status=400 if refusal else 200)


def _rows(request: HttpRequest, measures: list[Measure]) -> list[tuple[str, str]]:
    """What was typed, or the measures that are not done yet, with empty rows after them."""
    if request.method == "POST":
        typed = zip(request.POST.getlist("text"), request.POST.getlist("due"), strict=False)
        rows = [(text, due) for text, due in typed if text or due]
    else:
        rows = [(one.text, str(one.due)) for one in measures if one.done_at is None]
    return [*rows, *[("", "")] * ROWS][:MOST]


def _above(place: ChronicPlace) -> list[int]:
    """The divisions around a place: its own, the one above, and so on."""
    codes = place.division.path.strip("/").split("/")
    return list(Division.objects.filter(code__in=codes).values_list("pk", flat=True))


def _find(request: HttpRequest, code: str) -> tuple[User, ChronicPlace]:
    user = reader_of(request, "chronic.see")
    rows = queries.reach(user).select_related(
        "kind", "division__district", "unit__division", "site", "planned_by", "struck_by"
    )
    seen = rows.defer("division__outline", "division__district__outline")
    return user, one_of(seen, code, _("There is no chronic place %(code)s"))
