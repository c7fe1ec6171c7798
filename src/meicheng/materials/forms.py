"""The form with which a unit files a document."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.models import Unit


class FilingForm(forms.Form):
    """A document with its date; `key` makes sending the same form twice one filing."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    unit = forms.ChoiceField(label=_("Unit"))
    document = forms.FileField(
        label=_("Document"),
        help_text=_("PDF, OFD, Word, Excel, PowerPoint, JPEG or PNG, at most 200 MB"),
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.ofd,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.et,.dps,.jpg,.jpeg,.png"
            }
        ),
    )
    title = forms.CharField(label=_("Title"), max_length=160)
    dated = forms.DateField(
        label=_("Date of the document"),
        help_text=_("The day that stands on it, not today's"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    expires = forms.DateField(
        label=_("Holds until"),
        required=False,
        help_text=_("Only where it expires: a certificate, a contract"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("Note for the reviewer"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
    )

    def __init__(self, *args: Any, units: list[Unit], **options: Any) -> None:
        options.setdefault("initial", {})
        options["initial"].setdefault("key", secrets.token_hex(12))
        super().__init__(*args, **options)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (unit.code, unit.name) for unit in units
        ]
