"""What is filled in to order a routine."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.choices import Named, NamedMany, day, divisions_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division, SiteKind
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .actions import MOST_GRACE
from .models import Routine, weekday


class RoutineForm(forms.Form):
    """Everything of a new routine; of the numbers only the one that the rhythm needs is read."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    title = forms.CharField(label=_("Title"), max_length=120)
    note = forms.CharField(label=_("How it is done"), max_length=500, required=False,
                           widget=forms.Textarea({"rows": 2}))  # fmt: skip
    unit = Named(Unit.objects.none(), label=_("Unit"))
    division = Named(Division.objects.none(), label=_("Where"))
    site_kind = Named(SiteKind.objects.all(), label=_("At every site of the kind"), required=False,
                      empty_label=_("no sites: the division as a whole"))  # fmt: skip
    rhythm = forms.ChoiceField(label=_("How often"), choices=Routine.Rhythm.choices)
    weekday = forms.TypedChoiceField(label=_("Every week: on"), coerce=int, required=False)
    number = forms.IntegerField(
        label=_("Every so many days, or day of the month"), min_value=1, max_value=180,
        required=False,
    )  # fmt: skip
    grace = forms.IntegerField(label=_("May be done so many days later"), min_value=0,
                               max_value=MOST_GRACE, initial=0)  # fmt: skip
    begins = day(_("First day"), required=True)
    ends = day(_("Last day, if it has one"))
    items = NamedMany(
        Item.objects.filter(source=Item.Source.LOOK, active=True),
        label=_("What is looked at: yes or no"),
        required=False,
        help_text=_("At most five. Each answer costs the unit a minute of every time."),
        widget=forms.SelectMultiple({"size": 8}),
    )
    photo = forms.BooleanField(label=_("A photograph is asked for"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        today = city_day(timezone.now())
        options.setdefault("initial", {"key": secrets.token_hex(12), "begins": today, "grace": 0})
        super().__init__(*args, **options)
        where = scope(user, "routines.order")
        levels = ["city", "district", "subdistrict"]
        self.fields["division"].queryset = divisions_of(where).filter(level__in=levels)  # type: ignore[attr-defined]
        units = Unit.objects.filter(where.filter(division="division"), active=True)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["weekday"].choices = [(number, weekday(number)) for number in range(1, 8)]  # type: ignore[attr-defined]

    @property
    def counted(self) -> int:
        """The number that belongs to the rhythm; 0 where it was not filled in."""
        said = self.cleaned_data
        if said["rhythm"] == Routine.Rhythm.WORKING:
            return 0
        return int(said["weekday" if said["rhythm"] == Routine.Rhythm.WEEKLY else "number"] or 0)
