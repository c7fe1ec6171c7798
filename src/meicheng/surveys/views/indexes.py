"""The indexes of happiness and impression by community: a map, a table, a workbook."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.tables.sheets import Sheet, saved, workbook

from .. import queries, telling
from ..models import Wave
from ..questions import INDEXES

MOST_LABELS = 60  # figures that the map can show without covering itself


@require_GET
@login_required
def index(request: HttpRequest, index: str) -> HttpResponse:
    """The latest figures of an index."""
    wave, rows = _rows(request, index)
    city = (wave.results or {})["indexes"][index]["city"] if wave else None
    context = {
        "index": index,
        "name": telling.index_name(index),
        "others": [(one, telling.index_name(one)) for one in INDEXES],
        "wave": wave,
        "rows": [row for row in rows if row["answers"]],
        "few": [row for row in rows if not row["answers"]],
        "city": {key: 100 * city[key] for key in ("mean", "low", "high")} if city else None,
        "tied": telling.tied(rows),
        "outlined": any(row["division"].outline for row in rows),
    }
    return render(request, "surveys/index.html", context)


@require_GET
@login_required
def index_json(request: HttpRequest, index: str) -> HttpResponse:
    """The outlines of the communities with what the map shows."""
    _wave, rows = _rows(request, index)
    page = reverse("surveys:index", args=[index])
    shapes = [
        {
            "type": "Feature",
            "geometry": row["division"].outline,
            "properties": {
                "kind": "shaded",
                "name": f"{row['division'].name}: {row['mean']:.1f} ({row['low']:.1f}–{row['high']:.1f})",
                "label": f"{row['mean']:.0f}" if len(rows) <= MOST_LABELS else "",
                "grade": row["grade"],
                "doubtful": row["borrowed"] > 50 or row["high"] - row["low"] > 20,
                "href": f"{page}#{row['division'].code}",
            },
        }
        for row in rows
        if row["division"].outline
    ]
    answer = JsonResponse({"type": "FeatureCollection", "features": shapes})
    answer["Cache-Control"] = "private, max-age=60"
    return answer


@require_GET
@login_required
def index_xlsx(request: HttpRequest, index: str) -> HttpResponse:
    """The table as a workbook."""
    wave, rows = _rows(request, index)
    if wave is None:
        raise Http404(_("No closed wave has this index yet"))
    heads = [(_("Community"), 20), (_("Index figure"), 10), (_("95 % interval, lower end"), 12),
             (_("95 % interval, upper end"), 12), (_("Own figure"), 12), (_("Answer sheets"), 10),
             (_("Borrowed (%)"), 12)]  # fmt: skip
    table = [
        [row["division"].name, round(row["mean"], 1), round(row["low"], 1), round(row["high"], 1),
         None if row["own"] is None else round(row["own"], 1), row["answers"], row["borrowed"]]
        for row in rows
    ]  # fmt: skip
    sheet = Sheet(telling.index_name(index), [wave.title, wave.code], heads, table)
    return saved(workbook(sheet), f"{wave.code}-{index}.xlsx")


def _rows(request: HttpRequest, index: str) -> tuple[Wave | None, list[dict[str, Any]]]:
    allow(user_of(request), "surveys.see")
    if index not in INDEXES:
        raise Http404(_("There is no index %(code)s") % {"code": index[:40]})
    found = queries.latest_with(index)
    if found is None:
        return None, []
    wave, told = found
    codes = [one["code"] for one in told["communities"]]
    places = (
        Division.objects.filter(code__in=codes).select_related("parent").defer("parent__outline")
    )
    return wave, telling.index_rows(told, {one.code: one for one in places})
