"""What is kept about whoever reported something, for herself, by her code: to see, take and delete."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meicheng.ledger.events import write_event
from meicheng.voices.actions import report_chain
from meicheng.voices.checking import BadReport
from meicheng.voices.codes import shown
from meicheng.voices.models import Report
from meicheng.voices.personal import erase_contact, withdraw_report_words
from meicheng.voices.queries import report_story

from .views import find_report

DOERS = {"contact": erase_contact, "words": withdraw_report_words}


@never_cache
@require_safe
def data(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that is kept with a report, and what she can do about it."""
    return _page(request, find_report(code))


@never_cache
@require_POST
def take(_request: HttpRequest, code: str) -> HttpResponse:
    """The same as a file; that it was taken is an event."""
    report = find_report(code)
    with transaction.atomic():
        Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
        write_event(report_chain(report), "data_taken", by=None)
    answer = JsonResponse(_held(report), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{shown(report.code)}.json"'
    return answer


@never_cache
@require_POST
def forget(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Delete who she is, or take back what she wrote; asked once, because it cannot be undone."""
    report = find_report(code)
    if what not in DOERS:
        raise Http404(_("There is no such page"))
    if request.POST.get("sure") != "1":
        return _page(request, report, refusal=_("Tick that you are sure; it cannot be undone"))
    try:
        DOERS[what](report)
    except BadReport as problem:
        return _page(request, report, refusal=str(problem))
    return redirect(f"{reverse('portal:data', args=[shown(report.code)])}?done={what}")


def _page(request: HttpRequest, report: Report, *, refusal: str = "") -> HttpResponse:
    context = {
        "report": report,
        "code": shown(report.code),
        "story": report_story(report, limit=100),
        "photos": report.photos.count(),
        "days": settings.PERSONAL_DAYS,
        "refusal": refusal,
        "done": request.GET.get("done", ""),
        "has_contact": bool(
            report.name_sealed or report.phone_sealed or report.email_sealed or report.reporter
        ),
        "withdrawn": report.extra.get("withdrawn"),
    }
    return render(request, "portal/data.html", context, status=400 if refusal else 200)


def _held(report: Report) -> dict[str, Any]:
    """What is kept, as data; numbers masked, for whoever finds the code is not told them."""
    return {
        "code": shown(report.code),
        "name": report.name_masked,
        "phone": report.phone_masked,
        "email_kept": report.email_sealed is not None,
        "came_by": report.source,
        "reported_at": report.reported_at,
        "subject": report.subject,
        "words": report.body,
        "kind": report.kind_id,
        "division": report.division.code,
        "address": report.address,
        "longitude": report.longitude,
        "latitude": report.latitude,
        "photographs": [one.file.sha256 for one in report.photos.select_related("file")],
        "answers": {name: value for name, value in report.extra.items() if name != "doubt"},
        "state": report.state,
        "reply": report.reply,
        "replied_at": report.replied_at,
        "rating": report.rating,
        "rating_of_the_manner": report.rating_manner,
        "rating_remark": report.rating_remark,
        "rated_at": report.rated_at,
        "deleted_at": report.erased_at,
        "who_did_what": [
            {"at": one.at, "by": "staff" if one.by else "", "what": one.what}
            for one in report_story(report, limit=1000)
        ],
    }
