"""Robustness: which conclusions about places survive other weights than the official ones."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.tables.charts import chart_workbook

from ..queries import frameworks
from ..robust import DRAWS, SPREADS, Robust, robust, robust_chart, robust_words
from .asked import Asked, asked_for, places_to_choose, workbook_answer


@login_required
def robust_page(request: HttpRequest) -> HttpResponse:
    """The places below the one asked for, in order, and what of the order stands."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    spread, problems = _spread(request)
    found = _found(asked, spread)
    context: dict[str, Any] = {
        "asked": asked,
        "problems": [*asked.problems, *problems],
        "editions": editions,
        "places": places_to_choose(),
        "spread": spread,
        "spread_text": f"{spread * 100:.0f}",
        "spreads": SPREADS,
        "draws": DRAWS,
        "found": found,
        "chart": robust_chart(found, robust_words(found)) if len(found.rows) > 1 else None,
    }
    status = 400 if context["problems"] else 200
    return render(request, "assessment/robust.html", context, status=status)


@login_required
def robust_workbook(request: HttpRequest) -> HttpResponse:
    """The places of the page as a workbook."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    spread, _problems = _spread(request)
    found = _found(asked, spread)
    chart = robust_chart(found, robust_words(found))
    varied = _("weights vary by %(spread).0f%%") % {"spread": spread * 100}
    return workbook_answer(chart_workbook([chart], [*asked.filters, varied]), asked, "robust")


def _found(asked: Asked, spread: float) -> Robust:
    below = list(Division.objects.filter(parent=asked.division).defer("outline").order_by("path"))
    return robust(asked.framework, asked.period, below, spread=spread)


def _spread(request: HttpRequest) -> tuple[float, list[str]]:
    """How far weights stray, from the address in per cent; the middle where none is given."""
    text = request.GET.get("spread", "")
    if not text:
        return SPREADS[1], []
    known = {f"{spread * 100:.0f}": spread for spread in SPREADS}
    if text in known:
        return known[text], []
    words = {"text": text[:20], "known": ", ".join(known)}
    problem = _("Weights cannot vary by “%(text)s” per cent; expected one of %(known)s") % words
    return SPREADS[1], [problem]
