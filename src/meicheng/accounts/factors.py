"""Pages of the sign-in library that change second factors, each with its events in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from meicheng.organisation.models import User

from .recording import record

RECOVERY = Authenticator.Type.RECOVERY_CODES


def recorded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The page, with what it changes of the reader's second factors as events of her account.

    The library's own signals come after its commit, which a killed process may never reach.
    """

    @wraps(view)
    def inside(request: HttpRequest, *named: Any, **by_name: Any) -> HttpResponseBase:
        user = request.user
        if request.method != "POST" or not isinstance(user, User):
            return view(request, *named, **by_name)
        with transaction.atomic():
            # Held until the end: what changes meanwhile is told by whoever changes it.
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            before = _factors(user)
            answer = view(request, *named, **by_name)
            after = _factors(user)
            for pk in sorted(before.keys() - after.keys()):
                if before[pk] != RECOVERY:  # these go with the last factor, or give way to new ones
                    record(user, "second_factor_removed", by=user, kind=before[pk])
            for pk in sorted(after.keys() - before.keys()):
                if after[pk] == RECOVERY:
                    record(user, "recovery_codes_made", by=user)
                else:
                    record(user, "second_factor_added", by=user, kind=after[pk])
        return answer

    return inside


def _factors(user: User) -> dict[int, str]:
    return dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))
