"""What pages of accounts show of events, in words."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.organisation.models import Membership, User

from ..required import lacks_second_factor

register = template.Library()

VERBS = {
    "signed_in": gettext_lazy("signed in"),
    "account_created": gettext_lazy("account made"),
    "account_changed": gettext_lazy("name or e-mail changed"),
    "role_given": gettext_lazy("role given"),
    "role_taken": gettext_lazy("role taken"),
    "account_deactivated": gettext_lazy("put out of use"),
    "account_activated": gettext_lazy("taken into use again"),
    "password_link_made": gettext_lazy("link for a new password made"),
    "password_chosen": gettext_lazy("password chosen"),
    "password_changed": gettext_lazy("password changed"),
    "pause_lifted": gettext_lazy("pause after failed attempts lifted"),
    "second_factor_added": gettext_lazy("second factor added"),
    "second_factor_removed": gettext_lazy("second factor removed"),
    "second_factors_dropped": gettext_lazy("second factors removed by an administrator"),
    "recovery_codes_made": gettext_lazy("recovery codes made"),
    "sessions_ended": gettext_lazy("sessions ended"),
    "token_made": gettext_lazy("token made"),
    "token_revoked": gettext_lazy("token revoked"),
}
WAYS = {
    "password": gettext_lazy("by password"),
    "mfa": gettext_lazy("with a second factor"),
    "socialaccount": gettext_lazy("through the city's sign-in service"),
    "totp": gettext_lazy("app"),
    "webauthn": gettext_lazy("security key"),
    "recovery_codes": gettext_lazy("recovery codes"),
}


@register.filter
def account_verb(verb: str) -> str:
    """What was done, in words."""
    return str(VERBS.get(verb, verb))


@register.filter
def account_details(data: dict[str, Any]) -> str:
    """What an event of an account says besides: role and place, reason, how many."""
    parts = []
    for name, value in data.items():
        if name == "role":
            parts.append(str(Membership.Role(value).label))
        elif name in {"ways", "kind"}:
            ways = value if isinstance(value, list) else [value]
            parts.append(_(", ").join(str(WAYS.get(way, way)) for way in ways))
        elif name == "scopes":
            parts.append(" ".join(value))
        else:
            parts.append(str(value))
    return " · ".join(parts)


@register.simple_tag(takes_context=True)
def second_factor_missing(context: dict[str, Any]) -> bool:
    """Whether whoever looks needs a second factor and has none."""
    user = context["request"].user
    return isinstance(user, User) and lacks_second_factor(user)
