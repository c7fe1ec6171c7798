"""What the sign-in library tells when second factors change, as events of the account."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.dispatch import receiver

from meicheng.organisation.models import User

from .recording import record


@receiver(signals.authenticator_added)
def added(user: User, authenticator: Authenticator, **_more: Any) -> None:
    """A second factor was added."""
    record(user, "second_factor_added", by=user, kind=str(authenticator.type))


@receiver(signals.authenticator_removed)
def removed(user: User, authenticator: Authenticator, **_more: Any) -> None:
    """A second factor was removed."""
    record(user, "second_factor_removed", by=user, kind=str(authenticator.type))


@receiver(signals.authenticator_reset)
def renewed(user: User, authenticator: Authenticator, **_more: Any) -> None:
    """Recovery codes were made anew; the old ones are void."""
    record(user, "recovery_codes_made", by=user)
