"""Pages of figures: the grid in which they are entered, their history, closed periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.assessment.periods import Period, current_period, parse_period
from meicheng.assessment.queries import frameworks, root
from meicheng.ledger.frozen import BadFreeze, Frozen, freeze, lift
from meicheng.ledger.models import FrozenPeriod
from meicheng.organisation.filing import place_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may, memberships
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.sheets import Sheet, saved, workbook

from .actions import BadFigure, enter
from .queries import Asked, asked_of
from .reading import Given, Reading, from_workbook, pasted, read


@dataclass(frozen=True)
class Question:
    """What the grid was asked for."""

    period: Period
    division: Division
    unit: str
    framework: str
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        said = {
            "period": self.period.text,
            "division": self.division.code,
            "unit": self.unit,
            "framework": self.framework,
        }
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Line:
    """A row of the grid: the figure, what was given for it, what is wrong, what is asked."""

    asked: Asked
    number: int
    given: Given
    fault: str
    questions: list[str]
    before: Any  # of the year before
    now: Any  # of the period


@require_http_methods(["GET", "POST"])
@login_required
def grid(request: HttpRequest) -> HttpResponse:
    """The figures of a place and period; what is entered is written whole or not at all."""
    user = user_of(request)
    allow(user, "figures.see")
    if not frameworks() or root() is None:
        return render(request, "assessment/empty.html")
    question = _question(request, user)
    everything = asked_of(question.period, question.division)
    rows = _narrowed(everything, question)
    found, status = Reading(), 400 if question.problems else 200
    wrong: list[str] = []
    if request.method == "POST":
        allow(user, "figures.enter", division=question.division, unit=_own_unit(user, question))
        found, wrong = _given(request, rows, question)
        if not wrong and found.ready and "save" in request.POST:
            saved = _save(request, user, question, found)
            if saved is None:
                messages.success(
                    request, _("Figures written: %(count)s") % {"count": len(found.entries)}
                )
                return redirect(f"{reverse('figures:grid')}?{question.query}")
            wrong = saved
        status = 400 if wrong or found.faults or found.open_questions else 200
    year = question.period.last_day.year
    lines = [
        Line(
            asked=one,
            number=number,
            given=found.given.get(one.item.code, Given()),
            fault=found.faults.get(one.item.code, ""),
            questions=found.questions.get(one.item.code, []),
            before=one.of_year(year - 1),
            now=one.latest(question.period),
        )
        for number, one in enumerate(rows)
    ]
    closed = Frozen.now().over(timezone.make_aware(_noon(question.period)), question.division)
    context = {
        "question": question,
        "lines": lines,
        "wrong": wrong,
        "found": found,
        "known": sum(1 for line in lines if line.now),
        "editions": sorted({one.framework for one in everything}, key=lambda one: one.code),
        "divisions": Division.objects.filter(level__in=["city", "district"])
        .defer("outline")
        .order_by("path"),
        "units": sorted(
            {unit for one in everything for unit in one.units}, key=lambda unit: unit.code
        ),
        "closed": closed,
        "may_enter": closed is None
        and may(
            user,
            "figures.enter",
            division=question.division,
            unit=_own_unit(user, question),
        ),
        "year": year,
        "day": min(question.period.last_day, city_day(timezone.now())),
        "key": request.POST.get("key") or uuid4().hex,
    }
    return render(request, "figures/grid.html", context, status=status)


@require_GET
@login_required
def grid_workbook(request: HttpRequest) -> HttpResponse:
    """The grid as a workbook; filled in, it is read back by the page."""
    user = user_of(request)
    allow(user, "figures.see")
    question = _question(request, user)
    rows = _narrowed(asked_of(question.period, question.division), question)
    year = question.period.last_day.year
    headings = [
        (_("Code"), 26), (_("Criterion"), 40), (_("What is wanted"), 36), (_("Unit of measure"), 12),
        (str(year - 1), 12), (_("Known"), 12), (_("Value"), 12), (_("Source"), 24), (_("Remark"), 30),
    ]  # fmt: skip
    cells = [
        (
            one.item.code,
            one.criterion.name,
            one.wanted,
            one.unit_name,
            before.value if (before := one.of_year(year - 1)) else "",
            now.value if (now := one.latest(question.period)) else "",
            "",
            "",
            "",
        )
        for one in rows
    ]
    asked = [_("Figures"), question.period.words, question.division.name, question.unit]
    name = f"figures-{question.period.text}-{question.division.code}.xlsx"
    return saved(workbook(Sheet(_("Figures"), asked, headings, cells)), name)


@require_GET
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """All that was ever written of one figure of a place that stands, newest first."""
    user = user_of(request)
    allow(user, "figures.see")
    question = _question(request, user)
    code = request.GET.get("item", "")
    one = next(
        (row for row in asked_of(question.period, question.division) if row.item.code == code), None
    )
    if one is None:
        raise Http404(_("There is no figure “%(code)s”") % {"code": code[:60]})
    context = {"question": question, "one": one, "rows": one.history[::-1]}
    return render(request, "figures/history.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def periods(request: HttpRequest) -> HttpResponse:
    """Which periods are closed, and closing one."""
    user = user_of(request)
    allow(user, "figures.see")
    status, refusal = 200, ""
    if request.method == "POST":
        division = Division.objects.filter(code=request.POST.get("division", "")).first()
        try:
            period = parse_period(request.POST.get("period", ""))
            if division is None or period.days is not None:
                raise BadFreeze(_("Choose a place and whole months: 2026Q3, 2026-09 or 2026"))
            freeze(user, division, period.first, period.last, reason=request.POST.get("reason", ""))
        except (BadFreeze, ValueError) as problem:
            status, refusal = 400, str(problem)
        else:
            messages.success(request, _("The period is closed."))
            return redirect("figures:periods")
    context = {
        "rows": FrozenPeriod.objects.select_related("division", "frozen_by", "lifted_by")[:200],
        "divisions": Division.objects.filter(level__in=["city", "district"])
        .defer("outline")
        .order_by("path"),
        "may_freeze": may(user, "figures.freeze"),
        "refusal": refusal,
        "said": request.POST,
        "proposed": current_period().earlier().text,
    }
    return render(request, "figures/periods.html", context, status=status)


@require_POST
@login_required
def lift_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed period again."""
    user = user_of(request)
    allow(user, "figures.freeze")
    period = FrozenPeriod.objects.select_related("division").filter(pk=pk).first()
    if period is None:
        raise Http404(_("There is no such period"))
    try:
        lift(user, period, reason=request.POST.get("reason", ""))
    except BadFreeze as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The period is open again."))
    return redirect("figures:periods")


def _given(
    request: HttpRequest, rows: list[Asked], question: Question
) -> tuple[Reading, list[str]]:
    """What the form says: its fields, with what was pasted or sent as a workbook over them."""
    fields: dict[str, Given] = {}
    for name, value in request.POST.items():
        if name.startswith("v:") and str(value).strip():
            code = name[2:]
            fields[code] = Given(
                str(value),
                request.POST.get(f"s:{code}", ""),
                request.POST.get(f"r:{code}", ""),
                request.POST.get(f"y:{code}") == "1",
            )
    wrong: list[str] = []
    if request.POST.get("paste", "").strip():
        more, wrong = pasted(rows, request.POST["paste"])
        fields |= more
    if "sheet" in request.FILES:
        upload: Any = request.FILES["sheet"]
        more, faults = from_workbook(rows, upload)
        fields |= more
        wrong += faults
    found = read(rows, fields, year=question.period.last_day.year)
    if not fields and not wrong:
        wrong.append(_("Nothing was given"))
    return found, wrong


def _save(request: HttpRequest, user: User, question: Question, found: Reading) -> list[str] | None:
    """Write what was read; None, or what is wrong."""
    try:
        enter(
            user,
            question.division,
            min(question.period.last_day, city_day(timezone.now())),
            found.entries,
            key=request.POST.get("key", "") or uuid4().hex,
            unit=_own_unit(user, question),
        )
    except BadFigure as problem:
        return [str(problem)]
    return None


def _own_unit(user: User, question: Question) -> Unit | None:
    """The user's own unit that files for the place; None for who enters for everybody."""
    units = [held.unit for held in memberships(user) if held.unit_id]
    return next(
        (unit for unit in units if unit and place_of(unit).pk == question.division.pk), None
    )


def _narrowed(rows: list[Asked], question: Question) -> list[Asked]:
    return [
        one
        for one in rows
        if (not question.unit or question.unit in {unit.code for unit in one.units})
        and (not question.framework or one.framework.code == question.framework)
    ]


def _noon(period: Period) -> datetime:
    return datetime.combine(min(period.last_day, city_day(timezone.now())), time(12))


def _question(request: HttpRequest, user: User) -> Question:
    """What was asked for; what cannot be is replaced by the usual and said."""
    problems = []
    period = current_period()
    if request.GET.get("period"):
        try:
            asked = parse_period(request.GET["period"])
            if asked.begun:
                period = asked
            else:
                problems.append(_("%(period)s has not begun yet") % {"period": asked.words})
        except ValueError as problem:
            problems.append(str(problem))
    code = request.GET.get("division", "")
    own = [held.unit for held in memberships(user) if held.unit_id]
    division = Division.objects.filter(code=code).first() if code else None
    if code and division is None:
        problems.append(_("There is no division “%(code)s”") % {"code": code[:40]})
    unit = request.GET.get("unit", "")[:60]
    if division is None:
        division = place_of(own[0]) if own and own[0] else root()
        if own and own[0] and "unit" not in request.GET:
            unit = own[0].code
    if division is None:
        raise Http404(_("There is no division yet: run “meicheng setup”"))
    return Question(period, division, unit, request.GET.get("framework", "")[:60], tuple(problems))
