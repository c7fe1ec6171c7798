"""What the page of a case says of the visit that opened it."""

from __future__ import annotations

from django.template.loader import render_to_string

from meicheng.cases.models import Case
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope

from .models import Visit


def panel(case: Case, user: User) -> str:
    """The visit that a case comes from (1 SQL statement); "" without one that the user may see."""
    kind, _colon, number = case.origin.partition(":")
    if kind != "visit" or not number.isdecimal():
        return ""
    seen = scope(user, "visits.see").filter(division="site__division")
    visit = Visit.objects.select_related("site").filter(seen, pk=int(number)).first()
    return render_to_string("inspections/panel.html", {"visit": visit}) if visit else ""
