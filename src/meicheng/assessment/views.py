"""The marks, from the standard down to the observation and its photograph."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.engine.ranking import Rate
from meicheng.engine.scoring import Assessment, CriterionMark, NodeMark
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Criterion, Framework, Item

from .losses import CUTS, chosen_name, cut_words, lost_marks
from .naming import criterion_names, node_names, word
from .periods import Period, current_period, parse_period
from .queries import (
    assess,
    counted_from_cases,
    frameworks,
    items_of,
    observations,
    page,
    root,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LOSSES = 8


@dataclass(frozen=True)
class Asked:
    """What a page of marks was asked for."""

    framework: Framework
    period: Period
    division: Division
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same question as the end of an address."""
        return page(self.framework, self.period, self.division).split("?")[1]


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
    asked = _asked(request, editions)
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
def marks_workbook(request: HttpRequest) -> HttpResponse:
    """All criteria with their marks as a workbook; the question stands in the first row."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    asked = _asked(request, editions)
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
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    name = f"marks-{asked.framework.code}-{asked.period.text}-{asked.division.code}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
def criterion_page(request: HttpRequest) -> HttpResponse:
    """One criterion: its share and what it was computed from."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = _asked(request, frameworks())
    criterion = (
        Criterion.objects.select_related("framework", "lead")
        .filter(framework=asked.framework, code=request.GET.get("criterion", ""))
        .first()
    )
    if criterion is None:
        raise Http404(_("This standard has no such criterion"))
    result = assess(asked.framework, asked.period, asked.division)
    mark = next(one for one in result.criteria if one.code == criterion.code)
    context: dict[str, Any] = {
        "asked": asked,
        "criterion": criterion,
        "mark": mark,
        "node": result.node(criterion.node),
    }
    if criterion.rule["kind"] == "rate":
        context["cases"] = list(counted_from_cases(criterion, asked.period, asked.division))
    else:
        items = items_of(criterion)
        rows = observations(
            items=items,
            division=asked.division,
            first=asked.period.first if criterion.method == "field" else 200001,
            last=asked.period.last,
            site_kinds=criterion.site_kinds,
        )
        if criterion.method == "field":
            rows = rows.filter(sampled=True)
        value = request.GET.get("value", "")
        context["value"] = value
        context["items"] = items
        context["rows"] = Paginator(rows.filter(value=value) if value else rows, 50).get_page(
            request.GET.get("page")
        )
    return render(request, "assessment/criterion.html", context)


@login_required
def losses_page(request: HttpRequest) -> HttpResponse:
    """Where the marks are lost, cut one way after the other; the parts add up."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = _asked(request, frameworks())
    result = assess(asked.framework, asked.period, asked.division)
    only = {cut: request.GET[cut] for cut in CUTS if cut in request.GET}
    free = [cut for cut in CUTS if cut not in only]
    by = request.GET.get("by", "")
    by = by if by in free else (free or [CUTS[-1]])[0]
    found = lost_marks(asked.framework, asked.period, asked.division, result, by=by, only=only)
    context = {
        "asked": asked,
        "result": result,
        "account": found,
        "by": by,
        "by_words": cut_words(by),
        "cuts": [(cut, cut_words(cut)) for cut in free],
        "only": [
            (cut, cut_words(cut), chosen_name(asked.framework, cut, code), _query(only, cut))
            for cut, code in only.items()
        ],
        "kept": _query(only),
        "narrower": bool(len(free) > 1),
    }
    return render(request, "assessment/losses.html", context)


@login_required
def observations_page(request: HttpRequest) -> HttpResponse:
    """The observations of one item in a month, with its rate."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    item = Item.objects.filter(code=request.GET.get("item", "")).first()
    city = root()
    if item is None or city is None:
        raise Http404(_("No such item"))
    try:
        text = request.GET.get("month", "")
        period = parse_period(f"{text[:4]}-{text[4:]}") if text.isdecimal() else parse_period(text)
    except ValueError as problem:
        raise Http404(str(problem)) from None
    value = request.GET.get("value", "")
    rows = observations(
        items=[item], division=city, first=period.first, last=period.last, value=value
    )
    everything = observations(items=[item], division=city, first=period.first, last=period.last)
    sampled = everything.filter(sampled=True)
    failed = sampled.filter(value="no").count()
    return render(
        request,
        "assessment/observations.html",
        {
            "item": item,
            "period": period,
            "value": value,
            "rate": Rate(failed, failed + sampled.filter(value="yes").count()),
            "rows": Paginator(rows, 50).get_page(request.GET.get("page")),
        },
    )


def _asked(request: HttpRequest, editions: list[Framework]) -> Asked:
    """What was asked for; what cannot be is replaced by the usual and said."""
    problems = []
    if not editions:
        raise Http404(_("No standard is loaded"))
    code, edition = request.GET.get("framework", ""), request.GET.get("edition", "")
    framework = next(
        (one for one in editions if one.code == code and edition in ("", one.edition)), None
    )
    if framework is None:
        if code:
            problems.append(_("There is no standard “%(code)s”") % {"code": code[:60]})
        framework = editions[0]
    period = current_period()
    if request.GET.get("period"):
        try:
            period = parse_period(request.GET["period"])
        except ValueError as problem:
            problems.append(str(problem))
    city = root()
    if city is None:
        raise Http404(_("There is no division yet: run “meicheng setup”"))
    division = city
    if request.GET.get("division"):
        found = Division.objects.filter(code=request.GET["division"]).first()
        if found is None:
            problems.append(
                _("There is no division “%(code)s”") % {"code": request.GET["division"][:40]}
            )
        else:
            division = found
    return Asked(Framework.objects.get(pk=framework.pk), period, division, tuple(problems))


def _query(only: dict[str, str], without: str = "") -> str:
    """The cuts already made, as the end of an address."""
    return "".join(f"&{urlencode({cut: code})}" for cut, code in only.items() if cut != without)


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
