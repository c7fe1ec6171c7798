"""What is said when the demo city stands: the address, who can sign in, and what to try first."""

from __future__ import annotations

from django.utils.translation import gettext as _

from meicheng.organisation.models import Membership, User

from .people import ACCOUNTS, PASSWORD


def welcome(address: str) -> str:
    """The words of welcome to a city at this address, in the active language."""
    users = {
        user.username: user
        for user in User.objects.filter(username__in=[role.value for role, _where in ACCOUNTS])
    }
    known = bool(users) and next(iter(users.values())).check_password(PASSWORD)
    password = PASSWORD if known else _("(the one that was chosen when it was made)")
    lines = [
        _("The demo city is at %(address)s") % {"address": address},
        "",
        _("Sign in with one of these names; the password is %(password)s") % {"password": password},
    ]
    for role, where in ACCOUNTS:
        user = users.get(role.value)
        if user is not None:
            label = str(Membership.Role(role).label)
            lines.append(f"  {role.value:<16} {label} · {user.display_name} · {where}")
    lines += [
        "  "
        + _(
            "The administrator sets up a second factor at her first sign-in: an app for codes on a "
            "phone, or a security key where the address is localhost."
        ),
        "",
        _("What to try first:"),
        "  1. " + _("Sign in as creation-office: “Today” shows what is most urgent."),
        "  2. " + _("Sign in as dispatcher, open “Cases” and dispatch one that waits."),
        "  3. " + _("Sign in as unit-worker and report a case as done, with any photograph."),
        "  4. " + _("Open “Score”, and from a mark go down to the answers behind it."),
        "  5. " + _("Open “Bulletin” and load the month's document."),
        "  6. "
        + _("Report something yourself, without an account, at %(address)s")
        % {"address": f"{address}p/"},
    ]
    return "\n".join(lines)
