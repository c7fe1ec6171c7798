"""What the page of a case says of the chronic place that it belongs to."""

from __future__ import annotations

from django.template.loader import render_to_string

from meicheng.cases.models import Case
from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of

from .queries import of_case


def panel(case: Case, user: User) -> str:
    """The chronic place of a case; "" where there is none (1 SQL statement)."""
    if "chronic.see" not in actions_of(user, ["chronic.see"]):
        return ""
    found = of_case(case)
    return render_to_string("chronic/panel.html", {"places": found}) if found else ""
