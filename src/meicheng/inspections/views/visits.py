"""Pages of inspections: visits, the checklist of a site, one visit."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.files.actions import BadFile, store_photo
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number

from ..actions import Answer, BadVisit, correct_answer, record_visit
from ..draw import drawn_on
from ..forms import Checklist, Correction
from ..models import Stop, Visit
from ..queries import VisitFilters, rounds_to_make, sites_of, to_visit, visit_list, visit_page


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Where to go next, and the visits that were made."""
    user = user_of(request)
    allow(user, "visits.see")
    filters, problems = _filters(request)
    writes = may(user, "visits.write")
    chosen = {
        "site": filters.site,
        "division": filters.division.code if filters.division else "",
        "reason": filters.reason,
        "mine": "1" if filters.mine else "",
        "since": filters.since.isoformat() if filters.since else "",
    }
    context = {
        "filters": filters,
        "problems": problems,
        "found": visit_list(user, filters, page=page_number(request.GET.get("page"))),
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "to_visit": to_visit(user, city_day(timezone.now())) if writes else None,
        "rounds": rounds_to_make(user),
        "today": city_day(timezone.now()),
        "reasons": Visit.Reason.choices,
        "divisions": Division.objects.filter(level__in=["district", "subdistrict"]).order_by(
            "path"
        ),
    }
    return render(request, "inspections/list.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Choose a site, then answer its checklist."""
    user = user_of(request)
    allow(user, "visits.write")
    code = request.GET.get("site", "")
    if not code:
        return _choose(request, user)
    site = (
        Site.objects.select_related("kind", "division__district").filter(code=code, active=True)
    ).first()
    if site is None:
        return _choose(request, user, missing=code[:60])
    allow(user, "visits.write", division=site.division)
    drawn = site.code in drawn_on(city_day(timezone.now()))
    stop = _stop(request.GET.get("round", ""), site)
    form = Checklist(
        request.POST or None,
        request.FILES or None,
        site=site,
        drawn=drawn,
        asked_by=stop.round if stop else None,
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            visit = _record(form, site, user, stop)
            if visit is not None:
                said = ngettext(
                    "The visit is recorded: %(count)d item failed.",
                    "The visit is recorded: %(count)d items failed.",
                    visit.failed,
                )
                messages.success(request, said % {"count": visit.failed})
                if stop is not None:
                    return redirect("inspections:round", code=stop.round.code)
                return redirect("inspections:visit", pk=visit.pk)
    context = {"site": site, "form": form, "drawn": drawn and stop is None, "stop": stop}
    return render(request, "inspections/form.html", context, status=status)


def _stop(code: str, site: Site) -> Stop | None:
    """The stop of a round at the site, where the address names one that waits for its visit."""
    if not code:
        return None
    asked = Stop.objects.filter(round__code=code[:40], site=site, visit=None)
    return asked.select_related("round__item").first()


def _record(form: Checklist, site: Site, user: User, stop: Stop | None) -> Visit | None:
    """Record what the form says; None, with the reason beside the field, where it cannot be."""
    said = form.cleaned_data
    try:
        with transaction.atomic():
            answers = []
            for item in form.items:
                value = said[f"{item.pk}-value"]
                if not value:
                    continue
                upload = said[f"{item.pk}-photo"]
                try:
                    photo = store_photo(upload.file, by=user, name=upload.name) if upload else None
                except BadFile as problem:
                    form.add_error(f"{item.pk}-photo", str(problem))
                    continue
                answers.append(Answer(item, value, said[f"{item.pk}-remark"], photo))
            if form.errors:
                return None
            return record_visit(
                site=site,
                by=user,
                answers=answers,
                visited_at=said["visited_at"],
                reason=said["reason"],
                remark=said["remark"],
                key=said["key"],
                stop=stop,
            )
    except BadVisit as problem:
        form.add_error(None, str(problem))
        return None


def _choose(request: HttpRequest, user: User, *, missing: str = "") -> HttpResponse:
    words = request.GET.get("q", "").strip().replace("\0", "")[:100]
    found = []
    if words:
        named = Q(name_zh__icontains=words) | Q(name_en__icontains=words)
        where = named | Q(address__icontains=words) | Q(code__istartswith=words)
        found = list(sites_of(user).filter(where).select_related("kind", "division__district")[:30])
    context = {
        "words": words,
        "found": found,
        "missing": missing,
        "to_visit": to_visit(user, city_day(timezone.now())),
    }
    return render(request, "inspections/choose.html", context, status=404 if missing else 200)


@require_GET
@login_required
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit with its answers, photographs, cases, and what the look served."""
    return _visit_page(request, pk)


@require_POST
@login_required
def correct(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """Put a wrong answer right."""
    user = user_of(request)
    found = _find(pk, user)
    observation = (
        Observation.objects.select_related("item").filter(pk=answer, origin=found.origin).first()
    )
    if observation is None:
        raise Http404(_("This visit has no such answer"))
    form = Correction(request.POST)
    if not form.is_valid():
        return _visit_page(request, pk, refusal=_("Choose an answer and say why"), status=400)
    try:
        correct_answer(observation, by=user, **form.cleaned_data)
    except BadVisit as problem:
        return _visit_page(request, pk, refusal=str(problem), status=409)
    messages.success(request, _("The answer was corrected; the one before stays on record."))
    return redirect("inspections:visit", pk=pk)


def _visit_page(
    request: HttpRequest, pk: int, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    user = user_of(request)
    found = _find(pk, user)
    context: dict[str, Any] = {
        "details": visit_page(found),
        "visit": found,
        "refusal": refusal,
        "may_correct": may(user, "visits.write", division=found.site.division),
        "answers": Correction.base_fields["value"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "inspections/visit.html", context, status=status)


def _find(pk: int, user: User) -> Visit:
    found = (
        Visit.objects.select_related("site__kind", "site__division__district").filter(pk=pk).first()
    )
    if found is None:
        raise Http404(_("There is no visit %(number)d") % {"number": pk})
    allow(user, "visits.see", division=found.site.division)
    return found


def _filters(request: HttpRequest) -> tuple[VisitFilters, list[str]]:
    """What the address narrows the list to, and what in it could not be understood."""
    problems = []
    code, reason = request.GET.get("division", ""), request.GET.get("reason", "")
    division = Division.objects.filter(code=code).first() if code else None
    since = None
    if request.GET.get("since"):
        try:
            since = date.fromisoformat(request.GET["since"])
        except ValueError:
            problems.append(request.GET["since"])
    if code and division is None:
        problems.append(code)
    if reason and reason not in Visit.Reason.values:
        problems.append(reason)
        reason = ""
    filters = VisitFilters(
        site=request.GET.get("site", "").replace("\0", "")[:60],
        division=division,
        reason=reason,
        mine=request.GET.get("mine") == "1",
        since=since,
    )
    said = [
        _("“%(value)s” means nothing here; it was left out") % {"value": one[:60]}
        for one in problems
    ]
    return filters, said
