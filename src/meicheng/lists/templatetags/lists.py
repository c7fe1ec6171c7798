"""What the pages of lists say often."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext as _

from meicheng.lists.models import ListItem
from meicheng.lists.queries import Share, Shares

register = template.Library()


@register.simple_tag
def late(item: ListItem, today: date) -> bool:
    """Whether the item is overdue on this day of the city."""
    return item.is_overdue(today)


@register.simple_tag
def parts(shares: Shares) -> list[tuple[str, list[Share]]]:
    """The three ways to cut the progress, each under its heading."""
    return [
        (_("By working group"), shares.groups),
        (_("By district"), shares.districts),
        (_("By unit"), shares.units),
    ]


@register.filter
def step_name(verb: str) -> str:
    """What an event of a list was, in words."""
    names = {
        "list_made": _("Put on the list"),
        "list_item_solved": _("Rectified"),
        "list_item_struck": _("Struck off"),
        "list_item_returned": _("Sent back"),
    }
    return names.get(verb, verb)
