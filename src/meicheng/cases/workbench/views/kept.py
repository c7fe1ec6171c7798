"""What people keep for themselves or share: filters, columns, templates for replies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from meicheng.cases import queries
from meicheng.cases.models import ReplyTemplate, SavedFilter
from meicheng.cases.workbench import replies, shared
from meicheng.cases.workbench.columns import COLUMNS, choose_columns, columns_of
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of


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
