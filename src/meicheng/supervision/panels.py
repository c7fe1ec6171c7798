"""What the page of a case shows of its clock."""

from __future__ import annotations

from django.template.loader import render_to_string

from meicheng.cases.models import Case
from meicheng.organisation.models import User

from .queries import panel_of


def panel(case: Case, user: User) -> str:
    """Warnings and supervision of a case in their order; "" where nothing was passed (2 SQL)."""
    found = panel_of(case, user)
    return render_to_string("supervision/panel.html", {"panel": found}) if found else ""
