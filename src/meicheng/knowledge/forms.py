"""What is filled in about an article."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind

from .actions import LONGEST, Draft


class Named(forms.ModelChoiceField):
    """A choice of things that are called in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class ArticleForm(forms.Form):
    """A question, its answer, who answers for it, and until when it holds."""

    question = forms.CharField(label=gettext_lazy("What people ask"), max_length=200)
    answer = forms.CharField(
        label=gettext_lazy("What is answered"),
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LONGEST}),
    )
    unit = Named(Unit.objects.filter(active=True), label=gettext_lazy("Unit that answers for it"))
    kind = Named(
        CaseKind.objects.filter(active=True),
        label=gettext_lazy("Kind of problem"),
        required=False,
        to_field_name="code",
    )
    review_by = forms.DateField(
        label=gettext_lazy("To be reviewed by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def draft(self) -> Draft:
        """What was filled in, as the action takes it."""
        return Draft(**self.cleaned_data)
