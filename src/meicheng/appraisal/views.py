"""The ranking and the bulletin."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import xlsxwriter
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.tables.sheets import saved
from meicheng.voices.callbacks.queries import satisfaction

from .bulletin import Bulletin, write_bulletin
from .bulletin.exports import as_docx, as_xlsx, write_ranking
from .bulletin.words import month_words
from .months import before, current_month, parse_month
from .queries import ranking, rules

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def for_appraisal(view: View[P]) -> View[P]:
    """Only for staff who may see the appraisal."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        allow(request.user, "appraisal.see")  # type: ignore[arg-type]
        return view(request, *args, **kwargs)

    return guarded


@for_appraisal
def ranking_page(request: HttpRequest) -> HttpResponse:
    """Districts and units of a month with the places they may hold."""
    month, problem = _asked_month(request)
    context = {
        "month": month,
        "month_words": month_words(month),
        "problem": problem,
        "earlier": before(month),
        "later": before(month, -1) if month < current_month() else None,
        "running": month >= current_month(),
        "districts": ranking(month, by="district"),
        "units": ranking(month, by="unit"),
        "rules": rules(),
        "voices": satisfaction(month),
        "may_read_voices": may(user_of(request), "reports.see"),
    }
    return render(request, "appraisal/ranking.html", context, status=400 if problem else 200)


@for_appraisal
def ranking_workbook(request: HttpRequest) -> HttpResponse:
    """The two rankings as a workbook, with the month named in the first row."""
    month, problem = _asked_month(request)
    if problem:
        return HttpResponse(problem, status=400, content_type="text/plain; charset=utf-8")
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    for by in ("district", "unit"):
        write_ranking(book, ranking(month, by=by), f"{_('Ranking')} · {month_words(month)}")
    book.close()
    return saved(buffer.getvalue(), f"ranking-{month}.xlsx")


@for_appraisal
def bulletin_page(request: HttpRequest, month: int) -> HttpResponse:
    """The bulletin with every number as a link to what it was counted from."""
    return render(
        request,
        "appraisal/bulletin.html",
        {
            "bulletin": _bulletin(month),
            "month": month,
            "month_words": month_words(month),
            "earlier": before(month),
            "later": before(month, -1) if month < current_month() else None,
        },
    )


@for_appraisal
def bulletin_document(_request: HttpRequest, month: int) -> HttpResponse:
    """The bulletin as an official document."""
    return saved(as_docx(_bulletin(month)), f"bulletin-{month}.docx", DOCX)


@for_appraisal
def bulletin_workbook(_request: HttpRequest, month: int) -> HttpResponse:
    """The bulletin as a workbook."""
    return saved(as_xlsx(_bulletin(month)), f"bulletin-{month}.xlsx")


def _bulletin(month: int) -> Bulletin:
    try:
        parse_month(str(month))
    except ValueError as problem:
        raise Http404(str(problem)) from None
    if month > current_month():
        raise Http404(_("This month has not begun"))
    return write_bulletin(month)


def _asked_month(request: HttpRequest) -> tuple[int, str]:
    """The month asked for, else the running one; and what is wrong with the question."""
    text = request.GET.get("month", "")
    if not text:
        return current_month(), ""
    try:
        month = parse_month(text)
    except ValueError as problem:
        return current_month(), str(problem)
    if month > current_month():
        return current_month(), _("This month has not begun")
    return month, ""
