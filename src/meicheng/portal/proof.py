"""Proof for citizens: what is on record of a report, a receipt to print, the published seals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meicheng.engine.workflow import TRANSITIONS
from meicheng.ledger.models import Seal
from meicheng.ledger.receipt import Receipt, Recorded, receipt_of
from meicheng.ledger.seal import sealed_lines
from meicheng.ledger.verify import head_of
from meicheng.tables.pages import page_number, page_of
from meicheng.voices.codes import shown
from meicheng.voices.models import Report

from .views import find_report

LABELS = {row.code: row.label for row in TRANSITIONS}
FIELDS = ["day", "events", "first_event", "last_event", "algorithm", "list_hash", "before", "seal"]


@dataclass(frozen=True)
class Step:
    """A step in the public's words, with what proves it."""

    label: str
    recorded: Recorded


@never_cache
@require_safe
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """The steps on record of a report, the seals over them, and whether all is whole."""
    report = find_report(code)
    receipt = _receipt(report)
    context = {"code": shown(report.code), "receipt": receipt, "steps": _steps(receipt)}
    return render(request, "portal/proof.html", context)


@never_cache
@require_safe
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """The receipt to print, with a code that leads to the proof."""
    report = find_report(code)
    found = _receipt(report)
    path = reverse("portal:proof", args=[shown(report.code)])
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    link = base + path if base else request.build_absolute_uri(path)
    context = {
        "code": shown(report.code),
        "report": report,
        "receipt": found,
        "steps": _steps(found),
        "link": link,
        "qr": _qr(link),
        "now": timezone.now(),
    }
    return render(request, "portal/receipt.html", context)


@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """All seals, the newest first, and how anybody checks them."""
    rows = Seal.objects.order_by("-day")
    found = page_of(rows, page_number(request.GET.get("page")), rows)
    return render(request, "portal/seals.html", {"found": found, "query": ""})


@require_safe
def seals_json(_request: HttpRequest) -> HttpResponse:
    """All seals for machines."""
    return JsonResponse({"seals": list(_published())}, json_dumps_params={"ensure_ascii": False})


@require_safe
def seals_csv(_request: HttpRequest) -> HttpResponse:
    """All seals for spreadsheets."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, FIELDS)
    writer.writeheader()
    writer.writerows(_published())
    answer = HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="seals.csv"'
    return answer


@require_safe
def seal_list(_request: HttpRequest, day: str) -> StreamingHttpResponse:
    """The list that a day's seal covers: number and hash of each event, nothing else."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Http404(_("There is no seal of this day")) from None
    found = Seal.objects.filter(day=wanted).first()
    if found is None:
        raise Http404(_("There is no seal of this day"))
    before = Seal.objects.filter(day__lt=wanted).order_by("-day").first()
    lines = sealed_lines(before.last_event if before else 0, found.last_event)
    answer = StreamingHttpResponse(lines, content_type="text/plain; charset=ascii")
    answer["Content-Disposition"] = f'attachment; filename="{wanted}.txt"'
    return answer


def _published() -> Iterator[dict[str, object]]:
    after = 0
    for seal in Seal.objects.order_by("day"):
        yield {
            "day": seal.day.isoformat(),
            "events": seal.events,
            "first_event": after + 1,
            "last_event": seal.last_event,
            "algorithm": seal.algorithm,
            "list_hash": seal.digest,
            "before": seal.previous_hash,
            "seal": seal.hash,
        }
        after = seal.last_event


def _receipt(report: Report) -> Receipt:
    if report.case is None:
        return Receipt("", [], [], [])
    chain = report.case.chain
    return receipt_of(chain, **head_of(chain))


def _steps(receipt: Receipt) -> list[Step]:
    language = get_language() or "zh"
    return [
        Step(LABELS[one.verb].say(language) if one.verb in LABELS else _("Recorded"), one)
        for one in receipt.steps
    ]


def _qr(link: str) -> SafeString:
    """A QR code as SVG within the page; drawn by segno from our own address, so safe as it is."""
    return mark_safe(segno.make(link, error="m").svg_inline(scale=4, border=2))
