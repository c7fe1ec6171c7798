"""The staff's pages of reports: the list, one report, an answer, a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from meicheng.cases.actions import Needed, Stale
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.cases.workbench.replies import filled
from meicheng.cases.workbench.shared import templates_of
from meicheng.engine.workflow import State, WrongState
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.tables.pages import page_number

from ..actions import (
    accept_report,
    answer_report,
    join_report,
    part_report,
    reveal_contact,
    turn_down_report,
    unanswered_others,
)
from ..checking import FALLBACK, BadReport, open_near
from ..codes import shown
from ..forms import AcceptForm, DecideForm, JoinForm, TurnDownForm
from ..limits import limits_of
from ..models import Report
from ..queries import RATINGS, ReportFilters, report_list, report_story
from ..replying import Hint, reply_hints
from ..suggesting import suggested_kinds
from ..topics.alike import reports_like
from ..topics.queries import topic_of_report
from ..topics.same import possible_cases

LIKELY = 0.5  # the least probability of a kind that stands there to be confirmed

# What the desk can do with a report that waits: its form, and the step of the case that it takes.
DECISIONS: dict[str, tuple[type[DecideForm], str]] = {
    "accept": (AcceptForm, "cases.register"),
    "join": (JoinForm, "cases.join"),
    "turn-down": (TurnDownForm, "cases.turn_down"),
    "part": (DecideForm, "cases.join"),
}


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The reports of the user's scope; those that nobody has looked at come first."""
    user = user_of(request)
    allow(user, "reports.see")
    filters, problems = _filters(request)
    chosen = {
        "state": filters.state or "all",
        "source": filters.source,
        "division": filters.division.code if filters.division else "",
        "q": filters.words,
        "doubtful": "1" if filters.doubtful else "",
        "rating": filters.rating,
        "since": filters.since.isoformat() if filters.since else "",
        "until": filters.until.isoformat() if filters.until else "",
    }
    context = {
        "filters": filters,
        "problems": problems,
        "found": report_list(user, filters, page=page_number(request.GET.get("page"))),
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "states": [*Report.State.choices, ("all", _("All"))],
        "sources": Report.Source.choices,
        "ratings": {
            "rated": _("Rated"),
            "satisfied": _("Satisfied"),
            "unsatisfied": _("Not satisfied"),
        },
        "divisions": Division.objects.filter(level__in=["district", "subdistrict"])
        .defer("outline")
        .order_by("path"),
        "may_write": may(user, "reports.write"),
        "may_watch": may(user, "ledger.see"),
    }
    return render(request, "voices/list.html", context)


@never_cache
@require_GET
@login_required
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One report with its case, what is near, and the answer."""
    return _report_page(request, _find(request, code))


@require_GET
@login_required
def like(request: HttpRequest, code: str) -> HttpResponse:
    """The reports that are most like one, in whatever words, wherever and whenever."""
    found = _find(request, code)
    context = {
        "report": found,
        "code": shown(found.code),
        "rows": reports_like(found, user_of(request)),
    }
    return render(request, "voices/like.html", context)


@require_POST
@login_required
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Write to whoever reported it; or, with the button “check”, only look at the words."""
    found = _find(request, code)
    words = request.POST.get("reply", "")
    if "template" in request.POST:
        chosen = [
            one.body
            for one in templates_of(user_of(request))
            if f"{one.pk}" == request.POST["template"]
        ]
        body = filled(chosen[0], found.case) if chosen and found.case else "".join(chosen[:1])
        return _report_page(request, found, reply=f"{words}\n{body}".strip())
    if "check" in request.POST:
        allow(user_of(request), "reports.reply", division=found.division)
        return _report_page(request, found, reply=words, hints=reply_hints(found, words))
    try:
        count = answer_report(
            found, by=user_of(request), reply=words, others="others" in request.POST
        )
    except BadReport as problem:
        return _report_page(request, found, refusal=str(problem), reply=words, status=400)
    said = ngettext(
        "The answer is written; it shows to whoever holds the code.",
        "The answer is written to %(count)d reports; it shows to whoever holds one of their codes.",
        count,
    )
    messages.success(request, said % {"count": count})
    return redirect("voices:report", code=found.code)


@require_POST
@login_required
def decide(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """Accept a report, join it to a case, or turn it down with a reason."""
    found, user = _find(request, code), user_of(request)
    if step not in DECISIONS or found.case is None:
        raise Http404(_("Nothing is called “%(code)s” here") % {"code": step[:40]})
    allow(user, DECISIONS[step][1], division=found.case.division, unit=found.case.unit)
    form = DECISIONS[step][0](request.POST, case=found.case, prefix=step)
    if not form.is_valid():
        return _report_page(request, found, tried={step: form}, status=400)
    said = form.cleaned_data
    try:
        case = _decide(found, step, said, user)
    except (Stale, WrongState) as problem:
        found.case.refresh_from_db()
        words = problem.say(get_language() or "zh") if isinstance(problem, WrongState) else problem
        form.data = {**request.POST.dict(), f"{step}-seen": str(found.case.events_count)}
        return _report_page(request, found, tried={step: form}, refusal=str(words), status=409)
    except (BadReport, Needed) as problem:
        return _report_page(request, found, tried={step: form}, refusal=str(problem), status=400)
    messages.success(
        request,
        _("%(number)s is now “%(state)s”.")
        % {"number": case.number, "state": case.get_state_display()},
    )
    return redirect("voices:report", code=found.code)


def _decide(found: Report, step: str, said: dict[str, Any], user: User) -> Case:
    if step == "accept":
        return accept_report(
            found, by=user, kind=said["kind"], remark=said["remark"], seen=said["seen"]
        )
    if step == "join":
        return join_report(found, to=said["to"], by=user, seen=said["seen"])
    if step == "part":
        return part_report(found, by=user)
    return turn_down_report(found, by=user, reason=said["reason"], seen=said["seen"])


@never_cache
@require_POST
@login_required
def phone(request: HttpRequest, code: str) -> HttpResponse:
    """Show the phone number, for a reason that is kept."""
    found = _find(request, code)
    try:
        person = reveal_contact(found, by=user_of(request), reason=request.POST.get("reason", ""))
    except (BadReport, ValueError) as problem:
        return _report_page(request, found, refusal=str(problem), status=400)
    return _report_page(request, found, number=f"{person.name} {person.phone}".strip())


def _report_page(
    request: HttpRequest,
    found: Report,
    *,
    refusal: str = "",
    reply: str = "",
    number: str = "",
    hints: Sequence[Hint] = (),
    tried: dict[str, DecideForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, case = user_of(request), found.case
    near, seen = [], scope(user, "cases.see")
    if found.longitude is not None and found.latitude is not None:
        near = [
            one
            for one in open_near(found.longitude, found.latitude)
            if one.case.pk != found.case_id
            and seen.covers(division=one.case.division, unit=one.case.unit)
        ][:5]
    possible = _possible(found)
    same = [
        one
        for one in possible_cases(found)
        if seen.covers(division=one.case.division, unit=one.case.unit)
    ][:4]
    choices = {
        step.replace("-", "_"): (tried or {}).get(step) or form(case=case, prefix=step)
        for step, (form, action) in DECISIONS.items()
        if case is not None
        and step in possible
        and may(user, action, division=case.division, unit=case.unit)
    }
    waits = case is not None and case.state == State.REPORTED
    several = case is not None and case.reports_count > 1
    suggested = suggested_kinds(found) if waits or found.suggested else []
    if "accept" in choices and case is not None and case.kind_id == FALLBACK:
        # Nobody knows a kind yet: the one that is likely stands there to be confirmed.
        for likely in [one for one in suggested[:1] if one.probability >= LIKELY]:
            choices["accept"].initial["kind"] = likely.code
    context: dict[str, Any] = {
        "report": found,
        "code": shown(found.code),
        "photos": [photo.file for photo in found.photos.select_related("file")],
        "near": [one for one in near if one.case.pk not in {other.case.pk for other in same}],
        "same": same,
        "topic": topic_of_report(found, user),
        "refusal": refusal,
        "reply": reply or found.reply,
        "number": number,
        "limits": limits_of(found),
        "hints": hints,
        "templates": templates_of(user),
        "events": report_story(found),
        "choices": choices,
        "tried": next(iter(tried or {}), ""),
        "suggested": suggested,
        "may_reply": may(user, "reports.reply", division=found.division),
        "others": Report.objects.filter(unanswered_others(found, user)).count() if several else 0,
        "answer_others": "others" in request.POST,
        "may_see_phone": may(user, "reports.see_phone", division=found.division),
        "may_see_case": may(user, "cases.see", division=found.division),
    }
    return render(request, "voices/report.html", context, status=status)


def _possible(found: Report) -> set[str]:
    """What can be decided of a report now, whoever decides."""
    case = found.case
    if case is None or case.state in FINAL_STATES:
        return set()
    possible = {"accept", "join", "turn-down"} if case.state == State.REPORTED else set()
    if found.state == Report.State.JOINED and case.reports_count > 1:
        possible.add("part")
    return possible


def _find(request: HttpRequest, code: str) -> Report:
    found = (
        Report.objects.select_related(
            "kind",
            "division__district",
            "case__kind",
            "case__unit",
            "case__division",
            "case__district",
        )
        .filter(code=code.replace("-", "").upper())
        .first()
    )
    if found is None:
        raise Http404(_("No report has this code; compare it letter by letter"))
    allow(user_of(request), "reports.see", division=found.division)
    return found


def _filters(request: HttpRequest) -> tuple[ReportFilters, list[str]]:
    """What the address narrows the list to, and what in it could not be understood."""
    problems: list[str] = []
    asked = request.GET

    def day(name: str) -> date | None:
        if not asked.get(name):
            return None
        try:
            return date.fromisoformat(asked[name])
        except ValueError:
            problems.append(asked[name])
            return None

    state = asked.get("state", "received")
    if state not in {*Report.State.values, "all"}:
        problems.append(state)
        state = "received"
    source = asked.get("source", "")
    if source and source not in Report.Source.values:
        problems.append(source)
        source = ""
    rating = asked.get("rating", "")
    if rating and rating not in RATINGS:
        problems.append(rating)
        rating = ""
    code = asked.get("division", "")
    division = Division.objects.filter(code=code).first() if code else None
    if code and division is None:
        problems.append(code)
    filters = ReportFilters(
        state="" if state == "all" else state,
        source=source,
        division=division,
        words=asked.get("q", "").strip().replace("\0", "")[:100],
        doubtful=asked.get("doubtful") == "1",
        rating=rating,
        since=day("since"),
        until=day("until"),
    )
    said = [
        _("“%(value)s” means nothing here; it was left out") % {"value": one[:60]}
        for one in problems
    ]
    return filters, said
