"""The panels of other rooms on the page of a case, and the offer to take a step back."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from meicheng.cases.models import Case
from meicheng.cases.panels import PANELS
from meicheng.cases.workbench.undoing import Offer, offered
from meicheng.organisation.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def offered_undo(context: dict[str, Any]) -> Offer | None:
    """The step that may be taken back now, for the bar on pages of the desk."""
    return offered(context["request"])


@register.simple_tag(takes_context=True)
def case_panels(context: dict[str, Any], case: Case) -> SafeString:
    """Every panel that a room above has registered, in the order of registration."""
    user = context["request"].user
    if not isinstance(user, User):
        return SafeString("")
    return SafeString("".join(panel(case, user) for panel in PANELS.values()))
