"""The citizens' pages behind a code: follow, rate, contest. Plain forms that work without scripts."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meicheng.cases.models import CasePhoto
from meicheng.files.actions import thumbnail
from meicheng.proofs.public import public_jpeg
from meicheng.proofs.queries import public_of
from meicheng.voices.actions import contest_result, rate_report
from meicheng.voices.checking import BadReport
from meicheng.voices.codes import read_code, shown
from meicheng.voices.limits import limits_of
from meicheng.voices.models import Report

from .forms import FollowForm, RateForm
from .limits import too_many
from .pictures import jpeg
from .state import public_state


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Find a report by its code."""
    form = FollowForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 404
        if too_many(request, "code", settings.CODES_PER_HOUR):
            form.add_error(None, _("Too many codes from this connection; try again in an hour."))
            status = 429
        elif form.is_valid():
            code = form.cleaned_data["code"]
            if Report.objects.filter(code=code).exists():
                return redirect("portal:report-page", code=shown(code))
            form.add_error("code", _("No report has this code; compare it letter by letter"))
    return render(request, "portal/follow.html", {"form": form}, status=status)


@never_cache
@require_safe
def report_page(request: HttpRequest, code: str) -> HttpResponse:
    """How far a report has come, for whoever holds its code."""
    try:
        return _report_page(request, find_report(code))
    except Http404 as problem:
        form = FollowForm({"code": code[:40]})
        if form.is_valid():
            form.add_error("code", str(problem))
        return render(request, "portal/follow.html", {"form": form}, status=404)


@never_cache
@require_POST
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Rate the result and the manner, once."""
    found = find_report(code)
    form = RateForm(request.POST)
    if form.is_valid():
        try:
            rate_report(
                found,
                rating=form.cleaned_data["rating"],
                manner=form.cleaned_data["manner"],
                remark=form.cleaned_data["remark"],
            )
        except BadReport as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("portal:report-page", code=shown(found.code))
    return _report_page(request, found, rating=form, status=400)


@never_cache
@require_POST
def contest(request: HttpRequest, code: str) -> HttpResponse:
    """Say that it is not solved: it goes back once."""
    found = find_report(code)
    try:
        contest_result(found, reason=request.POST.get("reason", "")[:2000])
    except BadReport as problem:
        return _report_page(request, found, refusal=str(problem), status=400)
    return redirect("portal:report-page", code=shown(found.code))


@require_POST
def type_size(request: HttpRequest) -> HttpResponse:
    """Show these pages in large type, or as they are; kept in this browser for a year."""
    wanted = request.POST.get("next", "")
    here = wanted.startswith(reverse("portal:report")) and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )
    answer = redirect(wanted if here else "portal:report")
    if request.POST.get("size") == "large":
        answer.set_cookie(
            "type",
            "large",
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=settings.HTTPS,
        )
    else:
        answer.delete_cookie("type", samesite="Lax")
    return answer


@require_safe
def photo(_request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A photograph of one's own report, small; nobody else's is ever public."""
    found = list(find_report(code).photos.select_related("file").order_by("pk"))
    content = thumbnail(found[number - 1].file) if 1 <= number <= len(found) else None
    return jpeg(content, cache="private, max-age=3600")


@require_safe
def case_photo(_request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A photograph of the case, before or after, with faces and number plates hidden."""
    photos = list(case_photos(find_report(code)))
    content = public_jpeg(photos[number - 1].file) if 1 <= number <= len(photos) else None
    return jpeg(content, cache="private, no-cache")


def case_photos(report: Report) -> QuerySet[CasePhoto]:
    """The photographs of a report's case, in the order in which they came."""
    photos = CasePhoto.objects.filter(case=report.case_id).select_related("file")
    return photos.order_by("added_at", "pk")


def shown_photos(report: Report) -> list[tuple[int, CasePhoto]]:
    """Those that the public may see, with their numbers (2 SQL statements)."""
    numbered = list(enumerate(case_photos(report), 1))
    ready = public_of([photo.file_id for _number, photo in numbered])
    return [(number, photo) for number, photo in numbered if photo.file_id in ready]


def find_report(code: str) -> Report:
    """The report with this code; 404 for none."""
    known = read_code(code)
    found = (
        Report.objects.select_related("case__kind", "case__unit", "kind", "division__district")
        .filter(code=known)
        .first()
        if known
        else None
    )
    if found is None:
        raise Http404(_("No report has this code; compare it letter by letter"))
    return found


def _report_page(
    request: HttpRequest,
    found: Report,
    *,
    rating: RateForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    found.refresh_from_db(fields=["state", "rating", "extra"])
    context = {
        "report": found,
        "code": shown(found.code),
        "state": public_state(found),
        "limits": limits_of(found),
        "photos": range(1, found.photos.count() + 1),
        "case_photos": shown_photos(found),
        "rating": rating or RateForm(),
        "refusal": refusal,
        "new": request.GET.get("new") == "1",
        "link": request.build_absolute_uri(reverse("portal:report-page", args=[shown(found.code)])),
        "may_contest": not found.extra.get("contested"),
    }
    return render(request, "portal/report_page.html", context, status=status)
