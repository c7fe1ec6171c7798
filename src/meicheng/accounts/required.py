"""Who has to have a second factor, and who lacks it."""

from __future__ import annotations

from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import roles


def needs_second_factor(user: User) -> bool:
    """Whether the user manages accounts, which nobody does by a password alone."""
    return Membership.Role.ADMINISTRATOR in roles(user)


def lacks_second_factor(user: User) -> bool:
    """Whether the user of a session needs one and has none (no SQL: read with the user)."""
    return bool(getattr(user, "manages", False)) and not getattr(user, "has_second_factor", False)
