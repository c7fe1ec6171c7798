"""Pages of problem lists: all of them, one, one item, what waits for a unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from meicheng.files.actions import BadFile, store_photo
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.standards.models import Item
from meicheng.tables.pages import page_number, page_of
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from . import queries
from .actions import send_back, solve, strike_off
from .drafts import BadList
from .models import ListItem, ProblemList
from .queries import STATES, ItemFilters, ListFilters


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All lists with their progress."""
    user = user_of(request)
    allow(user, "lists.see")
    today = city_day(timezone.now())
    source = request.GET.get("source", "")
    filters = ListFilters(
        source=source if source in ProblemList.Source.values else "",
        unfinished=request.GET.get("unfinished") == "1",
    )
    found = queries.list_page(user, filters, today=today, page=page_number(request.GET.get("page")))
    chosen = {"source": filters.source, "unfinished": "1" if filters.unfinished else ""}
    context = {
        "found": found,
        "lines": queries.lines(user, found.rows, today=today),
        "filters": filters,
        "sources": ProblemList.Source.choices,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "shares": queries.shares(user, None, today=today),
        "may_make": may(user, "lists.make"),
        "own": queries.has_unit(user),
    }
    return render(request, "lists/lists.html", context)


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's own units, over all lists."""
    user = user_of(request)
    allow(user, "lists.see")
    today = city_day(timezone.now())
    found = queries.own_items(user, today=today, page=page_number(request.GET.get("page")))
    context = {"found": found, "today": today, "query": ""}
    return render(request, "lists/mine.html", context)


@require_GET
@login_required
def one_list(request: HttpRequest, code: str) -> HttpResponse:
    """One list: its items and progress."""
    user, one = _find(request, code)
    today = city_day(timezone.now())
    filters = _filters(request)
    items = queries.items_of(user, one, filters, today)
    found = page_of(items, page_number(request.GET.get("page")), items)
    context = {
        "one": one,
        "found": found,
        "today": today,
        "filters": filters,
        "query": urlencode(_chosen(filters)),
        "progress": queries.lines(user, [one], today=today)[0].progress,
        "shares": queries.shares(user, one, today=today),
        "states": _state_names(),
    }
    return render(request, "lists/list.html", context)


@require_GET
@login_required
def printed(request: HttpRequest, code: str) -> HttpResponse:
    """The list as working groups print it: A4 across, with a column to strike off.

    `?by=group` gives each working group sheets of its own.
    """
    user, one = _find(request, code)
    today = city_day(timezone.now())
    filters = _filters(request)
    items = queries.items_of(user, one, filters, today)
    by_group = request.GET.get("by") == "group"
    context = {
        "one": one,
        "parts": queries.parts_by_group(items) if by_group else [queries.Part(None, list(items))],
        "by_group": by_group,
        "query": urlencode(_chosen(filters)),
        "today": today,
        "said": _said(filters),
    }
    return render(request, "lists/print.html", context)


@require_GET
@login_required
def exported(request: HttpRequest, code: str) -> HttpResponse:
    """Exactly what the page shows, as a workbook that can be read in again."""
    user, one = _find(request, code)
    today = city_day(timezone.now())
    filters = _filters(request)
    title = [f"# meicheng lists; {one.code}", one.title, one.division.name, *_said(filters)]
    rows = _rows(queries.items_of(user, one, filters, today))
    return saved(workbook(Sheet(one.title, title, headings(), rows)), f"{one.code}.xlsx")


@require_GET
@login_required
def one_item(request: HttpRequest, code: str, position: int) -> HttpResponse:
    """One item with what may be done now and what was done."""
    return _item_page(request, code, position)


@require_POST
@login_required
def step(request: HttpRequest, code: str, position: int, step: str) -> HttpResponse:
    """Say that it is rectified, strike it off, or send it back."""
    user, item = _find_item(request, code, position)
    words = request.POST.get("remark", "").replace("\0", "")
    try:
        if step == "solve":
            # The right first: nobody stores a photograph here who may not solve it.
            allow(user, "lists.solve", division=item.unit.division, unit=item.unit)
            upload = request.FILES.get("proof")
            proof = (
                store_photo(upload.file, by=user, name=upload.name or "")  # type: ignore[arg-type]
                if upload
                else None
            )
            solve(user, item, words, proof)
            messages.success(request, _("Noted as rectified; somebody else will check it."))
        elif step == "strike-off":
            strike_off(user, item, words)
            messages.success(request, _("Struck off the list."))
        else:
            send_back(user, item, words)
            messages.success(request, _("Sent back to the unit."))
    except (BadList, BadFile) as problem:
        return _item_page(request, code, position, tried=step, refusal=str(problem), status=400)
    return redirect("lists:item", code=code, position=position)


def headings() -> list[tuple[str, int]]:
    """The columns of a printed or exported list, with widths."""
    return [
        (_("No."), 6), (_("Problem"), 44), (_("Unit"), 24), (_("Measures"), 36),
        (_("Deadline"), 12), (_("Strike off"), 22), (_("State"), 10), (_("Criterion"), 22),
        (_("Item"), 16), (_("Site code"), 16), (_("Place code"), 12),
    ]  # fmt: skip


def _rows(items: Any) -> Iterator[list[Cell]]:
    for item in items:
        struck = ""
        if item.struck_by is not None:
            struck = f"{item.struck_by.display_name} {city_day(item.struck_at)}"
        yield [
            item.position, item.text, item.unit.name, item.measures, item.due.isoformat(), struck,
            item.get_status_display(), item.criterion, item.item,
            item.site.code if item.site else "", item.division.code,
        ]  # fmt: skip


def _item_page(
    request: HttpRequest,
    code: str,
    position: int,
    *,
    tried: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    user, item = _find_item(request, code, position)
    solved = item.status == ListItem.Status.SOLVED
    checks = may(user, "lists.strike_off", division=item.division)
    context = {
        "item": item,
        "one": item.list,
        "today": city_day(timezone.now()),
        "refusal": refusal,
        "tried": tried,
        "written": request.POST.get("remark", ""),
        "story": queries.story(item),
        "looked_at": Item.objects.filter(code=item.item).first() if item.item else None,
        "may_solve": item.waits_for_unit
        and may(user, "lists.solve", division=item.unit.division, unit=item.unit),
        "may_strike": solved and checks and item.solved_by_id != user.pk,
        "own_work": solved and checks and item.solved_by_id == user.pk,
        "may_return": checks and not item.waits_for_unit,
    }
    return render(request, "lists/item.html", context, status=status)


def _find(request: HttpRequest, code: str) -> tuple[User, ProblemList]:
    """The reader and a list of which an item can be seen; to a stranger it is not there."""
    user = user_of(request)
    allow(user, "lists.see")
    one = (
        ProblemList.objects.select_related("division", "made_by", "framework")
        .defer("division__outline", "framework__document")
        .filter(code=code)
        .first()
    )
    if one is None or not queries.reach(user).filter(list=one).exists():
        raise Http404(_("There is no list %(code)s") % {"code": code[:40]})
    return user, one


def _find_item(request: HttpRequest, code: str, position: int) -> tuple[User, ListItem]:
    user = user_of(request)
    allow(user, "lists.see")
    found = queries.whole_items(queries.reach(user)).select_related("unit__division", "case")
    item = found.filter(list__code=code, position=position).first()
    if item is None:
        raise Http404(_("There is no list %(code)s") % {"code": code[:40]})
    return user, item


def _state_names() -> list[tuple[str, str]]:
    names = {
        "waiting": _("To be solved"),
        "overdue": _("Overdue"),
        "solved": _("To be checked"),
        "struck": _("Struck off"),
    }
    return [(code, names[code]) for code in STATES]


def _filters(request: HttpRequest) -> ItemFilters:
    state = request.GET.get("state", "")
    return ItemFilters(
        state=state if state in STATES else "",
        unit=request.GET.get("unit", "").replace("\0", "")[:60],
        words=request.GET.get("q", "").strip().replace("\0", "")[:60],
    )


def _chosen(filters: ItemFilters) -> dict[str, str]:
    chosen = {"state": filters.state, "unit": filters.unit, "q": filters.words}
    return {name: value for name, value in chosen.items() if value}


def _said(filters: ItemFilters) -> list[str]:
    """The filters in words, for the first row of an export and the head of a print."""
    said = []
    if filters.state:
        said.append(dict(_state_names())[filters.state])
    if filters.unit:
        unit = Unit.objects.filter(code=filters.unit).first()
        said.append(unit.name if unit else filters.unit)
    if filters.words:
        said.append(f"“{filters.words}”")
    return said
