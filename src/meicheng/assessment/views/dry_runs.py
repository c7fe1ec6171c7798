"""Pages of mock assessments held for real: drawing the sites, and the report."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meicheng.inspections.rounds import BadRound
from meicheng.lists.actions import BadList
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.tables.sheets import Sheet, saved, workbook

from ..dry_runs import dry_runs_of, hold, list_of_failures, report, sentence
from ..models import DryRun
from ..periods import parse_period
from ..queries import page
from .asked import asked_for
from .mocks import plan_of, plan_query


@login_required
@require_POST
def hold_dry_run(request: HttpRequest) -> HttpResponse:
    """Draw the sites of the plan that the page shows, and ask for their visits."""
    user = user_of(request)
    allow(user, "assessment.see")
    asked = asked_for(request)
    total, wished, problems = plan_of(request)
    back = f"{reverse('assessment:mock')}?{asked.query}&{plan_query(total, wished)}"
    if problems or asked.problems:
        messages.error(request, " ".join([*asked.problems, *problems]))
        return redirect(back)
    try:
        plan = {
            name.removeprefix("take:"): int(str(value))
            for name, value in request.POST.items()
            if name.startswith("take:")
        }
        due = date.fromisoformat(request.POST.get("due", ""))
    except ValueError:
        messages.error(
            request, _("Give the numbers of sites and the last day, as the form has them")
        )
        return redirect(back)
    try:
        made = hold(
            user,
            asked.framework,
            asked.period,
            asked.division,
            plan=plan,
            title=request.POST.get("title", ""),
            due=due,
            key=request.POST.get("key", ""),
        )
    except BadRound as problem:
        messages.error(request, str(problem))
        return redirect(back)
    return redirect("assessment:dry-run", code=made.round.code)


@login_required
def dry_run_page(request: HttpRequest, code: str) -> HttpResponse:
    """The report of a mock assessment that was held."""
    one = _found(request, code)
    user = user_of(request)
    found = report(one)
    period = parse_period(one.period)
    context = {
        "one": one,
        "round": one.round,
        "found": found,
        "says": sentence(one, found),
        "period": period,
        "marks_page": page(one.framework, period, one.round.division),
        "tabs_query": page(one.framework, period, one.round.division).split("?")[1],
        "others": [
            other for other in dry_runs_of(one.round.division, one.framework) if other.pk != one.pk
        ],
        "may_list": may(user, "lists.make", division=one.round.division),
        "key": uuid4().hex,
        "list_title": one.round.title,
        "percent": round(100 * found.visited / found.sites) if found.sites else 0,
    }
    return render(request, "assessment/dry_run.html", context)


@login_required
def dry_run_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The report as a workbook: parts, criteria, and what failed."""
    one = _found(request, code)
    found = report(one)
    asked = [one.round.code, one.round.title, one.round.division.name, sentence(one, found)]
    parts = Sheet(
        _("By part"),
        asked,
        [(_("Part"), 40), (_("Full marks"), 12), (_("Found"), 12), (_("Known before"), 12)],
        [(row.name, row.full_marks, row.found, row.known) for row in found.parts],
    )
    criteria = Sheet(
        _("By criterion"),
        asked,
        [
            (_("Criterion"), 12),
            (_("Name"), 44),
            (_("Sites"), 8),
            (_("Found"), 12),
            (_("Known before"), 12),
            (_("Marks lost"), 12),
        ],
        [(r.code, r.name, r.sites, r.found, r.known, r.lost) for r in found.criteria],
        frozenset({3, 4}),
    )
    failed = Sheet(
        _("What failed"),
        asked,
        [(_("Item"), 44), (_("failed"), 10), (_("Sites"), 10)],
        [(row.item.name, row.failed, row.among) for row in found.failed],
    )
    return saved(workbook(parts, criteria, failed), f"{one.round.code}-report.xlsx")


@login_required
@require_POST
def list_dry_run(request: HttpRequest, code: str) -> HttpResponse:
    """Put what failed on a problem list and go to it."""
    one = _found(request, code)
    try:
        made, left = list_of_failures(
            one,
            title=request.POST.get("title", ""),
            key=request.POST.get("key", ""),
            by=user_of(request),
            today=city_day(timezone.now()),
        )
    except BadList as problem:
        messages.error(request, str(problem))
        return redirect("assessment:dry-run", code=code)
    if left:
        words = _("Failures not on the list because no unit holds their role: %(count)s")
        messages.warning(request, words % {"count": left})
    return redirect("lists:list", code=made.code)


def _found(request: HttpRequest, code: str) -> DryRun:
    user = user_of(request)
    allow(user, "assessment.see")
    related = ("round__division", "round__made_by", "framework")
    one = DryRun.objects.select_related(*related).filter(round__code=code).first()
    if one is None:
        raise Http404(_("There is no mock assessment %(code)s") % {"code": code[:40]})
    return one
