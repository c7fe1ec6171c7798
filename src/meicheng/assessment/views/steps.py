"""Next steps: the measures that pay most under what there is to work with."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meicheng.lists.actions import BadList
from meicheng.organisation.permissions import allow, may

from ..queries import frameworks
from ..steps import (
    NotSet,
    due_of,
    front_chart,
    list_of,
    next_steps,
    read_limits,
    set_efforts,
    steps_workbook_of,
)
from .asked import asked_for, places_to_choose, say_first, workbook_answer

FIELDS = ("effort", "each", "days")


@login_required
def steps_page(request: HttpRequest) -> HttpResponse:
    """The chosen plan, the list a person would choose, and what more effort would buy."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    if (waiting := say_first(request, asked, _("Next steps"))) is not None:
        return waiting
    limits, problems = read_limits(request.GET.dict())
    found = next_steps(asked.framework, asked.period, asked.division, limits)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "asked": asked,
        "problems": [*asked.problems, *problems],
        "editions": editions,
        "places": places_to_choose(),
        "limits": limits,
        "found": found,
        "chosen": [(step, due_of(step.measure, today)) for step in found.chosen],
        "left": found.left[:40],
        "efforts": found.steps.efforts,
        "left_out": max(0, len(found.left) - 40),
        "chart": front_chart(found) if found.steps.steps else None,
        "limits_query": _limits_query(request),
        "key": uuid4().hex,
        "list_title": _("Next steps: %(standard)s, %(period)s")
        % {"standard": asked.framework.name, "period": asked.period.words},
        "may_hand_on": may(request.user, "lists.make", division=asked.division),  # type: ignore[arg-type]
        "may_set": may(request.user, "assessment.plan"),  # type: ignore[arg-type]
    }
    status = 400 if context["problems"] else 200
    return render(request, "assessment/steps.html", context, status=status)


@login_required
def steps_workbook(request: HttpRequest) -> HttpResponse:
    """The chosen measures as a workbook."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    limits, _problems = read_limits(request.GET.dict())
    found = next_steps(asked.framework, asked.period, asked.division, limits)
    effort = _("no limit") if limits.effort is None else f"{limits.effort:g}"
    filters = [*asked.filters, _("person-days in all: %(effort)s") % {"effort": effort}]
    content = steps_workbook_of(found, filters, timezone.localdate())
    return workbook_answer(content, asked, "next-steps")


@login_required
@require_POST
def save_efforts(request: HttpRequest) -> HttpResponse:
    """Set what one place takes, as the city has learned it."""
    asked = asked_for(request)
    given = {
        name.removeprefix("e:"): str(value)
        for name, value in request.POST.items()
        if name.startswith("e:") and str(value) != request.POST.get(f"was:{name[2:]}")
    }
    try:
        count = set_efforts(given, by=request.user)  # type: ignore[arg-type]
    except NotSet as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Efforts set: %(count)s") % {"count": count})
    return redirect(f"{reverse('assessment:steps')}?{asked.query}&{_limits_query(request)}")


@login_required
@require_POST
def hand_on(request: HttpRequest) -> HttpResponse:
    """Make a problem list of the chosen measures and go to it."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    limits, _problems = read_limits(request.GET.dict())
    found = next_steps(asked.framework, asked.period, asked.division, limits)
    try:
        made, left = list_of(
            found,
            asked.framework,
            asked.period,
            asked.division,
            title=request.POST.get("title", ""),
            key=request.POST.get("key", ""),
            by=request.user,  # type: ignore[arg-type]
            today=timezone.localdate(),
        )
    except BadList as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('assessment:steps')}?{asked.query}&{_limits_query(request)}")
    if left:
        words = _("Measures not on the list because no unit holds their role: %(count)s")
        messages.warning(request, words % {"count": left})
    return redirect("lists:list", code=made.code)


def _limits_query(request: HttpRequest) -> str:
    return urlencode([(name, request.GET[name]) for name in FIELDS if name in request.GET])
