"""Who a session belongs to, and whether she lacks the second factor that she needs."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef

from meicheng.organisation.models import Membership, User

# What counts as one: recovery codes stand in for it, and do not replace it.
REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Backend(ModelBackend):
    """Django's own, which reads with the user of each request what must be known of her (1 SQL)."""

    def get_user(self, user_id: Any) -> User | None:
        """The user, if the account is in use, with `manages` and `has_second_factor`."""
        manages = Membership.objects.filter(user=OuterRef("pk"), role=Membership.Role.ADMINISTRATOR)
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=REAL)
        found = User.objects.annotate(
            manages=Exists(manages), has_second_factor=Exists(factors)
        ).filter(pk=user_id)
        user = found.first()
        return user if user is not None and self.user_can_authenticate(user) else None
