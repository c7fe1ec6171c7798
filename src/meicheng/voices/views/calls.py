"""The hotline desk: one page for the keyboard while somebody speaks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from meicheng.cases.actions import Needed, Stale
from meicheng.cases.models import Case
from meicheng.engine.workflow import WrongState
from meicheng.knowledge.queries import best_answers
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.naming import named_places
from meicheng.places.time import city_day

from ..calls import answer_call, article_of, earlier_calls, similar_cases, take_call, units_at
from ..checking import BadReport, NewReport, check_report, world
from ..codes import shown
from ..forms import CallForm
from ..models import Report
from ..suggesting import suggested_kinds

FEWEST = 4  # characters of words that can tell of anything


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Take a call: report it, hand it on, join it to an open case, or answer it at once."""
    user = user_of(request)
    allow(user, "reports.write")
    form = CallForm(request.POST or None, user=user)
    if request.method != "POST":
        return _page(request, form)
    valid = form.is_valid()
    if "look" in request.POST:
        again = {**request.POST.dict()}
        return _page(request, CallForm(initial=again, user=user))
    if not valid:
        return _page(request, form, status=400)
    try:
        taken, words = _do(form.cleaned_data, request.POST.get("do", "take"), user)
    except BadReport as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return _page(request, form, status=400)
    except (Needed, Stale, WrongState) as problem:
        told = problem.say(get_language() or "zh") if isinstance(problem, WrongState) else problem
        form.add_error(None, str(told))
        return _page(request, form, status=409)
    messages.success(request, words % {"code": shown(taken.code)})
    if not may(user, "reports.see", division=taken.division):
        return redirect("voices:new")  # units write reports down, and others read them
    return redirect("voices:report", code=taken.code)


@never_cache
@require_POST
@login_required
def beside(request: HttpRequest) -> HttpResponse:
    """What stands beside the form while it is filled in: a piece of the page."""
    allow(user_of(request), "reports.write")
    return render(request, "voices/beside.html", _beside(request, user_of(request)))


def _do(said: dict[str, Any], what: str, user: User) -> tuple[Report, str]:
    """What the operator chose; the report and what is said of it."""
    told = NewReport(
        source=said["source"],
        body=said["body"],
        kind=said["kind"],
        division=said["division"] or world().divisions.named_in(said["address"]),
        address=said["address"],
        longitude=said["longitude"],
        latitude=said["latitude"],
    )
    common = {"by": user, "phone": said["phone"], "name": said["name"], "key": said["key"]}
    if what == "answer":
        if told.division is None and told.longitude is None:
            told = NewReport(**{**vars(told), "division": world().divisions.city})
        article = article_of(said["article"])
        taken = answer_call(told, reply=said["reply"], article=article, **common)
        return taken, _("Answered. The code for the caller: %(code)s")
    if what == "dispatch":
        checked = check_report(told)
        unit = said["unit"]
        if unit is None:
            units, best = units_at(checked.kind, checked.division)
            unit = next((one for one in units if one.pk == best), None)
        if unit is None:
            raise BadReport("unit", _("No unit answers for this here; choose one"))
        told = NewReport(**{**vars(told), "kind": checked.kind})
        taken = take_call(told, to=unit, **common)
        return taken, _("Taken and handed on. The code for the caller: %(code)s")
    join = None
    if said["join"]:
        join = Case.objects.select_related("division", "unit").filter(number=said["join"]).first()
        if join is None or join.closed_at is not None:
            raise BadReport("join", _("This case is no longer open; take the report by itself"))
    taken = take_call(told, join=join, **common)
    return taken, _("The report is taken. Its code for the caller: %(code)s")


def _page(request: HttpRequest, form: CallForm, *, status: int = 200) -> HttpResponse:
    user = user_of(request)
    context = {
        "form": form,
        "may_answer": may(user, "reports.reply"),
        "may_dispatch": may(user, "cases.register") and may(user, "cases.dispatch"),
        **(_beside(request, user) if request.method == "POST" else {}),
    }
    return render(request, "voices/new.html", context, status=status)


def _beside(request: HttpRequest, user: User) -> dict[str, Any]:
    """What is known of the caller, the place and the words (at most 10 SQL statements)."""
    said = request.POST
    words = said.get("body", "").replace("\0", "")[:2000].strip()
    phone, address = said.get("phone", ""), said.get("address", "").replace("\0", "").strip()
    position = _position(said.get("longitude", ""), said.get("latitude", ""))
    spots = named_places(address) if address and position is None else []
    division = _division(said.get("division", ""), address)
    kinds = suggested_kinds(Report(subject="", body=words)) if len(words) >= FEWEST else []
    chosen = [said["kind"]] if said.get("kind") else [one.code for one in kinds[:2]]
    near_to = position or ((spots[0].longitude, spots[0].latitude) if spots else None)
    return {
        "looked": True,
        "earlier": earlier_calls(user, phone) if phone else [],
        "phone_said": bool(phone.strip()),
        "similar": similar_cases(user, words, kinds=chosen, position=near_to, division=division),
        "placed": near_to is not None or division is not None,
        "spots": spots if position is None else [],
        "kinds": kinds[:3],
        "answers": best_answers(words, today=city_day(timezone.now())) if words else [],
        "worded": len(words) >= FEWEST,
        "may_answer": may(user, "reports.reply"),
    }


def _position(longitude: str, latitude: str) -> tuple[float, float] | None:
    try:
        found = float(longitude), float(latitude)
    except ValueError:
        return None
    return found if abs(found[0]) <= 180 and abs(found[1]) <= 90 else None


def _division(key: str, address: str) -> Division | None:
    if key.isdecimal() and len(key) < 10:
        return Division.objects.filter(pk=key).defer("outline").first()
    return world().divisions.named_in(address) if address else None
