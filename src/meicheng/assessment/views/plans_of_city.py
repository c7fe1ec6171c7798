"""The city's own plans, and what of the standards stands behind each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.standards.models import CityPlan
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from ..city_plans import PlanPage, PlanRow, plan_page, plan_rows, verified_words
from ..queries import frameworks
from ..standing import period_words, standing
from .asked import Asked, asked_for, city_or_404, narrowed, standard_of


@login_required
def plans_page(request: HttpRequest) -> HttpResponse:
    """Every plan: how many criteria stand behind it, their share of marks, and open cases."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    only = standard_of(request, editions)
    ground = standing(asked.period, city_or_404(), only)
    rows = plan_rows(request.user, ground, asked.division, at=timezone.now())
    context = narrowed(asked, editions, only, ground.city) | {
        "columns": ground.standards,
        "groups": [
            (CityPlan.Group(group).label, list(found))
            for group, found in groupby(rows, key=lambda row: row.plan.group)
        ],
        "may_import": may(request.user, "exchange.import"),
    }
    return render(request, "assessment/plans_of_city.html", context)


@login_required
def plans_workbook(request: HttpRequest) -> HttpResponse:
    """The same as a workbook, with every criterion behind every plan."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    asked = asked_for(request, editions)
    ground = standing(asked.period, city_or_404(), standard_of(request, editions))
    rows = plan_rows(request.user, ground, asked.division, at=timezone.now())
    title = [_("The city's plans"), period_words(asked.period), asked.division.name]
    title += [f"{one.name} {one.edition}" for one in ground.standards]
    headings = [
        (_("Group"), 14), (_("Plan"), 24), (_("Criteria"), 9), (_("Share"), 9),
        *((_("Lost: %(name)s") % {"name": one.name}, 16) for one in ground.standards),
        (_("Nothing known"), 10), (_("Open cases"), 10), (_("Late"), 8),
    ]  # fmt: skip

    def sums() -> Iterator[list[Cell]]:
        for row in rows:
            lost = {one.framework.pk: one.lost for one in row.behind}
            yield [
                str(row.plan.get_group_display()),
                row.plan.name,
                row.criteria,
                row.share,
                *(lost.get(one.pk) for one in ground.standards),
                row.unknown,
                row.cases.open,
                row.cases.late,
            ]

    content = workbook(
        Sheet(_("The city's plans"), title, headings, sums(), frozenset({3})),
        _criteria_sheet(rows, title),
    )
    return saved(content, f"plans-{asked.period.text}-{asked.division.code}.xlsx")


@login_required
def plan_of_city(request: HttpRequest, code: str) -> HttpResponse:
    """One plan: its criteria with their marks, its cases by kind, who answers for it."""
    found = _asked_plan(request, code)
    plan, asked, page = found
    only = standard_of(request, frameworks())
    context = {
        "asked": asked,
        "only": only,
        "plan": plan,
        "page": page,
        "here": asked.division,
        "city": city_or_404(),
        "verified": verified_words(plan),
    }
    return render(request, "assessment/plan_of_city.html", context)


@login_required
def plan_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The criteria behind one plan as a workbook."""
    plan, asked, page = _asked_plan(request, code)
    title = [plan.name, period_words(asked.period), asked.division.name]
    content = workbook(_criteria_sheet([page.row], title))
    return saved(content, f"plan-{plan.code}-{asked.period.text}-{asked.division.code}.xlsx")


def _asked_plan(request: HttpRequest, code: str) -> tuple[CityPlan, Asked, PlanPage]:
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    plan = CityPlan.objects.filter(code=code).first()
    if plan is None:
        raise Http404(_("The city has no plan %(code)s") % {"code": code[:60]})
    editions = frameworks()
    asked = asked_for(request, editions)
    ground = standing(asked.period, city_or_404(), standard_of(request, editions))
    page = plan_page(request.user, plan, ground, asked.division, at=timezone.now())
    return plan, asked, page


def _criteria_sheet(rows: list[PlanRow], title: list[str]) -> Sheet:
    headings = [
        (_("Plan"), 20), (_("Standard"), 24), (_("Criterion"), 10), (_("Name"), 44),
        (_("Seen how"), 12), (_("Lead"), 20), (_("Full marks"), 10), (_("Share"), 8),
        (_("Score"), 8), (_("Lost"), 8),
    ]  # fmt: skip
    cells = (
        [
            row.plan.name,
            f"{one.framework.name} {one.framework.edition}",
            one.criterion.code,
            one.criterion.name,
            one.method,
            one.criterion.lead.name if one.criterion.lead else "",
            one.mark.full_marks,
            one.mark.share,
            one.mark.marks,
            one.lost,
        ]
        for row in rows
        for behind in row.behind
        for one in behind.marks
    )
    return Sheet(_("Criteria"), title, headings, cells, frozenset({7}))
