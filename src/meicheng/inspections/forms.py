"""The checklist of a site as one form."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.places.models import Site
from meicheng.standards.models import Item

from .actions import needs_photo
from .models import Round, Visit

CHOICES = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), ("na", gettext_lazy("n/a"))]


class Checklist(forms.Form):
    """Answers to the items of a site's kind; what is left open is not recorded.

    `key` makes sending the same form twice one visit.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    reason = forms.ChoiceField(label=gettext_lazy("Why visited"))
    visited_at = forms.DateTimeField(
        label=gettext_lazy("When, if not now"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    remark = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
    )

    def __init__(
        self,
        *args: Any,
        site: Site,
        drawn: bool,
        asked_by: Round | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("initial", {})
        options["initial"].setdefault("key", secrets.token_hex(12))
        options["initial"].setdefault("reason", "sample" if drawn else "routine")
        if asked_by is not None:
            options["initial"]["reason"] = asked_by.reason
        super().__init__(*args, **options)
        self.site = site
        self.items = list(
            site.kind.items.filter(active=True, source=Item.Source.LOOK).order_by(
                "position", "code"
            )
        )
        # Only a visit that was drawn or asked for may say so: one's own choice estimates nothing.
        allowed = {Visit.Reason.ROUTINE, Visit.Reason.COMPLAINT}
        if drawn:
            allowed.add(Visit.Reason.SAMPLE)
        if asked_by is not None:
            allowed = {Visit.Reason(asked_by.reason)}
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            choice for choice in Visit.Reason.choices if choice[0] in allowed
        ]
        for item in self.items:
            self.fields[f"{item.pk}-value"] = forms.ChoiceField(
                choices=CHOICES, required=False, widget=forms.RadioSelect, label=item.name
            )
            self.fields[f"{item.pk}-remark"] = forms.CharField(
                required=False, max_length=500, label=gettext_lazy("Remark")
            )
            self.fields[f"{item.pk}-photo"] = forms.FileField(
                required=False,
                label=gettext_lazy("Photo"),
                widget=forms.FileInput(
                    attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}
                ),
            )

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The items with their fields, as the page shows them."""
        return [
            {
                "item": item,
                "value": self[f"{item.pk}-value"],
                "remark": self[f"{item.pk}-remark"],
                "photo": self[f"{item.pk}-photo"],
            }
            for item in self.items
        ]

    def clean(self) -> dict[str, Any]:
        """Every answer that needs a photograph has one, and something was answered."""
        found: dict[str, Any] = super().clean() or {}
        answered = 0
        for item in self.items:
            value = found.get(f"{item.pk}-value", "")
            answered += bool(value)
            if value and needs_photo(item, value) and not found.get(f"{item.pk}-photo"):
                self.add_error(
                    f"{item.pk}-photo",
                    _("Add a photograph to “%(item)s”: it shows what was found")
                    % {"item": item.name},
                )
        if not answered:
            self.add_error(None, _("Answer at least one item"))
        return found


class Correction(forms.Form):
    """Another answer with the reason for it."""

    value = forms.ChoiceField(choices=CHOICES, label=gettext_lazy("Answer"))
    remark = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
