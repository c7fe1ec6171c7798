"""Rating a result with one tap, by the link of a message; no code and no account."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from meicheng.voices.actions import rate_report
from meicheng.voices.asking import report_to_rate
from meicheng.voices.checking import BadReport
from meicheng.voices.models import Report

from .limits import too_many


@never_cache
@csrf_exempt  # the signed link is what allows it, and browsers without cookies may follow it
@require_http_methods(["GET", "HEAD", "POST"])
def one_tap(request: HttpRequest, token: str) -> HttpResponse:
    """Five buttons; one of them is the rating."""
    report = report_to_rate(token)
    if report is None:
        if too_many(request, "code", settings.CODES_PER_HOUR):
            said, status = _("Too many codes from this connection; try again in an hour."), 429
        else:
            said, status = _("This link is not whole, or it is too old. Follow by your code."), 404
        return _page(request, None, refusal=said, status=status)
    if request.method != "POST":
        return _page(request, report)
    written = request.POST.get("rating", "")
    try:
        report = rate_report(
            report, rating=int(written) if written in {"1", "2", "3", "4", "5"} else 0, manner=None
        )
    except BadReport as problem:
        return _page(request, report, refusal=str(problem), status=400)
    return _page(request, report, thanks=True)


def _page(
    request: HttpRequest,
    report: Report | None,
    *,
    refusal: str = "",
    thanks: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"report": report, "refusal": refusal, "thanks": thanks, "marks": range(5, 0, -1)}
    return render(request, "portal/one_tap.html", context, status=status)
