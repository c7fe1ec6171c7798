"""Signs with codes for lamp posts, toilet doors, benches: A4 sheets of eight to cut out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.places.models import Site

from .sites import narrowed

FONT = "STSong-Light"  # every reader of PDF has it or a font like it: nothing is embedded
MOST = 800  # signs of one order: a hundred sheets
COLUMNS, ROWS = 2, 4
MARGIN = 10 * mm
WIDTH, HEIGHT = (A4[0] - 2 * MARGIN) / COLUMNS, (A4[1] - 2 * MARGIN) / ROWS
QR = 46 * mm


@require_GET
@login_required
def signs(request: HttpRequest) -> HttpResponse:
    """The signs of the sites that the list shows, narrowed in the same way (at most 4 SQL)."""
    user = user_of(request)
    allow(user, "places.see")
    asked = narrowed(request, user)
    found = list(
        asked.sites.select_related("kind", "division").defer("division__outline")[: MOST + 1]
    )
    if len(found) > MOST:
        words = _("At most %(most)d signs at once: narrow the list by kind, place or words")
        messages.error(request, words % {"most": MOST})
    if not 0 < len(found) <= MOST:
        return redirect(f"{reverse('console:sites')}?{asked.query}")
    address = settings.PUBLIC_ADDRESS.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    answer = HttpResponse(sheets(found, address=address), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="signs.pdf"'
    return answer


def sheets(sites: Sequence[Site], *, address: str) -> bytes:
    """A4 pages of eight signs each; a sign opens the form for reports at its place."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(_("Signs with codes"))
    a_page = COLUMNS * ROWS
    for start in range(0, len(sites), a_page):
        for place, site in enumerate(sites[start : start + a_page]):
            row, column = divmod(place, COLUMNS)
            left = MARGIN + column * WIDTH
            below = A4[1] - MARGIN - (row + 1) * HEIGHT
            _sign(canvas, site, left, below, address)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def link_of(site: Site, address: str) -> str:
    """What the code of a site opens."""
    return address + reverse("portal:at", args=[site.code])


def _sign(canvas: Canvas, site: Site, left: float, below: float, address: str) -> None:
    canvas.setLineWidth(0.3)
    canvas.setDash(1, 2)
    canvas.rect(left, below, WIDTH, HEIGHT)
    canvas.setDash()
    _draw(canvas, segno.make(link_of(site, address), error="q").matrix, left + 4 * mm, below)
    x, y = left + QR + 7 * mm, below + HEIGHT - 14 * mm
    for language, size in (("zh-hans", 15), ("en", 8)):
        with override(language):
            canvas.setFont(FONT, size)
            canvas.drawString(x, y, _("Scan to report a problem"))
            y -= 9 * mm if size > 10 else 10 * mm
    canvas.setFont(FONT, 9)
    for line in _lines(site.name_zh, 12):
        canvas.drawString(x, y, line)
        y -= 5 * mm
    canvas.setFont("Courier-Bold", 9)
    y -= 1 * mm
    for line in _lines(site.code, 22):
        canvas.drawString(x, y, line)
        y -= 4 * mm
    canvas.setFont(FONT, 9)
    canvas.drawString(x, below + 8 * mm, f"{settings.CITY_NAME_ZH}　{settings.HOTLINE}")


def _draw(canvas: Canvas, matrix: Sequence[Iterable[int]], left: float, below: float) -> None:
    """The dark squares of a code, with the quiet zone of four around them."""
    rows = [list(row) for row in matrix]
    side = QR / (len(rows) + 8)
    top = below + (HEIGHT + QR) / 2 - 4 * side
    for down, row in enumerate(rows):
        start = None
        for across, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                x, y = left + (4 + start) * side, top - (down + 1) * side
                # A hair larger, so that printers leave no white lines between rows.
                canvas.rect(x, y, (across - start) * side, side * 1.02, stroke=0, fill=1)
                start = None


def _lines(name: str, length: int) -> list[str]:
    """A name or a code in at most two lines."""
    if len(name) > 2 * length:
        name = name[: 2 * length - 1] + "…"
    return [name[start : start + length] for start in range(0, len(name), length)]
