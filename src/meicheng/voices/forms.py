"""What the staff fill in about reports."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.cases.models import Case
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import Scope, scope
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind

from .checking import LONGEST


class NamedChoice(forms.ModelChoiceField):
    """A choice of things that are called in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class Places(forms.ModelChoiceField):
    """A division, told with its district."""

    def label_from_instance(self, obj: Any) -> str:
        within = obj.district_id is not None and obj.district_id != obj.pk
        return f"{obj.district.name} · {obj.name}" if within else str(obj.name)


class DecideForm(forms.Form):
    """What the three decisions have in common: the version of the case that was shown."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Case, **options: Any) -> None:
        options.setdefault("initial", {"seen": case.events_count, "kind": case.kind_id})
        super().__init__(*args, **options)


class AcceptForm(DecideForm):
    """Take a report up, under the kind that it really is."""

    kind = NamedChoice(CaseKind.objects.filter(active=True), label=gettext_lazy("Kind of problem"))
    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=2000, required=False)


class JoinForm(DecideForm):
    """Say which case tells of the same problem."""

    to = forms.CharField(
        label=gettext_lazy("Number of the case it belongs to"),
        max_length=30,
        widget=forms.TextInput(attrs={"placeholder": "A-20261123-0087", "autocomplete": "off"}),
    )

    def clean_to(self) -> Case:
        """The case that a number names."""
        number = self.cleaned_data["to"].strip().upper()
        found = Case.objects.select_related("division", "unit").filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("No case has the number %(number)s") % {"number": number})
        return found


class TurnDownForm(DecideForm):
    """Say why it is not for the city to solve."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, which whoever reported it will read"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
    )


class CallForm(forms.Form):
    """A problem that somebody tells on the phone or at the desk."""

    body = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        # How long it may be says `check_report`, in its own words.
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}),
    )
    kind = NamedChoice(
        CaseKind.objects.filter(active=True),
        label=gettext_lazy("Kind of problem"),
        required=False,
        empty_label=gettext_lazy("found from the words"),
        to_field_name="code",
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Way in"),
        choices=[("hotline", gettext_lazy("Hotline")), ("staff", gettext_lazy("Staff"))],
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone of the caller"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "autofocus": True}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the caller"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    longitude = forms.FloatField(
        label=gettext_lazy("Longitude"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    latitude = forms.FloatField(
        label=gettext_lazy("Latitude"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    division = Places(
        Division.objects.none(),
        label=gettext_lazy("District or community"),
        required=False,
        empty_label=gettext_lazy("found from the position"),
    )
    unit = NamedChoice(
        Unit.objects.filter(active=True).order_by("role", "code"),
        label=gettext_lazy("Hand it on to"),
        required=False,
        empty_label=gettext_lazy("the unit that answers for it"),
        to_field_name="code",
    )
    reply = forms.CharField(
        label=gettext_lazy("Answer given on the phone"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 5000}),
    )
    article = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    join = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        options.setdefault("initial", {"key": secrets.token_hex(12)})
        super().__init__(*args, **options)
        self.fields["division"].queryset = (  # type: ignore[attr-defined]
            _within(scope(user, "reports.write"))
            .select_related("district")
            .defer("outline", "district__outline")
            .order_by("path")
        )


def _within(where: Scope) -> QuerySet[Division]:
    """The divisions in which somebody may write reports."""
    if where.whole_city:
        return Division.objects.all()
    below = Q(pk__in=[])
    for path in where.paths:
        below |= Q(path__startswith=path)
    return Division.objects.filter(below)
