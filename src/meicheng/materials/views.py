"""Pages of materials: what is needed, filing a document, reviewing one, the whole set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.assessment.periods import Period, parse_period
from meicheng.assessment.queries import frameworks, root
from meicheng.files.actions import BadFile, path_of
from meicheng.files.documents import ending_of, store_document
from meicheng.organisation.filing import place_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import NotAllowed, allow, may, memberships, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Framework, Item
from meicheng.tables.sheets import XLSX, Sheet, workbook

from .actions import BadMaterial, file_material, review, use_for, withdraw
from .bundle import bundle
from .forms import FilingForm
from .models import Filing, Use
from .queries import (
    OPEN,
    STATES,
    Needed,
    filings_seen,
    narrowed,
    needed,
    others_of,
    progress,
    questions,
    waiting,
)


@dataclass(frozen=True)
class Asked:
    """What the overview was asked for."""

    framework: Framework
    period: Period
    division: Division
    unit: str
    state: str
    words: str
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same question as the end of an address."""
        said = {
            "framework": self.framework.code,
            "edition": self.framework.edition,
            "year": self.period.text,
            "division": self.division.code,
            "unit": self.unit,
            "state": self.state,
            "q": self.words,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def filters(self) -> list[str]:
        """The same in words, for the first row of a workbook."""
        standard = f"{self.framework.name} {self.framework.edition}"
        states = dict(STATES) | {"open": _("still to be filed")}
        return [
            standard,
            self.period.words,
            self.division.name,
            self.unit,
            str(states.get(self.state, "")),
            self.words,
        ]


@require_GET
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Every material that a standard asks for, how it stands, and how far each unit has come."""
    user = user_of(request)
    allow(user, "materials.see")
    editions = frameworks()
    if not editions or root() is None:
        return render(request, "assessment/empty.html")
    asked = _asked(request, user, editions)
    everything = _needed(asked)
    rows = narrowed(everything, unit=asked.unit, state=asked.state, words=asked.words)
    counts = {state: sum(row.state == state for row in everything) for state, _label in STATES}
    context = {
        "asked": asked,
        "editions": editions,
        "divisions": Division.objects.filter(level__in=["city", "district"])
        .defer("outline")
        .order_by("path"),
        "rows": rows,
        "everything": len(everything),
        "there": counts["there"] + counts["expiring"],
        "counts": counts,
        "open": sum(counts[state] for state in OPEN),
        "progress": progress(everything),
        "states": [("open", _("still to be filed")), *STATES],
        "may_take_all": may(user, "materials.see", division=asked.division),
        "waiting": waiting(user).count() if may(user, "materials.review") else None,
        "files_for": {unit.pk for unit in _units_of(user)},
    }
    status = 400 if asked.problems else 200
    return render(request, "materials/overview.html", context, status=status)


@require_GET
@login_required
def overview_workbook(request: HttpRequest) -> HttpResponse:
    """The rows of the overview as a workbook."""
    user = user_of(request)
    allow(user, "materials.see")
    asked = _asked(request, user, _editions())
    rows = narrowed(_needed(asked), unit=asked.unit, state=asked.state, words=asked.words)
    headings = [
        (_("Part"), 24), (_("Criterion"), 10), (_("Name"), 40), (_("Material"), 24),
        (_("Who files it"), 28), (_("State"), 16), (_("Document"), 30), (_("Date"), 12),
        (_("Holds until"), 12), (_("Reason"), 30),
    ]  # fmt: skip
    cells = [
        (
            row.node,
            row.criterion.code,
            row.criterion.name,
            row.name,
            row.who,
            row.words,
            row.filing.title if row.filing else "",
            str(row.filing.dated) if row.filing else "",
            str(row.filing.expires or "") if row.filing else "",
            row.use.reason if row.use else "",
        )
        for row in rows
    ]
    content = workbook(Sheet(_("Materials"), asked.filters, headings, cells))
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{_name(asked)}.xlsx"'
    return answer


@require_GET
@login_required
def whole_set(request: HttpRequest) -> StreamingHttpResponse:
    """The accepted documents as a ZIP with an index in the order of the standard."""
    user = user_of(request)
    asked = _asked(request, user, _editions())
    allow(user, "materials.see", division=asked.division)
    rows = narrowed(_needed(asked), unit=asked.unit)
    answer = StreamingHttpResponse(
        bundle(rows, [*asked.filters[:3], asked.unit]), content_type="application/zip"
    )
    answer["Content-Disposition"] = f'attachment; filename="{_name(asked)}.zip"'
    return answer


@require_http_methods(["GET", "POST"])
@login_required
def file_one(request: HttpRequest) -> HttpResponse:
    """File a document for a material, and for others that it proves as well."""
    user = user_of(request)
    allow(user, "materials.file")
    codes = request.POST.getlist("item") or request.GET.getlist("item")
    items = list(
        Item.objects.filter(code__in=codes[:60], source=Item.Source.MATERIAL).order_by("position")
    )
    if not items:
        raise Http404(_("There is no material “%(code)s”") % {"code": "".join(codes[:1])[:60]})
    units = _units_of(user)
    if not units:
        raise NotAllowed(_("You belong to no unit that files materials"))
    first = _likely(units, items[0])
    form = FilingForm(
        request.POST or None,
        request.FILES or None,
        units=units,
        initial={"unit": first.code, "title": items[0].name[:160]},
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            made = _filed(form, user, units, items)
            if made is not None:
                messages.success(
                    request, _("%(code)s is filed and waits for its review.") % {"code": made.code}
                )
                return redirect("materials:filing", code=made.code)
    place = place_of(first)
    others = others_of(items, place, today=city_day(timezone.now()))
    context = {"form": form, "items": items, "others": others, "place": place}
    return render(request, "materials/file.html", context, status=status)


@require_GET
@login_required
def next_to_review(request: HttpRequest) -> HttpResponse:
    """The filing that has waited longest for this reviewer."""
    user = user_of(request)
    allow(user, "materials.review")
    after = request.GET.get("after", "")
    found = waiting(user)
    one = (found.filter(pk__gt=int(after)).first() if after.isdecimal() else None) or found.first()
    if one is None:
        messages.success(request, _("Nothing waits for a review."))
        return redirect("materials:overview")
    return redirect("materials:filing", code=one.code)


@require_GET
@login_required
def filing_page(request: HttpRequest, code: str) -> HttpResponse:
    """One document: what it proves, what to ask, and its review."""
    user, one = _find(request, code)
    return _filing(request, user, one)


@require_GET
@login_required
def document(request: HttpRequest, code: str) -> FileResponse:
    """The document itself, as it was filed."""
    _user, one = _find(request, code)
    inline = one.file.media_type in {"application/pdf", "image/jpeg", "image/png", "image/webp"}
    answer = FileResponse(
        path_of(one.file.sha256).open("rb"),
        as_attachment=not inline,
        filename=f"{one.code} {one.title[:80]}{ending_of(one.file)}",
        content_type=one.file.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; object-src 'self'"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_POST
@login_required
def review_one(request: HttpRequest, code: str) -> HttpResponse:
    """Accept or return a document for the ticked materials, then on to the next."""
    user, one = _find(request, code)
    items = list(Item.objects.filter(code__in=request.POST.getlist("item")))
    accept = request.POST.get("verdict") == "accept"

    def do() -> None:
        review(user, one, items, accept=accept, reason=request.POST.get("reason", ""))

    done = _try(request, user, one, do)
    if done is not None:
        return done
    said = _("%(code)s is accepted.") if accept else _("%(code)s is returned to its unit.")
    messages.success(request, said % {"code": one.code})
    return redirect(f"{reverse('materials:next')}?after={one.pk}")


@require_POST
@login_required
def use_for_more(request: HttpRequest, code: str) -> HttpResponse:
    """Let a document prove more materials."""
    user, one = _find(request, code)
    items = list(Item.objects.filter(code__in=request.POST.getlist("item")))
    done = _try(request, user, one, lambda: use_for(user, one, items))
    return done or redirect("materials:filing", code=one.code)


@require_POST
@login_required
def withdraw_one(request: HttpRequest, code: str) -> HttpResponse:
    """Take a document back."""
    user, one = _find(request, code)
    done = _try(request, user, one, lambda: withdraw(user, one))
    return done or redirect("materials:filing", code=one.code)


def _try(
    request: HttpRequest, user: User, one: Filing, do: Callable[[], Any]
) -> HttpResponse | None:
    """Do a step; the page with the reason where it cannot be done."""
    try:
        do()
    except BadMaterial as problem:
        return _filing(request, user, one, refusal=str(problem), status=409)
    return None


def _filing(
    request: HttpRequest, user: User, one: Filing, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    today = city_day(timezone.now())
    uses = list(one.uses.select_related("item", "reviewed_by"))
    reviews = (
        may(user, "materials.review", division=one.division)
        and one.filed_by_id != user.pk
        and one.withdrawn_at is None
    )
    files = may(user, "materials.file", division=one.unit.division, unit=one.unit)
    items = [use.item for use in uses]
    context = {
        "one": one,
        "uses": uses,
        "questions": questions(one, uses, today=today),
        "reviews": reviews,
        "files": files and one.withdrawn_at is None,
        "may_withdraw": files
        and one.withdrawn_at is None
        and all(use.state in {Use.State.FILED, Use.State.RETURNED} for use in uses),
        "others": others_of(items, one.division, today=today)
        if files and one.withdrawn_at is None
        else [],
        "refusal": refusal,
        "shown": one.file.media_type.startswith("image/"),
        "size": one.file.size,
        "waits": any(use.state == Use.State.FILED for use in uses),
    }
    return render(request, "materials/filing.html", context, status=status)


def _filed(form: FilingForm, user: User, units: list[Unit], items: list[Item]) -> Filing | None:
    """File what the form says; None, with the reason beside the field, where it cannot be."""
    said = form.cleaned_data
    upload = said["document"]
    try:
        file = store_document(upload.file, by=user, name=upload.name)
    except BadFile as problem:
        form.add_error("document", str(problem))
        return None
    try:
        return file_material(
            user,
            unit=next(unit for unit in units if unit.code == said["unit"]),
            items=items,
            file=file,
            file_name=upload.name,
            title=said["title"],
            dated=said["dated"],
            expires=said["expires"],
            note=said["note"],
            key=said["key"],
        )
    except BadMaterial as problem:
        form.add_error(None, str(problem))
        return None


def _units_of(user: User) -> list[Unit]:
    """The units that the user files for, those they belong to first (1 SQL statement)."""
    if not may(user, "materials.file"):
        return []
    where = scope(user, "materials.file")
    rows = Unit.objects.filter(where.filter(division="division", unit="pk"), active=True)
    mine = {held.unit_id for held in memberships(user)}
    found = rows.select_related("division__district", "role").order_by("code")
    return sorted(found, key=lambda unit: unit.pk not in mine)


def _likely(units: list[Unit], item: Item) -> Unit:
    """The unit that files such a material: one of its lead's role, else the first."""
    return next((unit for unit in units if unit.role_id == item.role_id), units[0])


def _needed(asked: Asked) -> list[Needed]:
    today = city_day(timezone.now())
    return needed(asked.framework, asked.period, asked.division, today=today)


def _editions() -> list[Framework]:
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    return editions


def _asked(request: HttpRequest, user: User, editions: list[Framework]) -> Asked:
    """What was asked for; what cannot be is replaced by the usual and said."""
    problems = []
    code, edition = request.GET.get("framework", ""), request.GET.get("edition", "")
    framework = next(
        (one for one in editions if one.code == code and edition in ("", one.edition)), None
    )
    if framework is None:
        if code:
            problems.append(_("There is no standard “%(code)s”") % {"code": code[:60]})
        framework = editions[0]
    year = str(city_day(timezone.now()).year)
    text = request.GET.get("year", "") or year
    try:
        period = parse_period(text)
    except ValueError as problem:
        problems.append(str(problem))
        period = parse_period(year)
    wanted = request.GET.get("division", "")
    division = Division.objects.filter(code=wanted).first() if wanted else _own_place(user)
    if division is None:
        if wanted:
            problems.append(_("There is no division “%(code)s”") % {"code": wanted[:40]})
        division = root()
    if division is None:
        raise Http404(_("There is no division yet: run “meicheng setup”"))
    unit, state = request.GET.get("unit", "")[:60], request.GET.get("state", "")
    if state not in {*dict(STATES), "open", ""}:
        problems.append(
            _("“%(value)s” means nothing here; it was left out") % {"value": state[:60]}
        )
        state = ""
    words = request.GET.get("q", "").replace("\0", "")[:60]
    whole = Framework.objects.get(pk=framework.pk)
    return Asked(whole, period, division, unit, state, words, tuple(problems))


def _own_place(user: User) -> Division | None:
    """The place that the user's own unit files for; None for who belongs to none."""
    own = next((held.unit for held in memberships(user) if held.unit_id), None)
    return place_of(own) if own else None


def _find(request: HttpRequest, code: str) -> tuple[User, Filing]:
    user = user_of(request)
    allow(user, "materials.see")
    one = filings_seen(user).select_related("unit__division").filter(code=code).first()
    if one is None:
        raise Http404(_("There is no filing %(code)s in your area") % {"code": code[:40]})
    return user, one


def _name(asked: Asked) -> str:
    words = ["materials", asked.framework.code, asked.period.text, asked.division.code, asked.unit]
    return "-".join(word for word in words if word)
