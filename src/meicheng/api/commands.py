"""`meicheng token`: keys for machines that call the API."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.accounts.actions import BadAccount, give_token, revoke_token
from meicheng.accounts.tokens import SCOPES
from meicheng.organisation.models import ApiToken, User


def commands(subparsers: Any) -> None:
    """Add the commands."""
    token = subparsers.add_parser("token", help="keys for machines that call the API")
    ways = token.add_subparsers(title="what to do", metavar="WHAT", required=True)
    create = ways.add_parser("create", help="make a token; its key is shown once")
    create.add_argument("name", help="what it is for, as lists will show it")
    create.add_argument("--user", required=True, help="user name of the account that it acts as")
    create.add_argument("--scopes", required=True, help=f"by comma, of: {', '.join(SCOPES)}")
    create.add_argument("--days", type=int, help="until it expires; for ever if not said")
    create.set_defaults(run=_create)
    listing = ways.add_parser("list", help="tokens, without their keys")
    listing.set_defaults(run=_list)
    revoke = ways.add_parser("revoke", help="end a token")
    revoke.add_argument("number", type=int, help="its number in the list")
    revoke.set_defaults(run=_revoke)


def _create(arguments: argparse.Namespace) -> int:
    user = User.objects.filter(username=arguments.user).first()
    if user is None:
        said = _("There is no account “%(name)s”") % {"name": arguments.user}
        print(f"meicheng: {said}", file=sys.stderr)
        return 1
    scopes = [one.strip() for one in arguments.scopes.split(",") if one.strip()]
    try:
        row, key = give_token(
            user, name=arguments.name, scopes=scopes, days=arguments.days, by=None
        )
    except BadAccount as problem:
        print(f"meicheng: {problem}", file=sys.stderr)
        return 1
    words = {"number": row.pk, "name": row.name, "user": user.username}
    print(_("Token %(number)d “%(name)s” for %(user)s:") % words, ", ".join(row.scopes))
    print(_("Its key is shown this once; send it as  Authorization: Bearer KEY"))
    print(key)
    return 0


def _list(_arguments: argparse.Namespace) -> int:
    rows = list(ApiToken.objects.select_related("user").order_by("pk"))
    for row in rows:
        state = _("revoked") if row.revoked_at else _("holds")
        if row.expires_at and not row.revoked_at:
            day = f"{timezone.localtime(row.expires_at):%Y-%m-%d}"
            state = _("holds until %(day)s") % {"day": day}
        print(f"{row.pk:>4}  {row.name}  {row.user.username}  {state}  {', '.join(row.scopes)}")
    if not rows:
        print(_("There is no token yet; make one with `meicheng token create`."))
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    token = ApiToken.objects.filter(pk=arguments.number, revoked_at__isnull=True).first()
    if token is None:
        said = _("No token that holds has the number %(number)d") % {"number": arguments.number}
        print(f"meicheng: {said}", file=sys.stderr)
        return 1
    revoke_token(token, by=None)
    said = _("Token %(number)d is revoked; it ends within seconds.")
    print(said % {"number": arguments.number})
    return 0
