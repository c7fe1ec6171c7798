"""What people keep under a name, for themselves or for their unit or role: filters, templates."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _

from meicheng.cases.models import ReplyTemplate, SavedFilter
from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import NotAllowed, memberships

MOST = 40  # of a kind that one person sees
Kept = TypeVar("Kept", SavedFilter, ReplyTemplate)


def seen_by(user: User) -> Q:
    """What a person keeps herself, and what is shared with her units and roles."""
    held = memberships(user)
    units = {one.unit_id for one in held if one.unit_id is not None}
    return Q(owner=user) | Q(unit__in=units) | Q(role__in={one.role for one in held})


def filters_of(user: User) -> list[SavedFilter]:
    """The saved filters that a person sees, by name (1 SQL statement)."""
    return list(SavedFilter.objects.filter(seen_by(user)).select_related("unit")[:MOST])


def templates_of(user: User) -> list[ReplyTemplate]:
    """The templates for replies that a person sees, by name (1 SQL statement)."""
    return list(ReplyTemplate.objects.filter(seen_by(user)).select_related("unit")[:MOST])


def circles(user: User) -> list[tuple[str, str]]:
    """With whom a person may share: code and words; "" is nobody."""
    found = {"": _("only me")}
    for one in memberships(user):
        if one.unit is not None:
            found[f"unit:{one.unit_id}"] = one.unit.name
        found[f"role:{one.role}"] = _("every %(role)s") % {"role": Membership.Role(one.role).label}
    return list(found.items())


def share(kept: Kept, circle: str) -> Kept:
    """Set with whom something is shared. Raises `NotAllowed` for a circle that is not the owner's."""
    if circle not in dict(circles(kept.owner)):
        raise NotAllowed(_("You can share with your own units and roles only"))
    what, _colon, key = circle.partition(":")
    kept.unit_id = int(key) if what == "unit" else None
    kept.role = key if what == "role" else ""
    return kept


def forget(kept: Kept, *, by: User) -> None:
    """Delete what one keeps. Raises `NotAllowed` where it is somebody else's."""
    if kept.owner_id != by.pk:
        raise NotAllowed(_("Only %(who)s can delete this") % {"who": kept.owner})
    kept.delete()
