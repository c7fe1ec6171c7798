"""What people fill in about cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.workflow import Transition
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind

from .models import Case

MOST_PHOTOS = 6
WORDS = {"rows": 3, "maxlength": 2000}


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

    def __init__(self, *args: Any, step: Transition, case: Case, **options: Any) -> None:
        options.setdefault("prefix", step.code)
        options.setdefault("initial", {"seen": case.events_count})
        super().__init__(*args, **options)
        self.step = step
        needs = set(map(str, step.needs))
        if "unit" in needs:
            self.fields["unit"] = NamedChoice(
                units_for(case),
                label=gettext_lazy("Unit"),
                initial=suggested_unit(case),
                empty_label=None,
            )
        if "kind" in needs:
            self.fields["kind"] = NamedChoice(
                CaseKind.objects.filter(Q(active=True) | Q(pk=case.kind_id)),
                label=gettext_lazy("Kind"),
                initial=case.kind_id,
                empty_label=None,
            )
        if "case" in needs:
            self.fields["to"] = forms.CharField(
                label=gettext_lazy("Number of the case that stays"),
                max_length=30,
                widget=forms.TextInput(attrs={"placeholder": "A-20261123-0087"}),
            )
        if "photo" in needs or step.code == "verify":
            self.fields["photos"] = PhotosField(
                label=gettext_lazy("Photographs"), required="photo" in needs
            )
        must = "remark" in needs
        self.fields["remark"] = forms.CharField(
            label=gettext_lazy("Reason") if must else gettext_lazy("Remark"),
            required=must,
            max_length=2000,
            widget=forms.Textarea(attrs=WORDS),
        )

    def clean_to(self) -> Case:
        """The case that a number names."""
        number = self.cleaned_data["to"].strip().upper()
        found = Case.objects.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("No case has the number %(number)s") % {"number": number})
        return found


def units_for(case: Case) -> QuerySet[Unit]:
    """The units that a case may be handed to: those of its district and of the whole city."""
    top = case.division.path.split("/")[1]
    where = Q(division__path=f"/{top}/")
    if case.district_id is not None:
        where |= Q(division__district=case.district_id)
    else:
        where = Q()
    return Unit.objects.filter(where, active=True).order_by("role", "code")


def suggested_unit(case: Case) -> int | None:
    """The unit that answers for this kind where the case lies; None where none does."""
    found = list(units_for(case).filter(role=case.kind.role_id).select_related("division"))
    # The nearest answers: a subdistrict's before the district's before the city's.
    covering = [unit for unit in found if case.division.path.startswith(unit.division.path)]
    covering.sort(key=lambda unit: len(unit.division.path), reverse=True)
    best = covering or found
    return best[0].pk if best else None


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
