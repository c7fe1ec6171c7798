"""What is filled in to write down a commitment, to enter a value and to change it."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meicheng.assessment.queries import frameworks
from meicheng.lists.models import ProblemList
from meicheng.lists.queries import ListFilters, list_page
from meicheng.organisation.choices import Named, day, divisions_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.places.time import today
from meicheng.standards.models import CaseKind, CityPlan, Criterion, Framework, Item

from .models import Commitment

# What a metric cannot do without: it stands on the page only where that metric is chosen.
ASKED_FOR = {
    "marks": ("framework", _("Choose the standard whose marks are promised")),
    "figure": ("item", _("Choose the figure that is promised")),
    "list": ("problem_list", _("Choose the problem list")),
    "entered": ("measured_in", _("Say what it is measured in, as km, in 1 to 20 characters")),
}
FIGURES = ("target", "trend", "grade", "rate")  # rules of criteria that ask for a figure


class Titled(forms.ModelChoiceField):
    """A choice of something that has one title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title} ({obj.code})"


class CommitmentForm(forms.Form):
    """Everything of a new commitment; of what tracks it only what its metric needs is read."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    words = forms.CharField(
        label=_("What is promised"), max_length=200, widget=forms.Textarea({"rows": 2})
    )
    division = Named(
        Division.objects.none(),
        label=_("Government of"),
        required=False,
        empty_label=_("none: a unit promises"),
    )
    unit = Named(
        Unit.objects.none(),
        label=_("or unit"),
        required=False,
        empty_label=_("no unit: the government promises"),
    )
    post = forms.CharField(
        label=_("Post that answers for it"),
        max_length=60,
        help_text=_("A post, as “head of the cleaning section”; it scores nobody."),
    )
    metric = forms.ChoiceField(label=_("Tracked by"), choices=Commitment.Metric.choices)
    kind = Named(
        CaseKind.objects.all(),
        label=_("Kind of cases"),
        required=False,
        empty_label=_("all kinds"),
    )
    framework = Named(
        Framework.objects.none(), label=_("Standard"), required=False, empty_label=_("none")
    )
    part = forms.CharField(
        label=_("Part or criterion of it, by its code"),
        max_length=80,
        required=False,
        help_text=_("Empty for the whole standard."),
    )
    item = Named(Item.objects.none(), label=_("Figure"), required=False, empty_label=_("none"))
    problem_list = Titled(
        ProblemList.objects.none(), label=_("Problem list"), required=False, empty_label=_("none")
    )
    measured_in = forms.CharField(
        label=_("Measured in"), max_length=20, required=False, help_text=_("As %, km, sites.")
    )
    beginning = forms.FloatField(label=_("Value at the beginning"), required=False)
    direction = forms.ChoiceField(label=_("The figure is"), choices=Commitment.Direction.choices)
    figure = forms.FloatField(label=_("Promised figure"))
    start = day(_("Begins"), required=True)
    due = day(_("To be kept by"), required=True)
    plan = Named(
        CityPlan.objects.filter(active=True),
        label=_("Plan of the city"),
        required=False,
        empty_label=_("none"),
    )
    criterion = forms.CharField(
        label=_("Criterion that it serves"),
        max_length=120,
        required=False,
        help_text=_("As sanitary-city/CODE."),
    )
    public = forms.BooleanField(label=_("Shown to the public"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        options.setdefault("initial", {"key": secrets.token_hex(12), "start": today()})
        super().__init__(*args, **options)
        where = scope(user, "commitments.make")
        levels = ["city", "district", "subdistrict"]
        known = frameworks()
        figures = [
            f"{one.framework.code}/{one.code}"
            for one in Criterion.objects.filter(framework__in=known).select_related("framework")
            if one.rule.get("kind") in FIGURES
        ]
        seen = [one.pk for one in list_page(user, ListFilters(), today=today(), page=1).rows]
        rows: dict[str, Any] = {
            "division": divisions_of(where).filter(level__in=levels),
            "unit": Unit.objects.filter(where.filter(division="division", unit="pk"), active=True),
            "framework": Framework.objects.defer("document"),
            "item": Item.objects.filter(code__in=figures, active=True),
            "problem_list": ProblemList.objects.filter(pk__in=seen),
        }
        for name, found in rows.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        for name, _said in ASKED_FOR.values():
            self.fields[name].asked_for = True  # type: ignore[attr-defined]

    def clean_criterion(self) -> Criterion | None:
        """The criterion with this code, of the newest edition of its standard."""
        written = self.cleaned_data["criterion"].strip()
        if not written:
            return None
        standard, _slash, code = written.partition("/")
        rows = Criterion.objects.filter(framework__code=standard, code=code)
        found = rows.order_by("-framework__edition").first()
        if found is None:
            raise forms.ValidationError(
                _("There is no criterion %(code)s; write it as sanitary-city/CODE"),
                params={"code": written[:60]},
            )
        return found

    def clean(self) -> dict[str, Any]:
        """A promise is a unit's or a government's, and its metric has what it needs."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("unit") is None and found.get("division") is None:
            self.add_error("division", _("Choose the unit or the government that promises"))
        needed, said = ASKED_FOR.get(str(found.get("metric")), ("", ""))
        if needed and needed not in self.errors and not found.get(needed):
            self.add_error(needed, said)
        if found.get("metric") != Commitment.Metric.ENTERED:
            found["beginning"] = None  # what does not belong to the metric is not read
        return found


class ValueForm(forms.Form):
    """How a promise stood, with its proof."""

    day = day(_("At the end of"), required=True)
    value = forms.FloatField(label=_("Value"))
    remark = forms.CharField(label=_("Where it is from"), max_length=500)
    proof = forms.FileField(label=_("Document that proves it"), required=False,
                            help_text=_("PDF, Office, OFD or a picture."))  # fmt: skip


class ChangeForm(forms.Form):
    """What of a promise may be changed, and why."""

    words = forms.CharField(label=_("What is promised"), max_length=200)
    figure = forms.FloatField(label=_("Promised figure"))
    due = day(_("To be kept by"), required=True)
    post = forms.CharField(label=_("Post that answers for it"), max_length=60)
    public = forms.BooleanField(label=_("Shown to the public"), required=False)
    reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=500,
        help_text=_("Stays on its page, and is shown to the public with it."),
    )
