"""What is filled in to plan a wave."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meicheng.places.models import Division, SiteKind
from meicheng.places.time import city_day

from .drawing import PASSERS, PERSONS, Asked
from .models import Questionnaire, Wave
from .questions import Form, Question


class Areas(forms.ModelMultipleChoiceField):
    """Divisions to choose from, named with what they lie in."""

    def label_from_instance(self, obj: Any) -> str:
        level = {"district": "", "subdistrict": "– ", "community": "– – "}.get(obj.level, "")
        return f"{level}{obj.name}"


class Kinds(forms.ModelMultipleChoiceField):
    """Kinds of sites to choose from."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class WaveForm(forms.Form):
    """A wave of one questionnaire; a share for each answer of the questions to weight by."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    title = forms.CharField(label=_("Title"), max_length=120)
    audience = forms.ChoiceField(label=_("Who is asked"), choices=Wave.Audience.choices)
    areas = Areas(
        Division.objects.none(),
        label=_("Where"),
        help_text=_("Everything within what is chosen can be drawn."),
        widget=forms.SelectMultiple({"size": 8}),
    )
    level = forms.ChoiceField(
        label=_("Strata by"),
        choices=Wave.Level.choices,
        help_text=_("Each is asked in proportion to its size."),
    )
    count = forms.IntegerField(label=_("How many are asked"), min_value=1, initial=400)
    clusters = forms.IntegerField(
        label=_("Places drawn first in each stratum"),
        min_value=0,
        max_value=200,
        initial=0,
        help_text=_(
            "Communities, or sites of visitors; 0 asks in all. Fewer ways, wider intervals."
        ),
    )
    opens = forms.DateField(
        label=_("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    closes = forms.DateField(
        label=_("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    persons = forms.FloatField(
        label=_("People in a household, on average"), min_value=1, max_value=10, initial=PERSONS
    )
    site_kinds = Kinds(
        SiteKind.objects.all(),
        label=_("Kinds of sites"),
        required=False,
        help_text=_("Only for venues and visitors."),
        widget=forms.SelectMultiple({"size": 6}),
    )
    passers = forms.IntegerField(
        label=_("Visitors of a site on those days"),
        min_value=10,
        max_value=1_000_000,
        initial=PASSERS,
    )
    panel = forms.CharField(
        label=_("Panel"),
        required=False,
        max_length=400_000,
        help_text=_(
            "A line each: the code of a community and the member's own code, never a name."
        ),
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self, *args: Any, questionnaire: Questionnaire, form: Form, city: Division, **options: Any
    ) -> None:
        today = city_day(timezone.now())
        own = {
            "opens": today + timedelta(days=7),
            "closes": today + timedelta(days=27),
            "key": secrets.token_hex(12),
            "title": questionnaire.title,
            "audience": form.audience,
            "areas": [city.pk],
        }
        options["initial"] = {**own, **options.get("initial", {})}
        super().__init__(*args, **options)
        self.margins = [one for one in form.questions if one.margin]
        self.fields["areas"].queryset = Division.objects.defer("outline").order_by("path")  # type: ignore[attr-defined]
        for question in self.margins:
            for choice in question.choices:
                self.fields[_field(question, choice.name)] = forms.FloatField(
                    label=str(choice.label), required=False, min_value=0, max_value=100
                )

    @property
    def margin_rows(self) -> list[tuple[Question, list[Any]]]:
        """The questions to weight by with their fields."""
        return [
            (one, [self[_field(one, choice.name)] for choice in one.choices])
            for one in self.margins
        ]

    @property
    def asked(self) -> Asked:
        """Who shall be asked."""
        said = self.cleaned_data
        return Asked(
            audience=said["audience"],
            areas=list(said["areas"]),
            level=said["level"],
            count=said["count"],
            clusters=said["clusters"],
            site_kinds=[one.pk for one in said["site_kinds"]],
            persons=said["persons"],
            passers=said["passers"],
            panel=said["panel"],
        )

    @property
    def shares(self) -> dict[str, dict[str, float]]:
        """What is known of all people, of the questions where anything was filled in."""
        found = {}
        for question in self.margins:
            given = {
                one.name: self.cleaned_data.get(_field(question, one.name))
                for one in question.choices
            }
            if any(value is not None for value in given.values()):
                found[question.name] = {
                    name: value for name, value in given.items() if value is not None
                }
        return found


def _field(question: Question, answer: str) -> str:
    return f"margin-{question.name}-{answer}"
