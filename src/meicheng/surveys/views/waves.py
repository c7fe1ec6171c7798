"""Waves: all of them, one with its sample and invitations, letters, interviews, results."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may, scope
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number
from meicheng.tables.sheets import Sheet, saved, workbook

from .. import queries, telling
from ..closing import CannotClose, close_wave
from ..models import Cell, Wave
from ..reading import read_form
from ..tickets import NotNow, begin_interview, give_out, note_missed, shown

MOST_LETTERS = 2000


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All waves, with how many answered."""
    user = user_of(request)
    allow(user, "surveys.see")
    found, lines = queries.wave_page(page=page_number(request.GET.get("page")), today=_today())
    context = {
        "found": found,
        "lines": lines,
        "query": "",
        "may_make": may(user, "surveys.make"),
        "may_interview": may(user, "surveys.interview"),
    }
    return render(request, "surveys/waves.html", context)


@require_GET
@login_required
def wave(request: HttpRequest, code: str) -> HttpResponse:
    """A wave: its sample, how far it is by stratum, what can be done, and what was done."""
    user, found = _find(request, code)
    cells = queries.cells_of(found)
    lines = queries.progress(cells)
    state = found.state(_today())
    context = {
        "wave": found,
        "state": state,
        "form": read_form(found.questionnaire.document),
        "lines": lines,
        "total": queries.whole(lines),
        "few": [line for line in lines if state != "planned" and (line.rate or 0) < 0.3],
        "story": queries.story(found),
        "may_make": may(user, "surveys.make", division=found.division),
        "may_interview": state == "open" and may(user, "surveys.interview"),
    }
    return render(request, "surveys/wave.html", context)


@never_cache
@require_POST
@login_required
def letters(request: HttpRequest, code: str) -> HttpResponse:
    """Letters to print, one for each who was drawn in a stratum: the only time their codes are seen."""
    user, found = _find(request, code)
    stratum = request.POST.get("stratum", "").replace("\0", "")[:80]
    cells = list(found.cells.filter(stratum=stratum) if stratum else found.cells.all())
    if sum(cell.asked for cell in cells) > MOST_LETTERS:
        words = _("Over %(most)s letters at once: print one stratum after the other")
        messages.error(request, words % {"most": f"{MOST_LETTERS:,}"})
        return redirect("surveys:wave", code=code)
    try:
        made = give_out(user, found, cells)
    except NotNow as problem:
        messages.error(request, str(problem))
        return redirect("surveys:wave", code=code)
    with override("zh-hans"):  # as the letters are
        places = queries.places_of([cell for cell, _ticket in made])
    printed = []
    for cell, ticket in made:
        link = _address(request, reverse("survey-answer:page", args=[shown(ticket)]))
        printed.append({"place": places[cell.pk], "code": shown(ticket), "qr": _qr(link)})
    context = {
        "wave": found,
        "letters": printed,
        "form": read_form(found.questionnaire.document),
        "start": _address(request, reverse("survey-answer:start")),
    }
    return render(request, "surveys/letters.html", context)


@require_GET
@login_required
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    """Who was drawn, for those who carry the letters round: numbers on lists, no letter's code."""
    user, found = _find(request, code)
    allow(user, "surveys.interview")
    cells = found.cells.select_related("division").defer("division__outline").order_by("code")
    names = queries.Strata(cell.stratum for cell in cells)
    rows: list[list[str | int | float | None]] = [
        [
            names.name(cell.stratum),
            cell.division.code,
            cell.division.name,
            str(one),
            cell.population,
        ]
        for cell in cells.filter(scope(user, "surveys.interview").filter(division="division"))
        for one in cell.drawn
    ]
    heads = [(_("Stratum"), 24), (_("Code"), 12), (_("Place"), 20),
             (_("Number on the list, or code"), 24), (_("Of how many"), 12)]  # fmt: skip
    note = _("Which of them answered is known to nobody.")
    sheet = Sheet(_("Who was drawn"), [found.title, found.code, note], heads, rows)
    return saved(workbook(sheet), f"{found.code}-drawn.xlsx")


@require_POST
@login_required
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close a wave."""
    user, found = _find(request, code)
    try:
        close_wave(user, found)
    except CannotClose as problem:
        messages.error(request, str(problem))
        return redirect("surveys:wave", code=code)
    messages.success(request, _("The wave is closed; its answers count for the standards now."))
    return redirect("surveys:results", code=code)


@require_GET
@login_required
def interview(request: HttpRequest, code: str) -> HttpResponse:
    """For interviewers on foot: the places of a wave, and what to do at a door."""
    user, found = _find(request, code)
    allow(user, "surveys.interview")
    where = scope(user, "surveys.interview").filter(division="division")
    cells = found.cells.filter(where).select_related("division", "division__parent", "site")
    chosen = cells.filter(pk=_whole(request.GET.get("cell"))).first()
    context = {
        "wave": found,
        "state": found.state(_today()),
        "cells": cells.defer("drawn", "division__outline", "division__parent__outline"),
        "cell": chosen,
        "every": chosen and max(1, chosen.population // max(1, chosen.asked)),
    }
    return render(request, "surveys/interview.html", context)


@require_POST
@login_required
def begin(request: HttpRequest, code: str, cell: int) -> HttpResponse:
    """Begin an interview: the first page of a new invitation."""
    user, found = _find(request, code)
    one = get_object_or_404(Cell, pk=cell, wave=found)
    try:
        ticket = begin_interview(user, one)
    except NotNow as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('surveys:interview', args=[code])}?cell={cell}")
    return redirect("survey-answer:page", code=shown(ticket))


@require_POST
@login_required
def missed(request: HttpRequest, code: str, cell: int) -> HttpResponse:
    """Note that somebody refused or was not reached."""
    user, found = _find(request, code)
    one = get_object_or_404(Cell, pk=cell, wave=found)
    try:
        note_missed(user, one, request.POST.get("why", ""))
    except NotNow as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Noted."))
    return redirect(f"{reverse('surveys:interview', args=[code])}?cell={cell}")


@require_GET
@login_required
def results(request: HttpRequest, code: str) -> HttpResponse:
    """What people answered: each question with its interval, groups, and what the figures cannot say."""
    _user, found = _find(request, code)
    if found.closed_at is None:
        return redirect("surveys:wave", code=code)
    form = read_form(found.questionnaire.document)
    context = {
        "wave": found,
        "form": form,
        "summary": telling.summary(found),
        "misses": telling.misses(found, form),
        "scores": telling.scores(found, form),
        "questions": telling.questions(found, form),
        "grids": telling.grids(found, form),
        "lines": queries.progress(queries.cells_of(found)),
        "indexes": [
            (code_, telling.index_name(code_), one["city"])
            for code_, one in (found.results or {}).get("indexes", {}).items()
            if one["city"]
        ],
    }
    return render(request, "surveys/results.html", context)


@require_GET
@login_required
def results_xlsx(request: HttpRequest, code: str) -> HttpResponse:
    """The results as a workbook."""
    _user, found = _find(request, code)
    if found.closed_at is None:
        raise Http404(_("This wave is not closed yet"))
    form = read_form(found.questionnaire.document)
    return saved(workbook(*telling.sheets(found, form)), f"{found.code}-results.xlsx")


def _find(request: HttpRequest, code: str) -> tuple[User, Wave]:
    user = user_of(request)
    allow(user, "surveys.see")
    rows = Wave.objects.select_related("questionnaire", "division").defer(
        "division__outline", "frame"
    )
    found = rows.filter(code=code.replace("\0", "")[:40]).first()
    if found is None:
        raise Http404(_("There is no wave %(code)s") % {"code": code[:40]})
    return user, found


def _today() -> Any:
    return city_day(timezone.now())


def _whole(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 18 else 0


def _address(request: HttpRequest, path: str) -> str:
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    return f"{base}{path}" if base else request.build_absolute_uri(path)


def _qr(link: str) -> SafeString:
    """A QR code as SVG within the page; drawn by segno from our own address, so safe as it is."""
    return mark_safe(segno.make(link, error="m").svg_inline(scale=3, border=2))
