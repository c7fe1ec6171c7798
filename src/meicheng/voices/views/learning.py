"""Pages of what was learned from sorted words: versions, and how good one is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.standards.models import CaseKind

from ..models import TextModel

SHOWN = 15  # categories up to which the confusion table fits a page


@require_GET
@login_required
def versions(request: HttpRequest) -> HttpResponse:
    """All versions of what was learned, the newest of each purpose first (2 SQL statements)."""
    allow(user_of(request), "reports.see")
    found = TextModel.objects.defer("content").select_related("made_by")
    rows = [(one, one.judgement) for one in found]
    return render(request, "voices/models.html", {"rows": rows})


@require_GET
@login_required
def version(request: HttpRequest, purpose: str, version: int) -> HttpResponse:
    """One version: how well each category is told, what is mixed up, and the worst mistakes."""
    allow(user_of(request), "reports.see")
    found = TextModel.objects.defer("content").filter(purpose=purpose, version=version).first()
    if found is None:
        raise Http404(_("There is no such version"))
    said = found.judgement
    names = _names(found)
    scores = [(names.get(row[0], row[0]), *row[1:]) for row in said["scores"]]
    context: dict[str, Any] = {
        "model": found,
        "said": said,
        "scores": scores,
        "table": _table([row[0] for row in scores], said["table"]) if len(scores) <= SHOWN else [],
        "mixed": _mixed([row[0] for row in scores], said["table"]),
        "bands": said["bands"],
        "mistakes": [
            (number, names.get(true, true), names.get(put, put), sure)
            for number, true, put, sure in said["mistakes"]
        ],
        "linked": found.purpose == TextModel.Purpose.KIND,
    }
    return render(request, "voices/model.html", context)


def _names(model: TextModel) -> dict[str, str]:
    """What the categories are called, where they are codes."""
    if model.purpose != TextModel.Purpose.KIND:
        return {}
    return {kind.code: kind.name for kind in CaseKind.objects.all()}


def _table(names: list[str], table: list[list[int]]) -> list[tuple[str, list[tuple[int, bool]]]]:
    """Rows of the confusion table: a name, and each count with whether it is right."""
    return [
        (name, [(count, row == column) for column, count in enumerate(counts)])
        for row, (name, counts) in enumerate(zip(names, table, strict=True))
    ]


def _mixed(names: list[str], table: list[list[int]]) -> list[tuple[str, str, int]]:
    """What is taken for what most often."""
    pairs = [
        (names[row], names[column], count)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:10]
