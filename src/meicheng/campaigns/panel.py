"""What the page of a case says of campaigns."""

from __future__ import annotations

from django.template.loader import render_to_string

from meicheng.cases.models import Case
from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of

from .queries import running_with


def panel(case: Case, user: User) -> str:
    """The campaigns in which the case was found; "" where there is none (1 SQL statement)."""
    if "campaigns.see" not in actions_of(user, ["campaigns.see"]):
        return ""
    found = running_with(case)
    return render_to_string("campaigns/panel.html", {"campaigns": found}) if found else ""
