"""The form with which a unit files a document."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from django import forms
from django.core import signing
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit, User

SALT = "materials.kept"
KEPT = 24 * 3600  # seconds that a document waits for the form that it was sent with


class Kept(NamedTuple):
    """A document that came with the form before, and its name."""

    file: StoredFile
    name: str


class FilingForm(forms.Form):
    """A document with its date; `key` makes sending the same form twice one filing."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    kept = forms.CharField(widget=forms.HiddenInput, required=False, max_length=600)
    sure = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    unit = forms.ChoiceField(label=_("Unit"))
    document = forms.FileField(
        label=_("Document"),
        help_text=_("PDF, OFD, Word, Excel, PowerPoint, JPEG or PNG, at most 200 MB"),
        widget=forms.FileInput(
            attrs={
                "data-same": reverse_lazy("materials:same"),
                "accept": ".pdf,.ofd,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.et,.dps,.jpg,.jpeg,.png",
            }
        ),
    )
    title = forms.CharField(label=_("Title"), max_length=160)
    year = forms.TypedChoiceField(
        label=_("For the review of"), coerce=int, help_text=_("The year that it proves")
    )
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

    def __init__(self, *args: Any, units: list[Unit], this_year: int, **options: Any) -> None:
        options.setdefault("initial", {})
        options["initial"].setdefault("key", secrets.token_hex(12))
        super().__init__(*args, **options)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (unit.code, unit.name) for unit in units
        ]
        years = [this_year + 1, this_year, this_year - 1, this_year - 2]
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        if self.initial.get("year") not in years:
            self.initial["year"] = this_year
        if self._kept(self.data.get("kept", "")) is not None:
            self.fields["document"].required = False

    def clean(self) -> dict[str, Any]:
        """What was said, with the document that the form carries from the time before."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        return said | {"kept": self._kept(said.get("kept", ""))}

    def keep(self, file: StoredFile, name: str, user: User) -> Kept:
        """Let the form carry a document that is here already, so that nobody sends it again."""
        token = signing.dumps([file.sha256, name[-160:], user.pk], salt=SALT)
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["kept"] = token
        self.data = data
        self.fields["document"].required = False
        return Kept(file, name[-160:])

    @property
    def kept_name(self) -> str:
        """The name of the document that the form carries; "" without."""
        kept = self._kept(self.data.get("kept", ""))
        return kept.name if kept else ""

    def _kept(self, token: str) -> Kept | None:
        if not token:
            return None
        try:
            digest, name, _user = signing.loads(token, salt=SALT, max_age=KEPT)
        except signing.BadSignature:
            return None
        file = StoredFile.objects.filter(sha256=digest).first()
        return Kept(file, name) if file else None
