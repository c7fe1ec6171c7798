"""What is filled in to order a campaign."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.choices import Named, NamedMany, day, divisions_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, Item

from .actions import Goal
from .models import Phase, Target

GOALS = range(1, 4)


class CampaignForm(forms.Form):
    """Everything of a new campaign; fields not filled in for a phase or target leave it out."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    title = forms.CharField(label=_("Title"), max_length=120)
    purpose = forms.CharField(
        label=_("Purpose"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    division = Named(Division.objects.none(), label=_("Ordered for"))
    lead = Named(Unit.objects.none(), label=_("Lead unit"))
    areas = NamedMany(
        Division.objects.none(),
        label=_("Areas"),
        help_text=_("Leave some out to begin with: the others show whether it works."),
        widget=forms.SelectMultiple({"size": 8}),
    )
    kinds = NamedMany(
        CaseKind.objects.all(),
        label=_("Kinds of problems"),
        required=False,
        widget=forms.SelectMultiple({"size": 8}),
    )
    items = NamedMany(
        Item.objects.filter(source=Item.Source.LOOK, active=True),
        label=_("What is looked at on visits"),
        required=False,
        widget=forms.SelectMultiple({"size": 8}),
    )
    publicity = day(_("Publicity from"))
    rectification = day(_("Rectification from"), required=True)
    consolidation = day(_("Consolidation from"))
    ends = day(_("Last day"), required=True)
    counted = forms.CharField(
        label=_("Counted by hand, one name a line"),
        help_text=_("Vehicles stopped, leaflets given out; things, never people."),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        max_length=400,
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        options.setdefault("initial", {"key": secrets.token_hex(12)})
        super().__init__(*args, **options)
        where = scope(user, "campaigns.order")
        own = divisions_of(where)
        self.fields["division"].queryset = own.filter(level__in=["city", "district"])  # type: ignore[attr-defined]
        self.fields["areas"].queryset = own.filter(level__in=["district", "subdistrict"])  # type: ignore[attr-defined]
        units = Unit.objects.filter(where.filter(division="division"), active=True)
        self.fields["lead"].queryset = units  # type: ignore[attr-defined]
        for number in GOALS:
            self.fields[f"measure_{number}"] = forms.ChoiceField(
                label=_("Target"), required=False, choices=[("", "–"), *Target.Measure.choices]
            )
            self.fields[f"figure_{number}"] = forms.FloatField(
                label=_("Target figure"), required=False, min_value=0
            )
            self.fields[f"by_{number}"] = day(_("To be reached by"))

    @property
    def goal_rows(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each target."""
        return [
            (self[f"measure_{number}"], self[f"figure_{number}"], self[f"by_{number}"])
            for number in GOALS
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for number in GOALS:
            three = [found.get(f"{name}_{number}") for name in ("measure", "figure", "by")]
            if three[0] and (three[1] is None or three[2] is None):
                self.add_error(f"measure_{number}", _("A target needs a figure and a day"))
        return found

    @property
    def phases(self) -> dict[str, Any]:
        """First and last day by phase: each lasts until the next begins."""
        found = self.cleaned_data
        begun = [
            (str(name), found[name]) for name in Phase.Name.values if found.get(name) is not None
        ]
        ends = [first for _name, first in begun[1:]] + [None]
        return {
            name: (first, found["ends"] if end is None else end - end.resolution)
            for (name, first), end in zip(begun, ends, strict=True)
        }

    @property
    def goals(self) -> list[Goal]:
        """The targets that were filled in."""
        found = self.cleaned_data
        return [
            Goal(found[f"measure_{n}"], found[f"figure_{n}"], found[f"by_{n}"])
            for n in GOALS
            if found.get(f"measure_{n}")
        ]
