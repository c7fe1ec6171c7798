"""What people fill in about cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.workflow import Facts, Need, Transition, needs_of
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind

from .actions import Part
from .actions.time import latest_extension
from .models import Case
from .problems import NO_PHOTO, NO_REMARK
from .units import suggested_unit, units_for

MOST_PHOTOS = 6
ASKED_PARTS = 3  # on the page; machines may name more
WORDS = {"rows": 3, "maxlength": 2000}
ELSEWHERE = gettext_lazy("This unit does not work where the case lies; choose one of the list")
# What the words of a step are about, where that is not a reason.
REMARKS = {
    "suspend": gettext_lazy("What has to happen before it goes on"),
    "support": gettext_lazy("What their part is"),
    "part_done": gettext_lazy("What was done"),
}


class PhotosInput(forms.ClearableFileInput):
    """Several photographs at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Up to `MOST_PHOTOS` photographs; what they are is checked when they are stored."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
        )
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [one for one in (data if isinstance(data, list) else [data]) if one]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(
                _("%(count)d photographs were sent; at most %(most)d are taken")
                % {"count": len(files), "most": MOST_PHOTOS}
            )
        if not files:
            super().clean(None, initial)
        return files


class NamedChoice(forms.ModelChoiceField):
    """A choice of things that are called in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class StepForm(forms.Form):
    """What one step of the workflow asks for, made from its row of the table.

    `seen` is the version of the case that was shown: the action refuses a step on a case that has
    moved on since.
    """

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, step: Transition, case: Case, facts: Facts | None = None, **options: Any
    ) -> None:
        options.setdefault("prefix", step.code)
        options.setdefault("initial", {"seen": case.events_count})
        super().__init__(*args, **options)
        self.step, self.case = step, case
        needs = needs_of(step, facts or Facts())
        if Need.UNIT in needs:
            support = step.code == "support"
            units = units_for(case).exclude(pk=case.unit_id or 0) if support else units_for(case)
            self.fields["unit"] = NamedChoice(
                units,
                label=gettext_lazy("Unit"),
                initial=None if support else suggested_unit(case),
                empty_label="—" if support else None,
                error_messages={"invalid_choice": ELSEWHERE},
            )
        if Need.KIND in needs:
            self.fields["kind"] = NamedChoice(
                CaseKind.objects.filter(Q(active=True) | Q(pk=case.kind_id)),
                label=gettext_lazy("Kind"),
                initial=case.kind_id,
                empty_label=None,
            )
        if Need.CASE in needs:
            self.fields["to"] = forms.CharField(
                label=gettext_lazy("Number of the case that stays"),
                max_length=30,
                widget=forms.TextInput(attrs={"placeholder": "A-20261123-0087"}),
            )
        if Need.PARTS in needs:
            self._ask_parts(case)
        if Need.UNTIL in needs:
            self.fields["until"] = forms.DateTimeField(
                label=gettext_lazy("More time until"),
                initial=latest_extension(case) if case.due_at else None,
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
                ),
            )
        if Need.REVIEW_ON in needs:
            self.fields["review_on"] = forms.DateField(
                label=gettext_lazy("Looked at again on"),
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if Need.PHOTO in needs:
            self.fields["photos"] = PhotosField(
                label=gettext_lazy("Photographs"), error_messages={"required": NO_PHOTO}
            )
        must = Need.REMARK in needs
        label = REMARKS.get(step.code, gettext_lazy("Reason"))
        self.fields["remark"] = forms.CharField(
            label=label if must else gettext_lazy("Remark"),
            required=must,
            max_length=2000,
            widget=forms.Textarea(attrs=WORDS),
            error_messages={"required": NO_REMARK},
        )

    def _ask_parts(self, case: Case) -> None:
        """Three lines of kind, unit and words; the third may stay empty."""
        kinds = CaseKind.objects.filter(Q(active=True) | Q(pk=case.kind_id))
        units = units_for(case)
        for number in range(1, ASKED_PARTS + 1):
            must = number <= 2
            title = {"number": number}
            self.fields[f"words_{number}"] = forms.CharField(
                label=_("Part %(number)d: what is wrong") % title,
                required=must,
                max_length=2000,
                widget=forms.Textarea(attrs={**WORDS, "rows": 2}),
            )
            self.fields[f"kind_{number}"] = NamedChoice(
                kinds,
                label=_("Part %(number)d: kind") % title,
                required=must,
                initial=case.kind_id if must else None,
                empty_label=None if must else "—",
            )
            self.fields[f"unit_{number}"] = NamedChoice(
                units,
                label=_("Part %(number)d: unit") % title,
                required=must,
                initial=suggested_unit(case) if number == 1 else None,
                empty_label="—",
            )

    def clean(self) -> dict[str, Any]:
        """The parts together: a line that says one thing must say all three."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if Need.PARTS not in self.step.needs:
            return said
        parts = []
        for number in range(1, ASKED_PARTS + 1):
            line = [said.pop(f"{name}_{number}", None) for name in ("kind", "unit", "words")]
            if not any(line):
                continue
            if not all(line):
                self.add_error(
                    f"words_{number}",
                    _("Say of this part what is wrong, its kind and its unit, or leave it empty"),
                )
                continue
            parts.append(Part(*line))
        said["parts"] = parts
        return said

    def clean_to(self) -> Case:
        """The case that a number names."""
        number = self.cleaned_data["to"].strip().upper()
        found = Case.objects.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("No case has the number %(number)s") % {"number": number})
        return found


class NewCase(forms.Form):
    """A problem that staff write down."""

    kind = NamedChoice(CaseKind.objects.filter(active=True), label=gettext_lazy("Kind"))
    description = forms.CharField(
        label=gettext_lazy("What is wrong"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 5000}),
    )
    photos = PhotosField(label=gettext_lazy("Photographs"), required=False)
    site = forms.CharField(
        label=gettext_lazy("Site"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("The code of a site, if it is at one; place and position follow."),
    )
    division = NamedChoice(
        Division.objects.all(),
        label=gettext_lazy("Community"),
        required=False,
        empty_label=gettext_lazy("found from the position"),
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    longitude = forms.FloatField(
        label=gettext_lazy("Longitude"),
        required=False,
        min_value=-180,
        max_value=180,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    latitude = forms.FloatField(
        label=gettext_lazy("Latitude"),
        required=False,
        min_value=-90,
        max_value=90,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    register = forms.BooleanField(label=gettext_lazy("Register it at once"), required=False)

    def clean_site(self) -> Site | None:
        """The site that a code names."""
        code = self.cleaned_data["site"].strip()
        if not code:
            return None
        found = Site.objects.select_related("division", "kind").filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("No site has the code %(code)s") % {"code": code})
        return found
