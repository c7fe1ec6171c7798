"""Answering: the pages behind an invitation's code. No account; plain forms, a draft on the server."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ..filling import asked_of, groups_asked, read_page, shown, whole
from ..models import Ticket
from ..questions import Form, Group
from ..tickets import (
    NoTicket,
    NotNow,
    draft_of,
    form_of,
    keep_draft,
    read_code,
    send_answer,
    ticket_of,
)
from ..tickets import shown as printed

CHECK = "check"  # the page before sending; no group may be called so there


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Type in the code of a letter."""
    written = request.POST.get("code", "")[:40]
    problem = ""
    if request.method == "POST":
        code = read_code(written)
        if code:
            return redirect("survey-answer:page", code=printed(code))
        problem = _("A code has twelve letters and digits, as on the letter")
    context = {"written": written, "problem": problem}
    return render(request, "surveys/start.html", context, status=400 if problem else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One page of a questionnaire; what was filled in is kept each time."""
    try:
        ticket = ticket_of(code)
    except (NoTicket, NotNow) as problem:
        return _closed(request, problem)
    own = read_code(code)
    form, said = form_of(ticket), draft_of(ticket, own)
    asked = groups_asked(form, said)
    wanted = request.POST.get("page") or request.GET.get("page", "")
    group = next((one for one in asked if one.name == wanted), None)
    if request.method != "POST":
        if wanted == CHECK and group is None:
            return _check(request, ticket, code, form, said)
        return _page(request, ticket, code, form, group or asked[0], said)
    if group is None:
        return redirect("survey-answer:page", code=code)
    said, wrong = read_page(group, request.POST, said)
    keep_draft(ticket, own, said)
    going_back = "back" in request.POST
    if wrong and not going_back:
        return _page(request, ticket, code, form, group, said, wrong=wrong, status=400)
    return _to(code, _beside(form, said, group, back=going_back))


@never_cache
@require_POST
def send(request: HttpRequest, code: str) -> HttpResponse:
    """Send the answer; the invitation is used up with it."""
    try:
        ticket = ticket_of(code)
        _kept, missing = whole(form_of(ticket), draft_of(ticket, read_code(code)))
        if missing:
            return _to(code, missing)
        send_answer(code)
    except (NoTicket, NotNow) as problem:
        return _closed(request, problem)
    return render(
        request, "surveys/thanks.html", {"interview": ticket.interview, "wave": ticket.cell.wave}
    )


def _page(
    request: HttpRequest,
    ticket: Ticket,
    code: str,
    form: Form,
    group: Group,
    said: dict[str, Any],
    *,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = groups_asked(form, said)
    names = [one.name for one in asked]
    number = names.index(group.name) if group.name in names else 0
    context = {
        "ticket": ticket,
        "wave": ticket.cell.wave,
        "code": code,
        "form": form,
        "group": group,
        # A question that this page's own answers may bring up stands there from the first: without
        # scripts nothing could show it later.
        "questions": [
            {
                "it": one,
                "said": said.get(one.name),
                "wrong": (wrong or {}).get(one.name, ""),
                "perhaps": one.relevant is not None
                and bool(one.relevant.names & {other.name for other in group.questions}),
            }
            for one in group.questions
            if one in asked_of(group, said)
            or (one.relevant and one.relevant.names & {other.name for other in group.questions})
        ],
        "wrong": wrong or {},
        "number": number + 1,
        "of": len(asked) + 1,
        "first": number == 0,
    }
    return render(request, "surveys/page.html", context, status=status)


def _check(
    request: HttpRequest, ticket: Ticket, code: str, form: Form, said: dict[str, Any]
) -> HttpResponse:
    kept, missing = whole(form, said)
    if missing:
        return _to(code, missing)
    pages = [
        (group, [(one, shown(one, kept.get(one.name))) for one in asked_of(group, kept)
                 if one.kind != "note"])
        for group in groups_asked(form, kept)
    ]  # fmt: skip
    context = {
        "ticket": ticket, "wave": ticket.cell.wave, "code": code, "form": form, "pages": pages,
        "last": pages[-1][0].name, "of": len(pages) + 1,
    }  # fmt: skip
    return render(request, "surveys/check.html", context)


def _beside(form: Form, said: dict[str, Any], group: Group, *, back: bool) -> str:
    """The page after this one, or before it; "check" after the last."""
    names = [one.name for one in groups_asked(form, said)]
    place = names.index(group.name) if group.name in names else 0
    if back:
        return names[max(0, place - 1)]
    return names[place + 1] if place + 1 < len(names) else CHECK


def _to(code: str, name: str) -> HttpResponse:
    answer = redirect("survey-answer:page", code=code)
    answer["Location"] += f"?page={name}"
    return answer


def _closed(request: HttpRequest, problem: Exception) -> HttpResponse:
    missing = isinstance(problem, NoTicket)
    context = {"problem": str(problem), "missing": missing}
    return render(request, "surveys/closed.html", context, status=404 if missing else 409)
