"""Who has to have a second factor, and who lacks it."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import roles


def needs_second_factor(user: User) -> bool:
    """Whether the user manages accounts, which nobody does by a password alone."""
    return Membership.Role.ADMINISTRATOR in roles(user)


def lacks_second_factor(user: User) -> bool:
    """Whether the user needs one and has none (1 SQL statement, for administrators alone)."""
    if not needs_second_factor(user):
        return False
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return not Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists()
