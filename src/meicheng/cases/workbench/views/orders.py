"""Orders for many cases: what will and will not happen, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from meicheng.cases import queries, sheets
from meicheng.cases.models import BulkRun, Case
from meicheng.cases.queries.filters import CaseFilters
from meicheng.cases.reaching import allow_case
from meicheng.cases.workbench import bulk
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
