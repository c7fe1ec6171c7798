"""What if: move shares, figures and materials and see the marks at once; keep what was supposed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meicheng.organisation.permissions import allow, may

from ..models import Scenario
from ..naming import node_names, word
from ..whatif import (
    NotSupposed,
    changes_of,
    delete_scenario,
    read_changes,
    rules_of,
    save_scenario,
    scenarios,
    what_if,
    written,
)
from .asked import Asked, asked_for, say_first


@login_required
def what_if_page(request: HttpRequest) -> HttpResponse:
    """The levers and what they would do; an address holds all that is supposed."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    if (waiting := say_first(request, asked, _("What if"))) is not None:
        return waiting
    if request.GET.get("add"):
        return _with_another(request)
    wrong: list[str] = []
    shown_too = request.GET.getlist("show")
    try:
        changes = read_changes(asked.framework, dict(request.GET.lists()))
        found = what_if(asked.framework, asked.period, asked.division, changes, also=shown_too)
    except NotSupposed as problem:
        wrong, changes = str(problem).splitlines(), {}
        found = what_if(asked.framework, asked.period, asked.division, {}, also=shown_too)
    moved = {lever.code for lever in found.levers if lever.moved}
    changes = {code: change for code, change in changes.items() if code in moved}
    part = request.headers.get("HX-Request") == "true"
    names = node_names(asked.framework)
    shown = {lever.code for lever in found.levers}
    kept = [
        (one, _address(asked, written(changes_of(one)))) for one in scenarios(asked.framework)[:30]
    ]
    context: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "wrong": wrong,
        "moved": [lever for lever in found.levers if lever.moved],
        "tops": [
            (now, then, names[now.code])
            for now, then in zip(found.before.nodes, found.after.nodes, strict=True)
            if now.parent is None and now.full_marks
        ],
        "more": [
            (code, word(row["name"]))
            for code, row in rules_of(asked.framework).items()
            if code not in shown
        ],
        "scenarios": kept,
        "shown_too": shown_too,
        "pairs": written(changes),
        "part": part,
        "may_keep": may(request.user, "assessment.plan", division=asked.division),  # type: ignore[arg-type]
    }
    template = "assessment/what_if_result.html" if part else "assessment/what_if.html"
    return render(request, template, context, status=400 if wrong and not part else 200)


@login_required
@require_POST
def keep_scenario(request: HttpRequest) -> HttpResponse:
    """Keep what is supposed under a name."""
    asked = asked_for(request)
    given = dict(request.POST.lists())
    pairs: list[tuple[str, str]] = []
    try:
        changes = read_changes(asked.framework, given)
        pairs = written(changes)
        one = save_scenario(
            asked.framework,
            asked.period,
            asked.division,
            changes,
            name=request.POST.get("name", ""),
            by=request.user,  # type: ignore[arg-type]
        )
    except NotSupposed as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("“%(name)s” is kept") % {"name": one.name})
    return redirect(_address(asked, pairs))


@login_required
@require_POST
def drop_scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a scenario away."""
    one = Scenario.objects.select_related("division", "framework").filter(pk=pk).first()
    if one is None:
        raise Http404(_("There is no such scenario"))
    delete_scenario(one, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("“%(name)s” is thrown away") % {"name": one.name})
    return redirect(_address(asked_for(request), []))


def _with_another(request: HttpRequest) -> HttpResponse:
    """The page with one more criterion among the levers."""
    query = request.GET.copy()
    query.appendlist("show", str(query.pop("add")[-1]))
    address = f"{request.path}?{query.urlencode()}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _address(asked: Asked, pairs: list[tuple[str, str]]) -> str:
    changed = "&" + urlencode(pairs) if pairs else ""
    return f"{reverse('assessment:what-if')}?{asked.query}{changed}"
