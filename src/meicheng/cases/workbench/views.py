"""Pages of the workbench: the list, its filters and columns, bulk orders, comments, templates."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.cases import actions, queries, sheets
from meicheng.cases.models import BulkRun, Case, ReplyTemplate, SavedFilter
from meicheng.cases.queries.filters import GROUPS, SORTS, SOURCES, CaseFilters
from meicheng.cases.reaching import allow_case
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind
from meicheng.tables.pages import page_number

from . import bulk, comments, looking, replies, shared
from .columns import COLUMNS, choose_columns, columns_of

COUNTED_TO = 1000  # beside a filter; nobody reads more digits there
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Narrowing:
    """A filter to choose: one of the house's groups, or one that somebody saved."""

    label: str
    query: str
    current: bool
    count: str = ""
    urgent: bool = False
    saved: SavedFilter | None = None


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The list of cases with its filters, which are kept in the address."""
    user = user_of(request)
    allow(user, "cases.see")
    filters = queries.filters_from(request.GET)
    at = timezone.now()
    # Before the rows are read: what happens meanwhile is told rather than missed.
    after = looking.highest_key()
    found = queries.case_list(user, filters, page=page_number(request.GET.get("page")), at=at)
    where = Division.objects.filter(level__in=["district", "subdistrict"]).order_by("path")
    names = columns_of(user)
    context = {
        "filters": filters,
        "found": found,
        "after": after,
        "groups": _groups(filters),
        "saved": _saved(user, filters),
        "circles": shared.circles(user),
        "columns": [(name, COLUMNS[name]) for name in names],
        "sorts": SORTS,
        "sources": SOURCES,
        "kinds": CaseKind.objects.filter(active=True),
        "divisions": where.defer("outline"),
        "units": Unit.objects.filter(active=True).order_by("division__path", "code"),
        "narrowed": filters.query != CaseFilters(group=filters.group).query,
        "bulk_codes": [
            (code, bulk.label_of(code)) for code in bulk.CODES if may(user, f"cases.{code}")
        ],
        "may_export": may(user, "exchange.export"),
        "may_open": may(user, "cases.open"),
    }
    return render(request, "cases/list.html", context)


def _groups(filters: CaseFilters) -> list[Narrowing]:
    plain = CaseFilters()
    found = [
        Narrowing(
            _("Waiting for me"),
            plain.with_(mine=True, sort="due").query,
            filters.with_(sort="due").query == plain.with_(mine=True, sort="due").query,
        ),
        Narrowing(
            _("Overdue"),
            plain.with_(overdue=True, sort="due").query,
            filters.with_(sort="due").query == plain.with_(overdue=True, sort="due").query,
        ),
    ]
    special = any(one.current for one in found)
    return found + [
        Narrowing(str(words), plain.with_(group=code).query, filters.group == code and not special)
        for code, (words, _states) in GROUPS.items()
    ]


def _saved(user: User, filters: CaseFilters) -> list[Narrowing]:
    return [
        Narrowing(one.name, one.query, one.query == filters.query, saved=one)
        for one in shared.filters_of(user)
    ]


@require_GET
@login_required
def counts(request: HttpRequest) -> HttpResponse:
    """The same filters with how many cases each leaves: asked for once the page is there."""
    user = user_of(request)
    allow(user, "cases.see")
    at = timezone.now()
    filters = queries.filters_from(request.GET)
    found = []
    for one in [*_groups(filters), *_saved(user, filters)]:
        count = counted(user, one.query, at=at)
        shown = f"{COUNTED_TO:,}+" if count > COUNTED_TO else f"{count:,}"
        late = one.query == CaseFilters(overdue=True, sort="due").query and count > 0
        found.append(Narrowing(one.label, one.query, one.current, shown, late, one.saved))
    context = {
        "groups": [one for one in found if one.saved is None],
        "saved": [one for one in found if one.saved is not None],
    }
    return render(request, "cases/narrowings.html", context)


def counted(user: User, query: str, *, at: Any) -> int:
    """How many cases a filter leaves, counted to one above `COUNTED_TO`."""
    rows = queries.found_cases(user, queries.filters_from(QueryDict(query)), at=at)
    return rows.order_by().values("pk")[: COUNTED_TO + 1].count()


@require_POST
@login_required
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the list's present filters under a name."""
    user = user_of(request)
    allow(user, "cases.see")
    filters = queries.filters_from(QueryDict(request.POST.get("query", "")))
    name = request.POST.get("name", "").strip()[:40]
    if not name:
        messages.error(request, _("Give the filter a name"))
    else:
        kept = SavedFilter(owner=user, name=name, query=filters.query[:600])
        shared.share(kept, request.POST.get("circle", "")).save()
        messages.success(request, _("“%(name)s” was saved.") % {"name": name})
    return redirect(f"{reverse('cases:list')}?{filters.query}")


@require_POST
@login_required
def delete_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved filter of one's own."""
    kept = get_object_or_404(SavedFilter, pk=pk)
    shared.forget(kept, by=user_of(request))
    messages.success(request, _("“%(name)s” was deleted.") % {"name": kept.name})
    return redirect("cases:list")


@require_http_methods(["GET", "POST"])
@login_required
def columns(request: HttpRequest) -> HttpResponse:
    """Choose which columns the list shows, in which order; kept for each person."""
    user = user_of(request)
    allow(user, "cases.see")
    names = columns_of(user)
    if request.method == "POST":
        names = [name for name in request.POST.getlist("column") if name in COLUMNS]
        for move, step in (("up", -1), ("down", 1)):
            name = request.POST.get(move, "")
            if name in names:
                place = names.index(name)
                other = max(0, min(len(names) - 1, place + step))
                names[place], names[other] = names[other], names[place]
        choose_columns(user, names)
        if "up" in request.POST or "down" in request.POST:
            return redirect("cases:columns")
        messages.success(request, _("Your columns are kept."))
        return redirect("cases:list")
    rest = [name for name in COLUMNS if name not in names]
    context = {
        "chosen": [(name, COLUMNS[name]) for name in names],
        "rest": [(name, COLUMNS[name]) for name in rest],
    }
    return render(request, "cases/columns.html", context)


@require_GET
@login_required
def live(request: HttpRequest) -> HttpResponse:
    """What changed since the list was shown, as JSON; 304 while nothing happened in the city.

    `after` is the highest key of then, `rows` the numbers shown with their versions, `open` the case
    in the right pane with its version.
    """
    user = user_of(request)
    allow(user, "cases.see")
    at = timezone.now()
    number, _colon, version = request.GET.get("open", "").partition(":")
    opened = None
    others: list[str] = []
    if number:
        opened = Case.objects.filter(queries.reach(user), number=number).first()
        if opened is not None:
            others = looking.note_look(user, opened.pk, at=at)
    tag = f'"{looking.newest_event()}-{uuid.uuid5(uuid.NAMESPACE_OID, "|".join(others)).hex[:8]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    filters = queries.filters_from(request.GET)
    shown = {}
    for pair in request.GET.get("rows", "").split(",")[:60]:
        one, _colon, seen = pair.partition(":")
        if seen.isdigit():
            shown[one] = int(seen)
    after = request.GET.get("after", "")
    found = looking.changes(user, filters, shown, after=int(after) if after.isdigit() else 0, at=at)
    names = columns_of(user)
    rows = {
        row.case.number: render_to_string(
            "cases/row.html",
            {
                "row": row,
                "one": row.case,
                "columns": [(name, "") for name in names],
                "words": filters.words,
            },
        )
        for row in queries.rows_of(found.changed, at=at)
    }
    moved = ""
    if opened is not None and version.isdigit() and int(version) != opened.events_count:
        moved = looking.what_happened(opened, since=int(version))
    answer = JsonResponse({"new": found.new, "rows": rows, "moved": moved, "others": others})
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


class BulkForm(forms.Form):
    """What an order for many cases may need."""

    unit = forms.ModelChoiceField(
        Unit.objects.filter(active=True).order_by("division__path", "code"),
        required=False,
        label=gettext_lazy("Unit"),
        empty_label=gettext_lazy("each to the unit that answers for its kind and place"),
    )
    to = forms.CharField(
        required=False, max_length=30, label=gettext_lazy("Number of the case that stays")
    )
    remark = forms.CharField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Remark"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
    )

    def __init__(self, *args: Any, code: str, **options: Any) -> None:
        super().__init__(*args, **options)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)
        unit.label_from_instance = lambda obj: str(obj.name)  # type: ignore[method-assign]
        if code != "dispatch":
            del self.fields["unit"]
        if code != "join":
            del self.fields["to"]
        if code in bulk.NEEDS_WORDS:
            self.fields["remark"].label = _("Comment") if code == "comment" else _("Reason")
        if code == "comment":
            self.fields["remark"].help_text = _("@ names people and units, who are told.")

    def clean_to(self) -> Case | None:
        """The case that a number names."""
        number = self.cleaned_data["to"].strip().upper()
        if not number:
            return None
        found = Case.objects.filter(number=number).select_related("division", "unit").first()
        if found is None:
            raise ValidationError(_("No case has the number %(number)s") % {"number": number})
        return found


@require_POST
@login_required
def many(request: HttpRequest) -> HttpResponse:
    """An order for many cases: its summary first, then, once confirmed, what became of it."""
    user = user_of(request)
    allow(user, "cases.see")
    code = request.POST.get("code", "")
    seen = {}
    for chosen in request.POST.getlist("case"):
        number, _colon, version = chosen.partition(":")
        seen[number] = int(version) if version.isdigit() else -1
    cases = bulk.chosen_cases(user, seen)
    if not cases:
        messages.warning(request, _("No case was chosen: tick some, or press x on them."))
        return redirect("cases:list")
    if code == "export":
        return _exported(user, cases)
    if code not in bulk.CODES:
        raise Http404(_("No step is called “%(code)s”") % {"code": code})
    confirmed = "key" in request.POST
    form = BulkForm(request.POST if confirmed else None, code=code)
    order = bulk.Order(code)
    if confirmed and form.is_valid():
        said = form.cleaned_data
        if said.get("to") is not None:
            allow_case(user, "cases.see", said["to"])
        order = bulk.Order(code, said["remark"], said.get("unit"), said.get("to"))
    plan = bulk.planned(user, order, cases)
    try:
        key = uuid.UUID(request.POST["key"]) if confirmed else uuid.uuid4()
    except ValueError:
        raise Http404(_("This order has no key; go back to the list")) from None
    if "go" in request.POST and form.is_valid() and not plan.missing:
        bulk.carry_out(user, order, cases, key=key, seen=seen)
        return redirect("cases:bulk-result", key=key)
    context = {
        "plan": plan,
        "form": form,
        "code": code,
        "label": bulk.label_of(code),
        "key": key,
        "versions": seen,
        "complain": confirmed and plan.missing,
        "too_many": len(request.POST.getlist("case")) > bulk.MOST,
        "most": bulk.MOST,
    }
    return render(request, "cases/bulk.html", context, status=400 if "go" in request.POST else 200)


@require_GET
@login_required
def bulk_result(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What became of an order for many cases."""
    try:
        result = bulk.result_of(user_of(request), key)
    except BulkRun.DoesNotExist:
        raise Http404(_("You gave no such order")) from None
    return render(request, "cases/bulk_result.html", {"result": result})


def _exported(user: User, cases: list[Case]) -> HttpResponse:
    allow(user, "exchange.export")
    at = timezone.now()
    rows = queries.rows_of([case.pk for case in cases], at=at)
    content = sheets.case_sheet(rows, filters=CaseFilters(group="all"), user=user, at=at)
    answer = HttpResponse(content, content_type=XLSX)
    stamp = timezone.localtime(at).strftime("%Y%m%d-%H%M")
    answer["Content-Disposition"] = f'attachment; filename="cases-{stamp}.xlsx"'
    return answer


@require_POST
@login_required
def comment(request: HttpRequest, number: str) -> HttpResponse:
    """Add a comment to a case; refused words come back on the case's page."""
    from meicheng.cases.views import case_page

    found = _seen_case(request, number)
    words = request.POST.get("remark", "")
    try:
        comments.comment_case(found, by=user_of(request), remark=words)
    except actions.Needed as problem:
        return case_page(request, number, words=words, refusal=str(problem), status=400)
    messages.success(request, _("Your comment stands with %(number)s.") % {"number": number})
    if request.headers.get("X-Pane"):
        return case_page(request, number)
    return redirect("cases:case", number=number)


@require_GET
@login_required
def people(request: HttpRequest, number: str) -> JsonResponse:
    """Whom “@” and some letters may mean on this case."""
    found = _seen_case(request, number)
    typed = request.GET.get("q", "").replace("\0", "")[:40]
    offered = comments.offers(found, typed, by=user_of(request))
    return JsonResponse({"offers": [{"name": one.name, "what": one.what} for one in offered]})


def _seen_case(request: HttpRequest, number: str) -> Case:
    found = (
        Case.objects.filter(queries.reach(user_of(request)), number=number)
        .select_related("kind", "division", "unit")
        .first()
    )
    if found is None:
        raise Http404(_("No case has the number %(number)s") % {"number": number})
    return found


class TemplateForm(forms.ModelForm):
    """A template for replies."""

    circle = forms.ChoiceField(label=gettext_lazy("For whom"), required=False)

    class Meta:
        model = ReplyTemplate
        fields = ["name", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 4, "maxlength": 2000})}

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        circle = self.fields["circle"]
        assert isinstance(circle, forms.ChoiceField)
        circle.choices = shared.circles(user)

    def clean_body(self) -> str:
        """The words, whose places must be known."""
        body: str = self.cleaned_data["body"]
        unknown = replies.unknown_places(body)
        if unknown:
            raise ValidationError(
                _("Nothing is known for {%(name)s}; places are: %(places)s")
                % {
                    "name": unknown[0],
                    "places": " ".join(f"{{{name}}}" for name in replies.PLACES),
                }
            )
        return body


@require_http_methods(["GET", "POST"])
@login_required
def templates(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The templates for replies: those one sees, and a form for a new one or one of one's own."""
    user = user_of(request)
    allow(user, "cases.comment")
    kept = get_object_or_404(ReplyTemplate, pk=pk, owner=user) if pk is not None else None
    if request.method == "POST" and "delete" in request.POST and kept is not None:
        shared.forget(kept, by=user)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": kept.name})
        return redirect("cases:templates")
    circle = ""
    if kept is not None:
        circle = f"unit:{kept.unit_id}" if kept.unit_id else f"role:{kept.role}" * bool(kept.role)
    form = TemplateForm(request.POST or None, instance=kept, user=user, initial={"circle": circle})
    if request.method == "POST" and form.is_valid():
        made: ReplyTemplate = form.save(commit=False)
        if kept is None:
            made.owner = user
        shared.share(made, form.cleaned_data["circle"]).save()
        messages.success(request, _("“%(name)s” was saved.") % {"name": made.name})
        return redirect("cases:templates")
    context = {
        "form": form,
        "kept": kept,
        "all": shared.templates_of(user),
        "places": replies.PLACES.items(),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "cases/templates.html", context, status=status)
