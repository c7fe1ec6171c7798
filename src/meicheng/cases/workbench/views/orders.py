"""Orders for many cases: what will and will not happen, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from meicheng.cases import actions, queries, sheets
from meicheng.cases.models import BulkRun, Case
from meicheng.cases.queries.filters import CaseFilters
from meicheng.cases.reaching import allow_case
from meicheng.cases.workbench import bulk, orders
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.tables.pages import COUNT_CAP
from meicheng.tables.sheets import saved


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
    """An order for many cases: its summary first, then, once confirmed, what became of it.

    For those that were ticked, or with `all` for all that the list's filters leave: these are
    drafted as they are, and where they are many the worker carries them out.
    """
    user = user_of(request)
    allow(user, "cases.see")
    code = request.POST.get("code", "")
    if "all" in request.POST and "key" not in request.POST:
        return _all_that_is_left(request, user, code)
    confirmed = "key" in request.POST
    key = _key(request) if confirmed else uuid.uuid4()
    drafted = None
    if confirmed and "case" not in request.POST:
        drafted = BulkRun.objects.filter(key=key, by=user).first()
    seen: dict[str, int] = {}
    if drafted is not None:
        code = drafted.code
        if drafted.state != BulkRun.State.DRAFT:
            return redirect("cases:bulk-result", key=key)
        cases = list(orders.cases_of(drafted))
    else:
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
    form = BulkForm(request.POST if confirmed else None, code=code)
    order = bulk.Order(code)
    if confirmed and form.is_valid():
        said = form.cleaned_data
        if said.get("to") is not None:
            allow_case(user, "cases.see", said["to"])
        order = bulk.Order(code, said["remark"], said.get("unit"), said.get("to"))
    plan = bulk.planned(user, order, cases)
    if "go" in request.POST and form.is_valid() and not plan.missing:
        if drafted is not None:
            orders.confirm(drafted, order)
            if len(cases) <= bulk.MOST:
                drafted.refresh_from_db()
                orders.carry_on(drafted)
        else:
            orders.carry_out(user, order, cases, key=key, seen=seen)
        return redirect("cases:bulk-result", key=key)
    status = 400 if "go" in request.POST else 200
    too_many = len(request.POST.getlist("case")) > bulk.MOST
    return _summary(
        request, plan, form, key=key, versions=seen, complain=confirmed and plan.missing,
        too_many=too_many, status=status,
    )  # fmt: skip


def _all_that_is_left(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """The summary of an order for all that the list's filters leave, at most `COUNT_CAP`."""
    query = request.POST.get("query", "")
    if code == "export":
        return redirect(f"{reverse('cases:export')}?{query}")
    if code not in bulk.CODES:
        raise Http404(_("No step is called “%(code)s”") % {"code": code})
    filters = queries.filters_from(QueryDict(query))
    found = queries.found_cases(user, filters, at=timezone.now())
    run = orders.draft(user, code, found.only("pk", "events_count")[:COUNT_CAP])
    cases = list(orders.cases_of(run))
    if not cases:
        run.delete()
        messages.warning(request, _("No case fits these filters"))
        return redirect(f"{reverse('cases:list')}?{query}")
    plan = bulk.planned(user, bulk.Order(code), cases)
    return _summary(request, plan, BulkForm(None, code=code), key=run.key, filters=filters)


def _summary(
    request: HttpRequest,
    plan: bulk.Plan,
    form: BulkForm,
    *,
    key: uuid.UUID,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "plan": plan,
        "doing": plan.doing[: bulk.MOST],
        "leaving": plan.leaving[: bulk.MOST],
        "form": form,
        "code": plan.order.code,
        "label": bulk.label_of(plan.order.code),
        "key": key,
        "most": bulk.MOST,
        "capped": len(plan.lines) >= COUNT_CAP,
        **more,
    }
    return render(request, "cases/bulk.html", context, status=status)


@require_GET
@login_required
def bulk_result(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What became of an order for many cases, and how far it is."""
    run = _run(request, key)
    if run.state == BulkRun.State.DRAFT:
        raise Http404(_("You gave no such order"))
    why = orders.why_not_undone(run)
    back = BulkRun.objects.filter(undoes=run).first()
    until = run.finished_at + actions.MOMENT if run.finished_at else None
    context = {
        "result": orders.result_of(run),
        "most": bulk.MOST,
        "why_not_undone": why,
        "undone_by": back,
        "until": until,
        "seconds": max(0, int((until - timezone.now()).total_seconds())) if until else 0,
    }
    return render(request, "cases/bulk_result.html", context)


@require_POST
@login_required
def stop_many(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Stop an order: what it has not done yet is left."""
    left = orders.stop(_run(request, key))
    messages.success(request, _("Stopped; %(count)d cases were left.") % {"count": left})
    return redirect("cases:bulk-result", key=key)


@require_POST
@login_required
def undo_many(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Take back what an order has done, case by case, where nobody acted since."""
    run = _run(request, key)
    try:
        back = orders.undo(run)
    except actions.CannotUndo as problem:
        messages.error(request, str(problem))
        return redirect("cases:bulk-result", key=key)
    if back.lines.count() <= bulk.MOST:
        orders.carry_on(back)
    return redirect("cases:bulk-result", key=back.key)


def _run(request: HttpRequest, key: uuid.UUID) -> BulkRun:
    try:
        return orders.run_of(user_of(request), key)
    except BulkRun.DoesNotExist:
        raise Http404(_("You gave no such order")) from None


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST["key"])
    except ValueError:
        raise Http404(_("This order has no key; go back to the list")) from None


def _exported(user: User, cases: list[Case]) -> HttpResponse:
    allow(user, "exchange.export")
    at = timezone.now()
    rows = queries.rows_of([case.pk for case in cases], at=at)
    content = sheets.case_sheet(rows, filters=CaseFilters(group="all"), user=user, at=at)
    return saved(content, f"cases-{timezone.localtime(at):%Y%m%d-%H%M}.xlsx")
