"""Pages of cases: the list, one case, its steps, a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from meicheng.engine.workflow import (
    PEOPLES_STEPS,
    Facts,
    State,
    Transition,
    WrongState,
    hindrance,
    transition,
)
from meicheng.files.actions import BadFile, store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.models import User
from meicheng.organisation.permissions import NotAllowed, allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.tables.sheets import saved

from . import actions, queries, sheets
from .clock import unknown_years
from .facts import read_facts
from .forms import NewCase, StepForm
from .models import Case
from .placing import NowhereKnown, place_of
from .queries.filters import SOURCES
from .reaching import allow_case, may_case
from .rules import shares_on_the_spot
from .workbench.looking import what_happened
from .workbench.replies import filled
from .workbench.shared import templates_of
from .workbench.undoing import offer_undo


@require_GET
@login_required
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Exactly what the list shows, as a spreadsheet whose first row names the filters."""
    user = user_of(request)
    allow(user, "cases.see")
    allow(user, "exchange.export")
    filters = queries.filters_from(request.GET)
    at = timezone.now()
    content = sheets.case_sheet(
        queries.exported_cases(user, filters, at=at), filters=filters, user=user, at=at
    )
    return saved(content, f"cases-{timezone.localtime(at):%Y%m%d-%H%M}.xlsx")


@require_GET
@login_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: how far it is, its time, photographs, events, words, and what may be done now."""
    return case_page(request, number)


@require_http_methods(["GET", "POST"])
@login_required
def step(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Take one step of a case; on refusal the page comes back with the reason and the words."""
    if request.method == "GET":
        return redirect(f"{reverse('cases:case', args=[number])}#step-{code}")
    if code not in PEOPLES_STEPS:
        raise Http404(_("No step is called “%(code)s”") % {"code": code})
    user = user_of(request)
    found = _find(number)
    allow_case(user, "cases.see", found)
    allow_case(user, f"cases.{code}", found)
    row = transition(code)
    facts = read_facts(found, code, at=timezone.now())
    if found.state not in row.from_states or hindrance(row, facts) is not None:
        return _refused(request, number, _wrong_state(found, code, facts, request))
    form = StepForm(request.POST, request.FILES, step=row, case=found, facts=facts)
    if not form.is_valid():
        return case_page(request, number, tried=form, status=400)
    never = actions.why_never(found, code)
    try:
        taken = _take(found, row, form.cleaned_data, user)
    except actions.Stale as problem:
        return case_page(request, number, tried=form, refusal=str(problem), status=409)
    except WrongState as problem:
        return _refused(request, number, problem.say(get_language() or "zh"))
    except (actions.Needed, BadFile) as problem:
        return case_page(request, number, tried=form, refusal=str(problem), status=400)
    messages.success(
        request,
        _("%(number)s: “%(step)s” is done; it is now “%(state)s”.")
        % {
            "number": taken.number,
            "step": row.label.say(get_language() or "zh"),
            "state": taken.get_state_display(),
        },
    )
    offer_undo(request, taken, code, never)
    if request.headers.get("X-Pane") and (following := request.headers.get("X-Next")):
        return case_page(request, following)  # the workbench names the case that comes next
    if request.headers.get("X-Pane") and may_case(user, "cases.see", taken):
        return case_page(request, taken.number)
    return _case_or_list(user, taken)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write down a problem as a case."""
    user = user_of(request)
    allow(user, "cases.open")
    form = NewCase(request.POST or None, request.FILES or None, initial=_asked(request))
    if not may(user, "cases.register"):
        del form.fields["register"]
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                opened = _open(form.cleaned_data, user)
            except (BadFile, NowhereKnown, NotAllowed) as problem:
                form.add_error(None, str(problem))
            else:
                said = (
                    _("%(number)s was closed here lately; it is open again as a relapse.")
                    if opened.state == State.RELAPSED
                    else _("%(number)s was opened in %(place)s.")
                )
                place = opened.division.name
                messages.success(request, said % {"number": opened.number, "place": place})
                return _case_or_list(user, opened)
    return render(request, "cases/new.html", {"form": form}, status=status)


@require_GET
@login_required
def decisions(request: HttpRequest) -> HttpResponse:
    """What waits for a decision of the user's: more time, whose it is, whether a wait goes on."""
    user = user_of(request)
    allow(user, "cases.see")
    at = timezone.now()
    begin = at - timedelta(days=90)
    context = {
        "found": queries.decisions_for(user, day=city_day(at)),
        "rate": queries.verification_rate(begin, at, queries.spot_checks_of(user)),
        "shares": sorted(shares_on_the_spot().by_severity.items()),
    }
    return render(request, "cases/decisions.html", context)


def _case_or_list(user: User, case: Case) -> HttpResponse:
    """The case, or the list where it is not hers: her unit sent it back, or is not given it yet."""
    if may_case(user, "cases.see", case):
        return redirect("cases:case", number=case.number)
    return redirect("cases:list")


def _open(said: dict[str, Any], user: User) -> Case:
    """Open the case that the form describes."""
    site = said["site"]
    division = place_of(
        site=site,
        division=said["division"],
        longitude=said["longitude"],
        latitude=said["latitude"],
    )
    allow(user, "cases.open", division=division)
    register = bool(said.get("register"))
    if register:
        allow(user, "cases.register", division=division)
    return actions.open_case(
        kind=said["kind"],
        division=division,
        by=user,
        description=said["description"],
        site=site,
        address=said["address"],
        longitude=said["longitude"],
        latitude=said["latitude"],
        photos=_stored(said["photos"], user),
        register=register,
    )


def _take(found: Case, row: Transition, said: dict[str, Any], user: User) -> Case:
    """Call the action that takes this step with what its form holds."""
    # Before anything is stored: whoever may not take the step leaves nothing behind.
    allow_case(user, f"cases.{row.code}", found)
    more: dict[str, Any] = {"by": user, "remark": said["remark"], "seen": said["seen"]}
    if "unit" in said:
        more["to"] = said["unit"]
    if "to" in said:
        more["to"] = said["to"]
        allow_case(user, "cases.see", said["to"])
    more |= {name: said[name] for name in ("kind", "parts", "until", "review_on") if name in said}
    if "photos" in said:
        more["photos"] = _stored(said["photos"], user)
    with actions.can_be_undone(found, row.code, by=user):
        taken: Case = getattr(actions, f"{row.code}_case")(found, **more)
    return taken


def _stored(uploads: list[Any], user: User) -> list[StoredFile]:
    return [store_photo(upload.file, by=user, name=upload.name) for upload in uploads]


def case_page(
    request: HttpRequest,
    number: str,
    *,
    tried: StepForm | None = None,
    refusal: str = "",
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of a case, or what the workbench shows of it in its right pane.

    `tried` is a step's form that was refused, `words` a comment, `refusal` why.
    """
    user = user_of(request)
    try:
        details = queries.case_page(user, number, at=timezone.now())
    except Case.DoesNotExist:
        raise Http404(_("No case has the number %(number)s") % {"number": number}) from None
    language = get_language() or "zh"
    choices = []
    for row in details.allowed:
        form = tried if tried is not None and tried.step.code == row.code else None
        choices.append(
            {
                "code": row.code,
                "label": row.label.say(language),
                "why": row.why.say(language),
                "main": row.code == details.main_step,
                "key": row.key,
                "open": form is not None or (tried is None and row.code == details.main_step),
                "form": _again(form, details.case)
                or StepForm(step=row, case=details.case, facts=details.facts),
            }
        )
    context = {
        "details": details,
        "case": details.case,
        "choices": choices,
        "refusal": refusal,
        "limit_words": details.limit.say(language),
        "unknown_years": unknown_years(details.case),
        "sources": SOURCES,
        "at": timezone.now(),
        "frame": "cases/pane.html" if request.headers.get("X-Pane") else "console/base.html",
        "words": words,
        "templates": _templates(user, details.case),
        "may_comment": may_case(user, "cases.comment", details.case),
    }
    return render(request, "cases/case.html", context, status=status)


def _templates(user: User, found: Case) -> list[tuple[str, str]]:
    """Names and words of the templates for replies, filled in for this case."""
    return [(one.name, filled(one.body, found)) for one in templates_of(user)]


def _again(form: StepForm | None, found: Case) -> StepForm | None:
    """A form that was refused, with the version of the case that is shown now."""
    if form is None:
        return None
    form.data = {**form.data.dict(), form.add_prefix("seen"): str(found.events_count)}  # type: ignore[attr-defined]
    return form


def _refused(request: HttpRequest, number: str, why: str) -> HttpResponse:
    return case_page(request, number, refusal=why, status=409)


def _wrong_state(found: Case, code: str, facts: Facts, request: HttpRequest) -> str:
    """Why the step is not possible now: who changed the case since it was shown, if somebody did."""
    problem = WrongState(queries.state_of(found), code, facts)
    words = problem.say(get_language() or "zh")
    seen = request.POST.get(f"{code}-seen", "")
    if seen.isdigit() and int(seen) != found.events_count:
        what = what_happened(found, since=int(seen))
        return f"{_('This case changed meanwhile. %(what)s.') % {'what': what}} {words}"
    return words


def _find(number: str) -> Case:
    found = (
        Case.objects.select_related("kind", "division", "division__district", "unit", "district")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404(_("No case has the number %(number)s") % {"number": number})
    return found


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address of the page already says about the new case."""
    names = ("site", "kind", "longitude", "latitude", "division")
    return {name: request.GET[name][:60] for name in names if request.GET.get(name)}
