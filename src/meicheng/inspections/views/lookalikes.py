"""The page of look-alikes: where the same may be wrong, and a round to see."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Item
from meicheng.tables.sheets import Sheet, saved, workbook
from meicheng.tables.waiting import say_first

from ..lookalikes import (
    Alike,
    Learned,
    alikes,
    days_to_do,
    items_that_fail,
    learned,
    looks_to_learn,
    proof_chart,
)
from ..models import Visit
from ..rounds import BadRound, ask_for_visits

SHOWN, TICKED = 50, 20
A_SECOND = 300_000  # looks that are learned from


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The sites most likely to fail an item, and how far such foretelling can be trusted."""
    user = user_of(request)
    allow(user, "visits.see")
    waiting = say_first(
        request,
        looks_to_learn(),
        a_second=A_SECOND,
        says=_("Learning from %(count)s looks of the last 12 months…"),
        title=_("Look-alikes"),
    )
    if waiting is not None:
        return waiting
    division, problems = _division(request)
    found = learned()
    context: dict[str, Any] = {
        "found": found,
        "division": division,
        "divisions": Division.objects.filter(level__in=["district", "subdistrict"])
        .defer("outline")
        .order_by("path"),
        "problems": problems,
    }
    if found is None:
        return render(request, "inspections/look_alikes.html", context)
    failing = items_that_fail(found)
    item = _item(request, failing, problems)
    rows = alikes(user, found, item, division) if item and division else []
    fresh = [row.site.pk for row in rows if row.fresh][:TICKED]
    today = city_day(timezone.now())
    context |= {
        "failing": failing,
        "item": item,
        "looks": found.failed.get(item.pk, (0, 0)) if item else (0, 0),
        "rows": rows[:SHOWN],
        "left_out": max(0, len(rows) - SHOWN),
        "expected": sum(row.chance for row in rows if row.site.pk in set(fresh)),
        "ticked": set(fresh),
        "chart": proof_chart(found.proof) if found.proof else None,
        "proof": found.proof,
        "may_ask": division is not None and may(user, "rounds.make", division=division),
        "key": uuid4().hex,
        "due": days_to_do(today),
        "today": today,
        "title": _("Look-alikes: %(item)s") % {"item": item.name} if item else "",
        "query": _query(item, division),
    }
    return render(request, "inspections/look_alikes.html", context, status=400 if problems else 200)


@require_GET
@login_required
def page_workbook(request: HttpRequest) -> HttpResponse:
    """The sites as a workbook, all of them."""
    user = user_of(request)
    allow(user, "visits.see")
    division, problems = _division(request)
    found = learned()
    item = _item(request, items_that_fail(found), problems) if found else None
    rows = alikes(user, found, item, division) if found and item and division else []
    asked = [_("Look-alikes"), item.name if item else "", division.name if division else ""]
    sheets = [Sheet(_("Look-alikes"), asked, _headings(), map(_row, rows), frozenset({4}))]
    if found and found.proof:
        chart = proof_chart(found.proof)
        widths = [(heading, 18) for heading in chart.headings]
        sheets.append(Sheet(chart.title, [chart.says], widths, chart.rows))
    content = workbook(*sheets)
    return saved(content, "look-alikes.xlsx")


@require_POST
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Put the ticked sites on a round."""
    user = user_of(request)
    division, _problems = _division(request)
    found = learned()
    item = Item.objects.filter(code=request.GET.get("item", "")).first()
    if division is None or found is None or item is None:
        messages.error(request, _("There is nothing to ask for: choose an item and a place"))
        return redirect("inspections:look-alikes")
    try:
        made = _ask(request, user, found, item, division)
    except BadRound as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('inspections:look-alikes')}?{_query(item, division)}")
    messages.success(request, _("The round is made; inspectors find it on their page."))
    return redirect("inspections:round", code=made.code)


def _ask(request: HttpRequest, user: User, found: Learned, item: Item, division: Division) -> Any:
    wanted = set(request.POST.getlist("site"))
    rows = [row for row in alikes(user, found, item, division) if row.site.code in wanted]
    try:
        due = date.fromisoformat(request.POST.get("due", ""))
    except ValueError:
        raise BadRound(_("Say the last day as a date, such as 2026-09-30")) from None
    return ask_for_visits(
        user,
        title=request.POST.get("title", ""),
        reason=Visit.Reason.LOOK_ALIKE,
        division=division,
        sites=[row.site for row in rows],
        due=due,
        key=request.POST.get("key", ""),
        item=item,
        chances={row.site.pk: row.chance for row in rows},
    )


def _division(request: HttpRequest) -> tuple[Division | None, list[str]]:
    code = request.GET.get("division", "")
    chosen = Division.objects.filter(code=code).first() if code else None
    problems = []
    if code and chosen is None:
        problems.append(_("There is no division “%(code)s”") % {"code": code[:40]})
    return chosen or Division.objects.filter(parent__isnull=True).first(), problems


def _item(
    request: HttpRequest, failing: list[tuple[Item, int, int]], problems: list[str]
) -> Item | None:
    """The item that was asked for, else the one that fails most."""
    code = request.GET.get("item", "")
    found = Item.objects.filter(code=code).first() if code else None
    if code and found is None:
        problems.append(_("There is no item “%(code)s”") % {"code": code[:60]})
    return found or (failing[0][0] if failing else None)


def _query(item: Item | None, division: Division | None) -> str:
    chosen = {"item": item.code if item else "", "division": division.code if division else ""}
    return urlencode({name: value for name, value in chosen.items() if value})


def _headings() -> list[tuple[str, int]]:
    return [
        (_("Site"), 28),
        (_("Code of the site"), 18),
        (_("Kind of site"), 16),
        (_("Place"), 18),
        (_("Chance to fail"), 12),
        (_("failed"), 8),
        (_("Looks"), 8),
        (_("Last look"), 18),
        (_("Open case"), 20),
        (_("Why"), 30),
    ]


def _row(one: Alike) -> tuple[str | int | float | None, ...]:
    return (
        one.site.name,
        one.site.code,
        one.site.kind.name,
        one.site.division.name,
        one.chance,
        one.failed,
        one.among,
        timezone.localtime(one.last).strftime("%Y-%m-%d") if one.last else "",
        one.open_case,
        one.why,
    )
