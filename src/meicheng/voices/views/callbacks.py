"""Calling back those whom the lot drew, and how satisfied people are with them counted in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number, page_of

from ..actions import reveal_contact
from ..callbacks.actions import note_call, over
from ..callbacks.models import CallBack
from ..callbacks.queries import calls_to_make, satisfaction
from ..checking import BadReport
from ..codes import shown

MONTHS = 12
MARKS = [(str(mark), str(mark)) for mark in range(5, 0, -1)]


class CallBackForm(forms.Form):
    """What came of a call."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of the call"),
        choices=[one for one in CallBack.Outcome.choices if one[0] != "waiting"],
        widget=forms.RadioSelect,
    )
    rating = forms.ChoiceField(
        label=gettext_lazy("The result, 1 to 5"), choices=[("", "–"), *MARKS], required=False
    )
    manner = forms.ChoiceField(
        label=gettext_lazy("How people were treated, 1 to 5"),
        choices=[("", "–"), *MARKS],
        required=False,
    )
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_safe
@login_required
def calls(request: HttpRequest) -> HttpResponse:
    """Who is to be called, in the order of the lots."""
    user = user_of(request)
    allow(user, "reports.see_phone")
    whole = CallBack.objects.select_related("draw", "report__kind", "report__division__district")
    found = page_of(
        calls_to_make(user),
        page_number(request.GET.get("page")),
        whole.defer("report__division__outline", "report__division__district__outline"),
    )
    return render(request, "voices/calls.html", {"found": found})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def call(request: HttpRequest, number: int) -> HttpResponse:
    """One call: what it was about, the number for a reason, and what came of it."""
    user = user_of(request)
    found = (
        CallBack.objects.select_related("draw", "report__division", "report__kind", "report__case")
        .filter(pk=number)
        .first()
    )
    if found is None:
        raise Http404(_("There is no such call"))
    allow(user, "reports.see_phone", division=found.report.division)
    form, said, status = CallBackForm(), "", 200
    if request.method == "POST" and "show" in request.POST:
        try:
            person = reveal_contact(found.report, by=user, reason=request.POST.get("reason", ""))
            said = f"{person.name} {person.phone}".strip()
        except (BadReport, ValueError) as problem:
            form, status = CallBackForm({}), 400
            form.add_error(None, str(problem))
    elif request.method == "POST":
        form = CallBackForm(request.POST)
        status = 400
        if form.is_valid() and _noted(form, found, user):
            messages.success(request, _("The call is written down."))
            following = calls_to_make(user).first()
            if following is None:
                return redirect("voices:calls")
            return redirect("voices:call", number=following.pk)
    context = {
        "call": found,
        "report": found.report,
        "code": shown(found.report.code),
        "form": form,
        "said": said,
        "over": over(found),
    }
    return render(request, "voices/call.html", context, status=status)


def _noted(form: CallBackForm, found: CallBack, user: Any) -> bool:
    data = form.cleaned_data
    try:
        note_call(
            found,
            by=user,
            outcome=data["outcome"],
            rating=int(data["rating"]) if data["rating"] else None,
            manner=int(data["manner"]) if data["manner"] else None,
            remark=data["remark"],
        )
    except BadReport as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    return True


@require_safe
@login_required
def satisfied(request: HttpRequest) -> HttpResponse:
    """How satisfied people are by month, who did not say, and what is kept of the time limits."""
    user = user_of(request)
    allow(user, "appraisal.see")  # the ranking and the bulletin show the same figures
    first = city_day(timezone.now()).replace(day=1)
    months = [satisfaction(month) for month in _months_before(first)]
    return render(
        request,
        "voices/satisfied.html",
        {
            "months": months,
            "may_see": may(user, "reports.see"),
            "may_call": may(user, "reports.see_phone"),
        },
    )


def _months_before(first: date) -> list[int]:
    """This month and those before it, as 202611."""
    count = first.year * 12 + first.month - 1
    return [one // 12 * 100 + one % 12 + 1 for one in range(count, count - MONTHS, -1)]
