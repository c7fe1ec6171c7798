"""One document: what it proves, what to ask about it, and its review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from meicheng.files.actions import path_of
from meicheng.files.documents import ending_of
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from ..actions import BadMaterial, review, use_for, withdraw
from ..models import Filing, Use
from ..queries import others_of, questions, waiting
from .asked import find_filing

# What a browser may do with a document shown inside our page: show it, and nothing else. A PDF needs
# the browser's own viewer, which no sandbox lets in; its scripts see neither page nor session.
SHOWN = "default-src 'none'; frame-ancestors 'self'"
AS_PDF = "; ".join(
    [SHOWN, "object-src 'self'", "img-src 'self' data:", "style-src 'unsafe-inline'"]
)
PDF = "application/pdf"
PICTURES = {"image/jpeg", "image/png", "image/webp"}


@require_GET
@login_required
def next_to_review(request: HttpRequest) -> HttpResponse:
    """The filing that has waited longest for this reviewer."""
    user = user_of(request)
    allow(user, "materials.review")
    after = request.GET.get("after", "")
    found = waiting(user)
    one = (found.filter(pk__gt=int(after)).first() if after.isdecimal() else None) or found.first()
    if one is None:
        messages.success(request, _("Nothing waits for a review."))
        return redirect("materials:overview")
    return redirect("materials:filing", code=one.code)


@require_GET
@login_required
def filing_page(request: HttpRequest, code: str) -> HttpResponse:
    """One document: what it proves, what to ask, and its review."""
    user, one = find_filing(request, code)
    return _filing(request, user, one)


@require_GET
@login_required
@xframe_options_sameorigin
def document(request: HttpRequest, code: str) -> FileResponse:
    """The document itself, as it was filed."""
    _user, one = find_filing(request, code)
    inline = one.file.media_type in {PDF, *PICTURES}
    answer = FileResponse(
        path_of(one.file.sha256).open("rb"),
        as_attachment=not inline,
        filename=f"{one.code} {one.title[:80]}{ending_of(one.file)}",
        content_type=one.file.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    is_pdf = one.file.media_type == PDF
    answer["Content-Security-Policy"] = AS_PDF if is_pdf else f"sandbox; {SHOWN}"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_POST
@login_required
def review_one(request: HttpRequest, code: str) -> HttpResponse:
    """Accept or return a document for the ticked materials, then on to the next."""
    user, one = find_filing(request, code)
    items = list(Item.objects.filter(code__in=request.POST.getlist("item")))
    accept = request.POST.get("verdict") == "accept"

    def do() -> None:
        review(user, one, items, accept=accept, reason=request.POST.get("reason", ""))

    done = _try(request, user, one, do)
    if done is not None:
        return done
    said = _("%(code)s is accepted.") if accept else _("%(code)s is returned to its unit.")
    messages.success(request, said % {"code": one.code})
    return redirect(f"{reverse('materials:next')}?after={one.pk}")


@require_POST
@login_required
def use_for_more(request: HttpRequest, code: str) -> HttpResponse:
    """Let a document prove more materials."""
    user, one = find_filing(request, code)
    items = list(Item.objects.filter(code__in=request.POST.getlist("item")))
    done = _try(request, user, one, lambda: use_for(user, one, items))
    return done or redirect("materials:filing", code=one.code)


@require_POST
@login_required
def withdraw_one(request: HttpRequest, code: str) -> HttpResponse:
    """Take a document back."""
    user, one = find_filing(request, code)
    done = _try(request, user, one, lambda: withdraw(user, one))
    return done or redirect("materials:filing", code=one.code)


def _try(
    request: HttpRequest, user: User, one: Filing, do: Callable[[], Any]
) -> HttpResponse | None:
    """Do a step; the page with the reason where it cannot be done."""
    try:
        do()
    except BadMaterial as problem:
        return _filing(request, user, one, refusal=str(problem), status=409)
    return None


def _filing(
    request: HttpRequest, user: User, one: Filing, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    today = city_day(timezone.now())
    uses = list(one.uses.select_related("item", "reviewed_by"))
    reviews = (
        may(user, "materials.review", division=one.division)
        and one.filed_by_id != user.pk
        and one.withdrawn_at is None
    )
    files = may(user, "materials.file", division=one.unit.division, unit=one.unit)
    items = [use.item for use in uses]
    context = {
        "one": one,
        "uses": [(use, _marks_of(use, one)) for use in uses],
        "questions": questions(one, uses, today=today),
        "reviews": reviews,
        "files": files and one.withdrawn_at is None,
        "may_withdraw": files
        and one.withdrawn_at is None
        and all(use.state in {Use.State.FILED, Use.State.RETURNED} for use in uses),
        "others": others_of(items, one.division, today=today)
        if files and one.withdrawn_at is None
        else [],
        "refusal": refusal,
        "shown": "pdf" if one.file.media_type == PDF else one.file.media_type in PICTURES,
        "size": one.file.size,
        "waits": any(use.state == Use.State.FILED for use in uses),
    }
    return render(request, "materials/filing.html", context, status=status)


def _marks_of(use: Use, one: Filing) -> str:
    """The page of the criterion that it proves, in the year that it was filed for."""
    framework, criterion, _material = use.item.code.split("/")
    asked = {
        "framework": framework,
        "period": one.year,
        "division": one.division.code,
        "criterion": criterion,
    }
    return f"{reverse('assessment:criterion')}?{urlencode(asked)}"
