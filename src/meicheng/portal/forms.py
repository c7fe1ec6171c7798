"""What citizens fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from meicheng.places.models import Division, Site
from meicheng.standards.asking import (
    LONGEST_LINE,
    LONGEST_TEXT,
    BadAnswer,
    Question,
    questions_of,
)
from meicheng.standards.models import CaseKind
from meicheng.voices.actions import MOST_PHOTOS
from meicheng.voices.answers import Answered, answered
from meicheng.voices.checking import LONGEST
from meicheng.voices.codes import read_code

SALT = "meicheng.portal.photos"
STARS = [(stars, str(stars)) for stars in range(1, 6)]


class PhotosInput(forms.ClearableFileInput):
    """Several photographs at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Any number of files; what they are is checked when they are stored."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [one for one in (data if isinstance(data, list) else [data]) if one]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(
                _("%(count)d photographs were sent; at most %(most)d are taken")
                % {"count": len(files), "most": MOST_PHOTOS}
            )
        return files


class Communities(forms.ModelChoiceField):
    """A community, told with its district."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.district.name} · {obj.name}" if obj.district else str(obj.name)


class ReportForm(forms.Form):
    """A problem in three steps: photograph, place, words."""

    photos = PhotosField(
        label=gettext_lazy("Photographs"),
        required=False,
        widget=PhotosInput(
            attrs={
                "accept": "image/jpeg,image/png,image/webp",
                "data-photos": "",
                "data-max": MOST_PHOTOS,
                "data-max-mb": 12,
            }
        ),
    )
    stored = forms.CharField(required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(
        label=gettext_lazy("Longitude"), required=False, widget=forms.HiddenInput
    )
    latitude = forms.FloatField(
        label=gettext_lazy("Latitude"), required=False, widget=forms.HiddenInput
    )
    division = Communities(
        Division.objects.none(),
        label=gettext_lazy("Community"),
        required=False,
        empty_label=gettext_lazy("found from the place"),
    )
    address = forms.CharField(
        label=gettext_lazy("Address or what is nearby"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        error_messages={"required": gettext_lazy("Say in a few words what is wrong")},
        # How long it may be says `check_report`, in its own words.
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST}),
    )
    kind = forms.ModelChoiceField(
        CaseKind.objects.none(),
        label=gettext_lazy("Kind of problem"),
        required=False,
        empty_label=gettext_lazy("found from the words"),
        to_field_name="code",
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone, if we may call you"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail, to be told the answer"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "data-private": ""}),
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    opened = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    website = forms.CharField(max_length=200, required=False)  # no person sees it
    decided = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    site = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def clean_site(self) -> Site | None:
        """The site whose code was scanned; None where there is none."""
        return find_site(self.cleaned_data["site"])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not settings.MAIL:
            del self.fields["email"]
        self.fields["division"].queryset = (  # type: ignore[attr-defined]
            Division.objects.filter(level=Division.Level.COMMUNITY)
            .select_related("district")
            .defer("outline", "district__outline")
            .order_by("path")
        )
        self.fields["kind"].queryset = CaseKind.objects.filter(active=True)  # type: ignore[attr-defined]
        self.fields["kind"].label_from_instance = lambda kind: kind.name  # type: ignore[attr-defined]


class QuestionsForm(forms.Form):
    """What the kind of a problem asks beside its words; each question reads its own answer."""

    def __init__(self, kind: CaseKind, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        language = get_language() or "zh"
        for one in questions_of(kind):
            field = _field_for(one, language)
            field.label, field.help_text = one.words.say(language), one.hint.say(language)
            field.required = one.required
            self.fields[f"attribute[{one.code}]"] = field

    def clean(self) -> dict[str, Any]:
        """Read the answers into `answers`, each by its question."""
        self.answers: list[Answered] = []
        for one in questions_of(self.kind):
            name = f"attribute[{one.code}]"
            said = self.cleaned_data.get(name) or []
            try:
                read = answered(one, said if isinstance(said, list) else [said])
            except BadAnswer as problem:
                if name not in self.errors:
                    self.add_error(name, str(problem))
                continue
            if read.answer:
                self.answers.append(read)
        return self.cleaned_data

    @property
    def only_lacks(self) -> bool:
        """Whether nothing that was said is wrong, and at most something needed was left out."""
        return not any(self.data.get(name) for name in self.errors)


def _field_for(question: Question, language: str) -> forms.Field:
    choices = [(key, words.say(language)) for key, words in question.values]
    if question.type == "some":
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
    if question.type == "one":
        return forms.ChoiceField(choices=[("", "–"), *choices])
    if question.type == "text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_TEXT}))
    kinds = {"moment": {"type": "date"}, "number": {"inputmode": "decimal"}}
    attributes = {"autocomplete": "off", "maxlength": LONGEST_LINE, **kinds.get(question.type, {})}
    return forms.CharField(widget=forms.TextInput(attrs=attributes))


def find_site(code: str) -> Site | None:
    """The site in use with this code, as it stands on a lamp post or a door (1 SQL statement)."""
    if not code:
        return None
    sites = Site.objects.filter(active=True).select_related("kind", "division__district")
    return sites.filter(code=code.strip().upper()).first() or sites.filter(code=code).first()


class FollowForm(forms.Form):
    """The code of a report."""

    code = forms.CharField(
        label=gettext_lazy("Code of your report"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """The code as it is kept."""
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("This is no code of ours: it has 12 letters and digits, as K7M4-QX9R-TW2H")
            )
        return code


class RateForm(forms.Form):
    """How good the result is, and how people were treated."""

    rating = forms.TypedChoiceField(
        label=gettext_lazy("The result"), choices=STARS, coerce=int, widget=forms.RadioSelect
    )
    manner = forms.TypedChoiceField(
        label=gettext_lazy("How you were treated"),
        choices=STARS,
        coerce=int,
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
    )


def keep(hashes: list[str]) -> str:
    """Photographs that were stored while the form came back, so that none is sent twice."""
    return signing.dumps(hashes, salt=SALT, compress=True) if hashes else ""


def kept(mark: str) -> list[str]:
    """The photographs that `keep` named; none for a mark that is not ours."""
    try:
        found: list[str] = signing.loads(mark, salt=SALT, max_age=24 * 3600) if mark else []
    except signing.BadSignature:
        return []
    return found[:MOST_PHOTOS]
