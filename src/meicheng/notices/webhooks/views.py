"""Pages of webhooks: all, one with its log, and what is done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.notices.models import Endpoint, Message
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.tables.pages import page_number

from . import actions, queries
from .actions import BadEndpoint
from .offers import OFFERS, TEST


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All webhooks with how they stand."""
    allow(user_of(request), "webhooks.manage")
    return render(request, "notices/webhooks.html", {"rows": queries.endpoint_lines()})


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a webhook; its secret is shown in the answer and never again."""
    user = user_of(request)
    allow(user, "webhooks.manage")
    form: dict[str, Any] = {"name": "", "url": "", "events": list(OFFERS)}
    if request.method == "POST":
        form = _form(request)
        try:
            made, secret = actions.make_endpoint(user, **form)
        except BadEndpoint as problem:
            return _page(request, None, form, refusal=str(problem))
        return _page(request, made, form, secret=secret)
    return _page(request, None, form)


@require_http_methods(["GET", "POST"])
@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook: its log, and its settings, which may be changed."""
    user, endpoint = _find(request, pk)
    form = {"name": endpoint.name, "url": endpoint.url, "events": endpoint.events}
    if request.method == "POST":
        form = _form(request)
        try:
            actions.change_endpoint(user, endpoint, **form)
        except BadEndpoint as problem:
            return _page(request, endpoint, form, refusal=str(problem))
        messages.success(request, _("Saved"))
        return redirect("notices:webhook", pk)
    return _page(request, endpoint, form)


@require_POST
@login_required
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Pause, resume, try, remove, or change the secret of a webhook."""
    user, endpoint = _find(request, pk)
    if step != "rotate" and step not in STEPS:
        raise Http404(_("There is no such step"))
    form = {"name": endpoint.name, "url": endpoint.url, "events": endpoint.events}
    try:
        if step == "rotate":
            secret = actions.rotate_secret(user, endpoint)
            endpoint.refresh_from_db()
            return _page(request, endpoint, form, secret=secret)
        STEPS[step](user, endpoint)
    except BadEndpoint as problem:
        return _page(request, endpoint, form, refusal=str(problem))
    messages.success(request, _said(step) % {"name": endpoint.name})
    return redirect("notices:webhooks") if step == "remove" else redirect("notices:webhook", pk)


@require_POST
@login_required
def resend(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Send a message again."""
    user, endpoint = _find(request, pk)
    message = Message.objects.filter(endpoint=endpoint, code=code).first()
    if message is None:
        raise Http404(_("There is no such message"))
    try:
        actions.resend(user, message)
    except BadEndpoint as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It is on its way again"))
    return redirect("notices:webhook", pk)


STEPS = {
    "test": actions.try_endpoint,
    "pause": actions.pause_endpoint,
    "resume": actions.resume_endpoint,
    "remove": actions.remove_endpoint,
}


def _said(step: str) -> str:
    return {
        "test": _("A test is on its way; reload to see the answer"),
        "pause": _("%(name)s is paused; what happens meanwhile waits"),
        "resume": _("%(name)s is sent to again, beginning with what waits"),
        "remove": _("%(name)s is removed"),
    }[step]


def _page(
    request: HttpRequest,
    endpoint: Endpoint | None,
    form: dict[str, Any],
    *,
    secret: str = "",
    refusal: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "heading": endpoint.name if endpoint else _("New webhook"),
        "form": form,
        "offers": OFFERS.values(),
        "secret": secret,
        "refusal": refusal,
    }
    if endpoint is not None:
        page = page_number(request.GET.get("page"))
        found = queries.message_page(endpoint, page=page)
        context |= {
            "found": found,
            "lines": [(row, _type_name(row.type)) for row in found.rows],
            "query": "",
            "steps": _steps(endpoint),
        }
    return render(request, "notices/webhook.html", context, status=422 if refusal else 200)


def _type_name(type: str) -> str:
    if type == TEST:
        return _("Test")
    return str(OFFERS[type].name) if type in OFFERS else type


def _steps(endpoint: Endpoint) -> list[tuple[str, str]]:
    if endpoint.state == Endpoint.State.REMOVED:
        return []
    if endpoint.state == Endpoint.State.ACTIVE:
        first = [("test", _("Send a test")), ("pause", _("Pause"))]
    else:
        first = [("resume", _("Resume sending"))]
    return [*first, ("rotate", _("New secret")), ("remove", _("Remove"))]


def _form(request: HttpRequest) -> dict[str, Any]:
    return {
        "name": request.POST.get("name", "").replace("\0", ""),
        "url": request.POST.get("url", "").replace("\0", ""),
        "events": request.POST.getlist("event")[:200],
    }


def _find(request: HttpRequest, pk: int) -> tuple[User, Endpoint]:
    user = user_of(request)
    allow(user, "webhooks.manage")
    endpoint = Endpoint.objects.filter(pk=min(pk, 2**63 - 1)).first()
    if endpoint is None:
        raise Http404(_("There is no such webhook"))
    return user, endpoint
