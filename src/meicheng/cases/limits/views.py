"""Pages of limits and working time: looking is for all who see cases, changing for the creation office."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from meicheng.cases.clock import timing
from meicheng.cases.rules import shares_on_the_spot
from meicheng.engine.calendar import Limit
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division, SiteKind
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, CityDay, LimitRule
from meicheng.standards.packs import read_pack

from .actions import (
    BadTime,
    Condition,
    apply_to_open,
    checked_limits,
    set_days,
    set_hours,
    set_limits,
    set_shares,
)
from .preview import preview
from .recount import moved_cases

ROADS = ("main-road", "commercial-street", "back-lane", "town-street", "crossing")


@require_GET
@login_required
def limits_page(request: HttpRequest) -> HttpResponse:
    """Every kind of case with its limits, and the other ones under conditions."""
    user = user_of(request)
    allow(user, "cases.see")
    rules: dict[str, list[tuple[LimitRule, str]]] = {}
    for rule in _rules():
        rules.setdefault(rule.kind_id, []).append((rule, _words(rule.limits)))
    rows = [(kind, _stages(kind), rules.get(kind.pk, [])) for kind in CaseKind.objects.all()]
    context = {"rows": rows, "may_write": may(user, "limits.write")}
    return render(request, "cases/limits.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def kind_page(request: HttpRequest, kind: str) -> HttpResponse:
    """The limits of one kind: written, looked at beforehand, then set."""
    user = user_of(request)
    allow(user, "cases.see")
    found = CaseKind.objects.filter(pk=kind).first()
    if found is None:
        raise Http404(_("There is no kind of case %(code)s") % {"code": kind[:40]})
    said: dict[str, Any] = {"severity": "", "road": "", "division": ""}
    said["limits"] = [str(stage["limit"]) for stage in found.stages]
    context: dict[str, Any] = {"refusal": "", "preview": None}
    status = 200
    source = request.POST if request.method == "POST" else request.GET
    if "severity" in source:
        said = {name: source.get(name, "").strip() for name in ("severity", "road", "division")}
        said["limits"] = source.getlist("limit") or [str(one["limit"]) for one in found.stages]
        said["remove"] = source.get("do") in {"look-remove", "remove"}
        try:
            condition = _condition(said)
            limits = None if said["remove"] else checked_limits(found, said["limits"])
            if request.method == "POST":
                allow(user, "limits.write")
                if source.get("do") in {"set", "remove"}:
                    changed = set_limits(found, limits, condition, by=user)
                    messages.success(
                        request,
                        _("The limit is set. It holds for cases dispatched from now on.")
                        if changed
                        else _("Nothing changed: this limit holds already."),
                    )
                    return redirect("cases:limits-kind", kind=kind)
            context["preview"] = preview(found, limits, condition, at=timezone.now())
            context["words"] = _words(limits) if limits else ""
        except BadTime as problem:
            context["refusal"], status = str(problem), 400
    context |= {
        "kind": found,
        "stages": list(zip(_stages(found), said["limits"], strict=False)),
        "said": said,
        "rules": [(rule, _words(rule.limits)) for rule in _rules().filter(kind=found)],
        "roads": sorted(SiteKind.objects.all(), key=lambda one: (one.pk not in ROADS, one.pk)),
        "divisions": Division.objects.exclude(level="city")
        .exclude(level="community")
        .defer("outline"),
        "elsewhere": _elsewhere(kind),
        "may_write": may(user, "limits.write"),
    }
    return render(request, "cases/limits_kind.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def time_page(request: HttpRequest) -> HttpResponse:
    """Working hours, the city's own days, and which years are known."""
    user = user_of(request)
    allow(user, "cases.see")
    refusal, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("do") == "hours":
                set_hours(_hours(request.POST.get("hours", "")), by=user)
                messages.success(
                    request, _("The working hours are set, for cases dispatched from now on.")
                )
            else:
                day = _day(request.POST.get("day", ""))
                works = request.POST.get("works", "")
                word = (
                    None
                    if works == "usual"
                    else (works == "worked", request.POST.get("name", "").strip())
                )
                set_days({day: word}, by=user)
                messages.success(request, _("The day is set, for cases dispatched from now on."))
            return redirect("cases:working-time")
        except BadTime as problem:
            refusal, status = str(problem), 400
    known = timing(fresh=True).calendar
    today = city_day(timezone.now())
    may_write = may(user, "limits.write")
    context = {
        "refusal": refusal,
        "hours": ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in known.hours),
        "day_length": known.day_length.total_seconds() / 3600,
        "years": [(year, known.knows(year)) for year in range(today.year - 1, today.year + 3)],
        "days": CityDay.objects.filter(day__year__gte=today.year - 1),
        "moved": len(moved_cases()) if may_write else 0,
        "may_write": may_write,
        "today": today,
    }
    return render(request, "cases/working_time.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def shares_page(request: HttpRequest) -> HttpResponse:
    """How much of the reported work is drawn to be seen on the spot, by severity and kind."""
    user = user_of(request)
    allow(user, "cases.see")
    refusal, status = "", 200
    written = dict(
        zip(request.POST.getlist("kind"), request.POST.getlist("share"), strict=False)
    )  # by kind
    if request.method == "POST":
        try:
            if written.get(""):
                raise BadTime(_("Choose the kind that the share is for"))
            set_shares(
                {one: _share(request.POST.get(f"severity-{one}", "")) for one in (1, 2, 3)},
                {code.replace("\0", ""): _share(said) for code, said in written.items() if said},
                by=user,
            )
            messages.success(request, _("The shares are set, for work reported from now on."))
            return redirect("cases:on-the-spot")
        except BadTime as problem:
            refusal, status = str(problem), 400
    shares = shares_on_the_spot()
    kinds_of = {one.code: one for one in CaseKind.objects.all()}
    context = {
        "refusal": refusal,
        "severities": [
            (one, request.POST.get(f"severity-{one}", f"{100 * shares.by_severity[one]:g}"))
            for one in sorted(shares.by_severity)
        ],
        "own": [
            (kinds_of[code], written.get(code, f"{100 * share:g}"))
            for code, share in shares.by_kind.items()
            if code in kinds_of
        ],
        "others": [one for code, one in kinds_of.items() if code not in shares.by_kind],
        "another": next((one for one in written.items() if one[0] not in shares.by_kind), ("", "")),
        "may_write": may(user, "limits.write"),
    }
    return render(request, "cases/on_the_spot.html", context, status=status)


def _share(written: str) -> float:
    """A share from what is written in per cent."""
    try:
        return round(float(written) / 100, 4)
    except ValueError:
        raise BadTime(_("“%(text)s” is no number of per cent") % {"text": written[:20]}) from None


@require_http_methods(["GET", "POST"])
@login_required
def apply_page(request: HttpRequest) -> HttpResponse:
    """The open cases that would be due at another time, and moving them."""
    user = user_of(request)
    allow(user, "limits.write")
    refusal, status = "", 200
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            moved = apply_to_open(by=user, seen=int(seen) if seen.isdecimal() else None)
            messages.success(
                request, _("%(count)d open cases have new due times.") % {"count": len(moved)}
            )
            return redirect("cases:working-time")
        except BadTime as problem:
            refusal, status = str(problem), 409
    moved = moved_cases()
    context = {
        "refusal": refusal,
        "count": len(moved),
        "later": sum(one.later for one in moved),
        "moved": moved[:50],
    }
    return render(request, "cases/working_time_apply.html", context, status=status)


def _rules() -> Any:
    return LimitRule.objects.select_related("road", "division").defer("division__outline")


def _stages(kind: CaseKind) -> list[tuple[str, str, str]]:
    """Each stage's name, its limit as written and in words."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return [
        (one["do"].get(language) or one["do"]["zh"], str(one["limit"]), _words([str(one["limit"])]))
        for one in kind.stages
    ]


def _words(limits: list[str]) -> str:
    language = get_language() or "zh"
    return " / ".join(Limit.parse(limit).say(language) for limit in limits)


def _elsewhere(kind: str) -> list[str]:
    """Limits that other published handling standards give for this kind."""
    rows = {row["code"]: row for row in read_pack("case-kinds")["kinds"]}
    return [_words([one["limit"]]) for one in rows.get(kind, {}).get("alternatives", [])]


def _condition(said: dict[str, Any]) -> Condition:
    severity = said["severity"]
    if severity and severity not in {"1", "2", "3"}:
        raise BadTime(_("The severity is 1, 2 or 3"))
    road = SiteKind.objects.filter(pk=said["road"]).first() if said["road"] else None
    division = Division.objects.filter(code=said["division"]).first() if said["division"] else None
    if (said["road"] and road is None) or (said["division"] and division is None):
        raise BadTime(_("There is no such road or place; choose one of the list"))
    return Condition(int(severity) if severity else None, road, division)


def _hours(written: str) -> list[tuple[str, str]]:
    spans = []
    for part in written.replace("，", ",").replace("、", ",").replace("–", "-").split(","):
        opens, dash, closes = part.strip().partition("-")
        if not dash:
            raise BadTime(
                _("Write working hours in order and with gaps between, as 08:30-12:00, 14:00-18:00")
            )
        spans.append((opens.strip().zfill(5), closes.strip().zfill(5)))
    return spans


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise BadTime(
            _("“%(day)s” is no day; write it as 2027-02-11") % {"day": written[:20]}
        ) from None
