"""The page on which a list is made: by hand, from a spreadsheet, from what failed on a visit."""

from __future__ import annotations

import secrets
import tempfile
from datetime import date, timedelta
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from meicheng.inspections.models import Visit
from meicheng.ledger.models import Observation
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.sheets import Sheet, saved, workbook

from .actions import make_list
from .drafts import BadList, Draft
from .models import ProblemList
from .reading import Words, drafts_of, read_sheet

ROWS = 6  # empty rows that are offered
MOST_ROWS = 200
LARGEST = 10 * 1024 * 1024
FIELDS = ("text", "unit", "measures", "due", "item", "site")


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a list; what is wrong is said all at once, and what was typed stays."""
    user = user_of(request)
    allow(user, "lists.make")
    today = city_day(timezone.now())
    places = _places(user)
    faults: list[str] = []
    if request.method == "POST":
        rows = _typed(request)
        said = {name: request.POST.get(name, "") for name in ("title", "source", "division", "key")}
        place = next((one for one in places if one.code == said["division"]), None)
        try:
            if place is None:
                raise BadList(_("Choose the place whose list this is"))
            made = make_list(
                user,
                title=said["title"],
                source=said["source"],
                division=place,
                items=_drafts(request, rows, said["title"], place, today),
                key=said["key"] or secrets.token_hex(12),
                note=request.POST.get("note", ""),
            )
        except BadList as problem:
            faults = [str(fault) for fault in problem.faults]
        else:
            messages.success(request, _("The list stands; its units see it now."))
            return redirect("lists:list", code=made.code)
    else:
        rows, said = _failed(request, user, today)
    context = {
        "rows": [*rows, *([Words()] * (ROWS - len(rows) if len(rows) < ROWS else 1))],
        "said": {**said, "note": request.POST.get("note", "")},
        "faults": faults,
        "places": places,
        "sources": ProblemList.Source.choices,
        "units": Unit.objects.filter(
            scope(user, "lists.make").filter(division="division"), active=True
        ),
        "today": today,
    }
    return render(request, "lists/new.html", context, status=400 if faults else 200)


@require_GET
@login_required
def template(request: HttpRequest) -> HttpResponse:
    """An empty spreadsheet with the columns that are read."""
    allow(user_of(request), "lists.make")
    columns = [("序号", 6), ("问题", 44), ("责任单位", 24), ("整改措施", 36), ("完成时限", 12)]
    more = [("测评标准", 22), ("测评内容", 16), ("点位编码", 16), ("区划编码", 12)]
    empty = Sheet("问题清单", ["# meicheng lists"], [*columns, *more], [])
    return saved(workbook(empty), "problem-list.xlsx")


def _drafts(
    request: HttpRequest, rows: list[Words], title: str, place: Division, today: date
) -> list[Draft]:
    upload = request.FILES.get("file")
    if upload is None:
        return drafts_of(rows, title=title, division=place, today=today)
    if rows:
        raise BadList(_("Send either a spreadsheet or rows, not both"))
    if (upload.size or 0) > LARGEST:
        raise BadList(_("The spreadsheet is larger than 10 MB"))
    with tempfile.NamedTemporaryFile(suffix=Path(upload.name or "").suffix[:8]) as kept:
        for part in upload.chunks():
            kept.write(part)
        kept.flush()
        return read_sheet(Path(kept.name), title=title, division=place, today=today)


def _typed(request: HttpRequest) -> list[Words]:
    """The rows that were filled in; those without a word are left out."""
    columns = [request.POST.getlist(name)[:MOST_ROWS] for name in FIELDS]
    length = max(map(len, columns))
    rows = []
    for at in range(length):
        cells = [column[at].replace("\0", "") if at < len(column) else "" for column in columns]
        words = Words(**dict(zip(FIELDS, cells, strict=True)))
        if any((words.text.strip(), words.unit.strip(), words.measures.strip())):
            rows.append(words)
    return rows


def _places(user: User) -> list[Division]:
    """The city, districts and subdistricts of which the user may make lists."""
    where = scope(user, "lists.make")
    levels = [Division.Level.CITY, Division.Level.DISTRICT, Division.Level.SUBDISTRICT]
    found = Division.objects.filter(level__in=levels).defer("outline").order_by("path")
    return [one for one in found if where.covers(division=one)]


def _failed(request: HttpRequest, user: User, today: date) -> tuple[list[Words], dict[str, str]]:
    """Rows for the failed answers of the visit that the address names (at most 4 SQL statements)."""
    said = {"title": "", "source": "walk", "division": "", "key": secrets.token_hex(12)}
    number = request.GET.get("visit", "")
    if not number:
        return [], said
    visit = (
        Visit.objects.select_related("site__division__district")
        .filter(pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
        .first()
    )
    if visit is None:
        raise Http404(_("There is no visit %(number)d") % {"number": 0})
    site = visit.site
    allow(user, "visits.see", division=site.division)
    district = site.division.district or site.division
    units = {
        unit.role_id: unit.code for unit in Unit.objects.filter(division=district, active=True)
    }
    answers = Observation.objects.standing().filter(origin=visit.origin, value="no")
    rows = [
        Words(
            text=f"{site.name}：{one.item.name}" + (f"（{one.remark}）" if one.remark else ""),
            unit=units.get(one.item.role_id or "", ""),
            due=(today + timedelta(days=7)).isoformat(),
            item=one.item.code,
            site=site.code,
        )
        for one in answers.select_related("item").order_by("pk")
    ]
    said |= {
        "title": f"{site.name} {city_day(visit.visited_at)}",
        "source": "inspection",
        "division": district.code,
        "key": f"visit-{visit.pk}",
    }
    return rows, said
