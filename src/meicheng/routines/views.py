"""Pages of routines: what is to be done now, all of them, one with its times, the burden meter."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.files.actions import BadFile
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.organisation.who import one_of, reader_of, said
from meicheng.places.time import month_of, months_later
from meicheng.places.time import today as city_today
from meicheng.tables.pages import page_number

from . import queries
from .actions import BadRoutine, do_occurrence, end_routine, order_routine, thin_routine
from .burden import Line, burden, burden_of_places, first_day, totals
from .dropping import suggestions
from .forms import RoutineForm
from .models import Occurrence, Routine
from .rhythm import thinner
from .rules import costs


@require_GET
@login_required
def due(request: HttpRequest) -> HttpResponse:
    """What is to be done now, what was missed, what was done."""
    user = reader_of(request, "routines.see")
    context = {
        **_times(request, queries.occurrences(user)),
        "may_order": may(user, "routines.order"),
        "may_do": may(user, "routines.do"),
    }
    return render(request, "routines/due.html", context)


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All routines that run, or that are over, with what was done and missed in 30 days."""
    user = reader_of(request, "routines.see")
    over = request.GET.get("over") == "1"
    number = page_number(request.GET.get("page"))
    context = {
        "found": queries.routine_page(user, today=city_today(), over=over, page=number),
        "over": over,
        "query": "over=1" if over else "",
        "may_order": may(user, "routines.order"),
    }
    return render(request, "routines/routines.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Order a routine; what is wrong is said, and what was filled in stays."""
    user = reader_of(request, "routines.order")
    form = RoutineForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        filled = form.cleaned_data
        kept = ("key", "title", "note", "unit", "division", "site_kind", "rhythm", "grace",
                "begins", "ends", "photo")  # fmt: skip
        try:
            made = order_routine(
                user, number=form.counted, items=list(filled["items"]),
                **{name: filled[name] for name in kept},
            )  # fmt: skip
        except BadRoutine as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The routine is ordered; it makes itself from now on."))
            return redirect("routines:routine", code=made.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "routines/new.html", {"form": form}, status=status)


@require_GET
@login_required
def one_routine(request: HttpRequest, code: str) -> HttpResponse:
    """A routine with its times, and what was decided about it."""
    return _page(request, code)


@require_POST
@login_required
def thin(request: HttpRequest, code: str) -> HttpResponse:
    """Make it rarer."""
    user, routine = _find(request, code)
    try:
        thin_routine(user, routine, said(request, "reason"))
    except BadRoutine as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("It comes more rarely from now on."))
    return redirect("routines:routine", code=code)


@require_POST
@login_required
def end(request: HttpRequest, code: str) -> HttpResponse:
    """End it."""
    user, routine = _find(request, code)
    try:
        end_routine(user, routine, said(request, "reason"))
    except BadRoutine as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("It is over with today."))
    return redirect("routines:routine", code=code)


@require_http_methods(["GET", "POST"])
@login_required
def one_time(request: HttpRequest, pk: int) -> HttpResponse:
    """One time of a routine: done here by a short form, or looked at."""
    user = reader_of(request, "routines.see")
    rows = queries.occurrences(user).select_related(
        "routine__unit__division", "routine__division", "site__division", "done_by", "photo"
    )
    one = rows.filter(pk=min(pk, 2**62)).first()
    if one is None:
        raise Http404(_("There is no such time of a routine"))
    items = list(one.routine.items.all())
    refusal = ""
    if request.method == "POST":
        answers = {item.code: said(request, f"{item.pk}-value") for item in items}
        upload: Any = request.FILES.get("photo")
        try:
            do_occurrence(
                user, one, answers=answers, remark=said(request, "remark"),
                photo=upload.file if upload else None,
                photo_name=(upload.name or "") if upload else "",
            )  # fmt: skip
        except (BadRoutine, BadFile) as problem:
            refusal = str(problem)
        else:
            messages.success(request, _("Done."))
            return redirect("routines:due")
    state = one.state(city_today())
    context = {
        "one": one,
        "routine": one.routine,
        "state": state,
        "items": [(item, one.answers.get(item.code) or said(request, f"{item.pk}-value"))
                  for item in items],
        "refusal": refusal,
        "remark": said(request, "remark"),
        "may_do": state == "due"
        and may(user, "routines.do", division=one.routine.division, unit=one.routine.unit),
    }  # fmt: skip
    return render(request, "routines/time.html", context, status=400 if refusal else 200)


@require_GET
@login_required
def meter(request: HttpRequest) -> HttpResponse:
    """The burden meter of a month, and what may be dropped."""
    user = reader_of(request, "routines.see")
    now = month_of(timezone.now())
    written = request.GET.get("month", "")
    month = int(written) if written.isdecimal() and len(written) == 6 else now
    if not (201001 <= month <= now and 1 <= month % 100 <= 12):
        month = now
    lines, of_places = burden(user, month), burden_of_places(user, month)
    earlier = [months_later(month, -2), months_later(month, -1)]
    language = get_language() or "zh-hans"
    names = {code: cost.name.say(language) for code, cost in costs().items()}
    running = queries.reach(user).select_related("unit", "division")
    context = {
        "tables": [
            (kind, [_shown(line, earlier, names) for line in found])
            for kind, found in (("units", lines), ("places", of_places))
            if found or kind == "units"
        ],
        "totals": [(names[code], part, part.minutes / 60, costs()[code])
                   for code, part in totals([*lines, *of_places]).items()],
        "month": first_day(month),
        "months": [first_day(one) for one in earlier],
        "before": months_later(month, -1),
        "after": months_later(month, 1) if month < now else None,
        "unfinished": month == now,
        "suggested": suggestions(list(running), today=city_today()),
    }  # fmt: skip
    return render(request, "routines/burden.html", context)


def _shown(line: Line, earlier: list[int], names: dict[str, str]) -> tuple[Any, ...]:
    """A line of the meter: months before and this one in hours, and its parts by name."""
    return (
        line,
        [(first_day(one), line.earlier.get(one, 0) / 60) for one in earlier],
        line.minutes / 60,
        [(names[code], part) for code, part in line.parts.items()],
    )


def _page(request: HttpRequest, code: str, *, refusal: str = "") -> HttpResponse:
    user, routine = _find(request, code)
    today = city_today()
    decides = not routine.is_over(today) and may(user, "routines.order", division=routine.division)
    rarer = thinner(routine.rhythm, routine.number, today=today)
    context = {
        **_times(request, Occurrence.objects.filter(routine=routine)),
        "routine": routine,
        "items": list(routine.items.all()),
        "over": routine.is_over(today),
        "next": queries.next_due(routine, today=today),
        "story": queries.story(routine),
        "may_end": decides,
        "rarer": Routine(rhythm=rarer[0], number=rarer[1]).when
        if decides and rarer and routine.since <= today
        else "",
        "suggested": suggestions([routine], today=today) if decides else [],
        "refusal": refusal,
        "reason": said(request, "reason"),
    }
    return render(request, "routines/routine.html", context, status=400 if refusal else 200)


def _times(request: HttpRequest, rows: QuerySet[Occurrence]) -> dict[str, object]:
    """A page of times in the state that the address names, with how many stand in each."""
    today = city_today()
    state = request.GET.get("state", "")
    state = state if state in queries.STATES else "due"
    names = {"due": _("To be done now"), "missed": _("Missed"), "done": _("Done")}
    number = page_number(request.GET.get("page"))
    counts = queries.counts(rows, today=today)
    return {
        "found": queries.occurrence_page(rows, state=state, today=today, page=number),
        "state": state,
        "tabs": [(code, names[code], counts[code]) for code in queries.STATES],
        "query": urlencode({"state": state}),
        "today": today,
    }


def _find(request: HttpRequest, code: str) -> tuple[User, Routine]:
    user = reader_of(request, "routines.see")
    rows = queries.reach(user).select_related("unit__division", "division__district", "site_kind")
    return user, one_of(rows, code, _("There is no routine %(code)s"))
