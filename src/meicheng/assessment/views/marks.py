"""The marks of a standard: the estimate and its doubt, where marks are lost, all criteria."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.engine.scoring import Assessment, CriterionMark, NodeMark
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Framework

from ..cards import best_few, two_levers
from ..naming import criterion_names, node_names, word
from ..queries import assess, frameworks, root
from ..whatif import changes_of, scenarios, written
from .asked import asked_for, say_first, workbook_answer

MOST_LOSSES = 8


@dataclass(frozen=True)
class Loss:
    """A criterion with the marks it loses."""

    mark: CriterionMark
    name: str
    lost: float


@login_required
def marks_page(request: HttpRequest) -> HttpResponse:
    """Marks of a standard: the estimate and its doubt, where marks are lost, district by node."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html", status=200)
    asked = asked_for(request, editions)
    if (waiting := say_first(request, asked, asked.framework.name)) is not None:
        return waiting
    result = assess(asked.framework, asked.period, asked.division)
    before = assess(asked.framework, asked.period.earlier(), asked.division, by_site=False)
    districts = list(Division.objects.filter(level=Division.Level.DISTRICT))
    tops = [node for node in result.nodes if node.parent is None and node.full_marks]
    names = node_names(asked.framework)
    earlier = {node.code: node for node in before.nodes}
    context = {
        "asked": asked,
        "editions": editions,
        "divisions": districts,
        "city": root(),
        "result": result,
        "missing": sum(one.missing for one in result.criteria),
        "vetoes": criterion_names(asked.framework, result.vetoes),
        "tops": [(node, names[node.code], _change(node, earlier.get(node.code))) for node in tops],
        "losses": _losses(asked.framework, result)[:MOST_LOSSES],
        "heat": [
            (one, [found.node(n.code) for n in tops], found)
            for one in districts
            for found in [assess(asked.framework, asked.period, one, by_site=False)]
        ],
        "tree": _tree(asked.framework, result),
    }
    return render(request, "assessment/marks.html", context, status=400 if asked.problems else 200)


@login_required
def marks_cards(request: HttpRequest) -> HttpResponse:
    """The things that pay most and what two shares would do; they come after the page."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    found, changes = two_levers(asked.framework, asked.period, asked.division)
    context = {
        "asked": asked,
        "few": best_few(asked.framework, asked.period, asked.division),
        "what_if": found,
        "levers": [lever for lever in found.levers if lever.code in changes],
        "changed": urlencode(written(changes)),
        "scenarios": [
            (one, urlencode(written(changes_of(one)))) for one in scenarios(asked.framework)[:3]
        ],
    }
    return render(request, "assessment/cards.html", context)


@login_required
def marks_workbook(request: HttpRequest) -> HttpResponse:
    """All criteria with their marks as a workbook; the question stands in the first row."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    asked = asked_for(request, editions)
    result = assess(asked.framework, asked.period, asked.division)
    names = {row["code"]: row["name"] for _n, row in criteria_of(asked.framework.document["nodes"])}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(_("Marks"))
    sheet.set_column(1, 1, 48)
    sheet.write_row(
        0,
        0,
        [
            f"{asked.framework.name} {asked.framework.edition}",
            asked.period.words,
            asked.division.name,
        ],
    )
    sheet.write_row(
        1,
        0,
        [
            _("Criterion"),
            _("Name"),
            _("Full marks"),
            _("Share"),
            _("Score"),
            _("Observations"),
            _("Sites"),
            _("Carried over"),
        ],
    )
    for index, one in enumerate(result.criteria, start=2):
        sheet.write_row(
            index,
            0,
            [
                one.code,
                word(names[one.code]),
                one.full_marks,
                "" if one.share is None else one.share,
                "" if one.marks is None else one.marks,
                one.observations,
                one.sites,
                _("yes") if one.carried else "",
            ],
        )
    book.close()
    return workbook_answer(buffer.getvalue(), asked, "marks")


def _change(node: NodeMark, before: NodeMark | None) -> float | None:
    """Marks gained since the period before, where both are known."""
    if node.marks is None or before is None or before.marks is None:
        return None
    return node.marks - before.marks


def _losses(framework: Framework, result: Assessment) -> list[Loss]:
    names = {row["code"]: row["name"] for _n, row in criteria_of(framework.document["nodes"])}
    lost = [
        Loss(one, word(names[one.code]), one.full_marks - one.marks)
        for one in result.criteria
        if one.marks is not None and one.full_marks - one.marks > 0.005
    ]
    return sorted(lost, key=lambda one: -one.lost)


def _tree(framework: Framework, result: Assessment) -> list[dict[str, Any]]:
    """The standard's top nodes with their marks; each with all below it in reading order."""
    marks = {node.code: node for node in result.nodes}
    leaves = {one.code: one for one in result.criteria}

    def below(node: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        for one in node.get("criteria") or []:
            yield {"leaf": leaves[one["code"]], "name": word(one["name"]), "depth": depth}
        for child in node.get("children") or []:
            yield {"node": marks[child["code"]], "name": word(child["name"]), "depth": depth}
            yield from below(child, depth + 1)

    return [
        {"node": marks[top["code"]], "name": word(top["name"]), "rows": list(below(top, 1))}
        for top in framework.document["nodes"]
    ]
