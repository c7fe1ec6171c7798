"""What the staff fill in about reports."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from meicheng.places.models import Division
from meicheng.standards.models import CaseKind

from .checking import LONGEST


class CallForm(forms.Form):
    """A problem that somebody tells on the phone or at the desk."""

    body = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST, "autofocus": True}),
    )
    kind = forms.ModelChoiceField(
        CaseKind.objects.none(),
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
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
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
    division = forms.ModelChoiceField(
        Division.objects.none(),
        label=gettext_lazy("Community"),
        required=False,
        empty_label=gettext_lazy("found from the position"),
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {"key": secrets.token_hex(12)})
        super().__init__(*args, **options)
        division, kind = self.fields["division"], self.fields["kind"]
        division.queryset = Division.objects.defer("outline").order_by("path")  # type: ignore[attr-defined]
        division.label_from_instance = lambda one: one.name  # type: ignore[attr-defined]
        kind.queryset = CaseKind.objects.filter(active=True)  # type: ignore[attr-defined]
        kind.label_from_instance = lambda one: one.name  # type: ignore[attr-defined]
