"""Fields of forms in which somebody chooses a place, a unit or another thing with a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from meicheng.places.models import Division

from .permissions import Scope


class Named(forms.ModelChoiceField):
    """A choice of something that has a name in both languages."""

    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)


class NamedMany(forms.ModelMultipleChoiceField):
    """A choice of several things that have names in both languages."""

    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)


def label_of(one: Any) -> str:
    """What a choice is called: a place below a district with its district before it."""
    if isinstance(one, Division) and one.level != Division.Level.DISTRICT and one.district:
        return f"{one.district.name} · {one.name}"
    return str(one.name)


def day(label: Any, *, required: bool = False) -> forms.DateField:
    """A day, entered in the browser's own way."""
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


def divisions_of(where: Scope) -> QuerySet[Division]:
    """The divisions that a scope covers, in the order of the city's tree."""
    inside = Q() if where.whole_city else Q(pk__in=[])
    for path in where.paths:
        inside |= Q(path__startswith=path)
    rows = Division.objects.filter(inside).defer("outline").select_related("district")
    return rows.order_by("path")
