"""What marks were computed from: one criterion, and the observations of one item."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.engine.frameworks.plain import SCALES
from meicheng.engine.ranking import Rate
from meicheng.organisation.permissions import allow
from meicheng.standards.models import Criterion, Item

from ..evidence import counts_cases
from ..periods import parse_period
from ..queries import assess, counted_from_cases, deduction_of, items_of, observations, root
from .asked import asked_for

# By rule, what an observation may answer.
LOOKED = ["yes", "no", "na"]
ANSWERED = {
    "pass_rate": LOOKED, "deduct": LOOKED, "materials": ["accepted", "returned"],
    "veto": ["occurred", "cleared"],
}  # fmt: skip


@login_required
def criterion_page(request: HttpRequest) -> HttpResponse:
    """One criterion: its share and what it was computed from."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
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
    items = items_of(criterion)
    counted = criterion.method in {"field", "survey", "case"}
    rows = observations(
        items=items,
        division=asked.division,
        period=asked.period,
        earlier=not counted,
        site_kinds=criterion.site_kinds,
    )
    if counted:
        rows = rows.filter(sampled=True)
    value = request.GET.get("value", "")
    page = Paginator(rows.filter(value=value) if value else rows, 50)
    context |= {
        "answers": _answers(criterion),
        "value": value,
        "items": items,
        "rows": page.get_page(request.GET.get("page")),
    }
    if criterion.rule["kind"] == "rate":
        context["cases"] = counted_from_cases(criterion, asked.period, asked.division)
        context["observed"] = bool(page.count)
        context["uncounted"] = not counts_cases(criterion.rule)
    if criterion.rule["kind"] == "deduct":
        context["deduction"] = deduction_of(criterion, asked.period, asked.division)
    return render(request, "assessment/criterion.html", context)


def _answers(criterion: Criterion) -> list[str]:
    """The answers by which the observations of a criterion can be narrowed; none for figures."""
    rule = criterion.rule
    if rule["kind"] != "share_of_answers":
        return ANSWERED.get(rule["kind"], [])
    return list(
        next((one for one in SCALES if rule["counts"].keys() <= one.keys()), rule["counts"])
    )


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
    rows = observations(items=[item], division=city, period=period, value=value)
    everything = observations(items=[item], division=city, period=period)
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
