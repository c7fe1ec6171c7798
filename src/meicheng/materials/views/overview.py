"""What a standard asks for, how it stands, and the whole set of what was accepted."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.assessment.queries import frameworks, root
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.sheets import Sheet, saved, workbook

from ..bundle import bundle
from ..queries import OPEN, STATES, Needed, narrowed, needed, progress, seen_of, waiting
from .asked import Asked, asked_for, editions_here, units_of


@require_GET
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Every material that a standard asks for, how it stands, and how far each unit has come."""
    user = user_of(request)
    allow(user, "materials.see")
    editions = frameworks()
    if not editions or root() is None:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, user, editions)
    everything = _needed(asked)
    rows = narrowed(everything, unit=asked.unit, state=asked.state, words=asked.words)
    counts = {state: sum(row.state == state for row in everything) for state, _label in STATES}
    context = {
        "asked": asked,
        "editions": editions,
        "divisions": Division.objects.filter(level__in=["city", "district"])
        .defer("outline")
        .order_by("path"),
        "rows": rows,
        "everything": len(everything),
        "there": counts["there"] + counts["expiring"],
        "counts": counts,
        "open": sum(counts[state] for state in OPEN),
        "progress": progress(everything),
        "states": [("open", _("still to be filed")), *STATES],
        "may_take_all": may(user, "materials.see", division=asked.division),
        "waiting": waiting(user).count() if may(user, "materials.review") else None,
        "seen": seen_of(user, rows),
        "files_for": {unit.pk for unit in units_of(user)},
    }
    status = 400 if asked.problems else 200
    return render(request, "materials/overview.html", context, status=status)


@require_GET
@login_required
def overview_workbook(request: HttpRequest) -> HttpResponse:
    """The rows of the overview as a workbook."""
    user = user_of(request)
    allow(user, "materials.see")
    asked = asked_for(request, user, editions_here())
    rows = narrowed(_needed(asked), unit=asked.unit, state=asked.state, words=asked.words)
    headings = [
        (_("Part"), 24), (_("Criterion"), 10), (_("Name"), 40), (_("Material"), 24),
        (_("Who files it"), 28), (_("State"), 16), (_("Document"), 30), (_("Date"), 12),
        (_("Holds until"), 12), (_("Reason"), 30),
    ]  # fmt: skip
    cells = [
        (
            row.node,
            row.criterion.code,
            row.criterion.name,
            row.name,
            row.who,
            row.words,
            row.filing.title if row.filing else "",
            str(row.filing.dated) if row.filing else "",
            str(row.filing.expires or "") if row.filing else "",
            row.use.reason if row.use else "",
        )
        for row in rows
    ]
    content = workbook(Sheet(_("Materials"), asked.filters, headings, cells))
    return saved(content, f"{_name(asked)}.xlsx")


@require_GET
@login_required
def whole_set(request: HttpRequest) -> StreamingHttpResponse:
    """The accepted documents as a ZIP with an index in the order of the standard."""
    user = user_of(request)
    asked = asked_for(request, user, editions_here())
    allow(user, "materials.see", division=asked.division)
    rows = narrowed(_needed(asked), unit=asked.unit)
    answer = StreamingHttpResponse(
        bundle(rows, [*asked.filters[:3], asked.unit]), content_type="application/zip"
    )
    answer["Content-Disposition"] = content_disposition_header(True, f"{_name(asked)}.zip")
    return answer


def _needed(asked: Asked) -> list[Needed]:
    today = city_day(timezone.now())
    return needed(asked.framework, asked.period, asked.division, today=today)


def _name(asked: Asked) -> str:
    words = ["materials", asked.framework.code, asked.period.text, asked.division.code, asked.unit]
    return "-".join(word for word in words if word)
