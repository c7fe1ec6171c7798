"""What administrators do with accounts, and people with their own; each an event of the account.

Who manages accounts decides who sees cases and sees none: nobody holds both, and nobody changes
her own roles.
"""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from meicheng.organisation.models import ApiToken, Membership, Unit, User
from meicheng.organisation.permissions import NotAllowed, allow, held_in_units
from meicheng.places.models import Division

from . import pauses
from .recording import record
from .tokens import make_token

MANAGE = "accounts.manage"
Role = Membership.Role


class BadAccount(ValueError):
    """Something about an account that cannot be; the message says what was expected."""


@transaction.atomic
def create_account(
    *, username: str, display_name: str, email: str = "", language: str = "zh-hans", by: User
) -> User:
    """A new account without a password; `password_link` lets its owner choose one.

    Raises `BadAccount` when the name is taken or not usable.
    """
    allow(by, MANAGE)
    _check(display_name, email)
    name = username.strip()
    if not name or len(name) > 60 or any(sign.isspace() for sign in name):
        raise BadAccount(_("An account's name has 1 to 60 signs and no blanks"))
    if User.objects.filter(username__iexact=name).exists():
        raise BadAccount(_("There is an account “%(name)s” already") % {"name": name})
    try:
        with transaction.atomic():
            person = User(username=name, display_name=display_name.strip(), email=email.strip())
            person.language = language
            person.set_unusable_password()
            person.save()
    except IntegrityError:  # somebody else was quicker
        raise BadAccount(_("There is an account “%(name)s” already") % {"name": name}) from None
    record(person, "account_created", by=by, username=name, display_name=person.display_name)
    return person


@transaction.atomic
def change_account(person: User, *, display_name: str, email: str, by: User) -> User:
    """Change how somebody is called and reached. Raises `BadAccount`."""
    allow(by, MANAGE)
    _check(display_name, email)
    person = _locked(person)
    before = (person.display_name, person.email)
    person.display_name, person.email = display_name.strip(), email.strip()
    if before == (person.display_name, person.email):
        return person
    person.save(update_fields=["display_name", "email"])
    record(person, "account_changed", by=by, display_name=person.display_name, email=person.email)
    return person


@transaction.atomic
def give_role(
    person: User,
    role: str,
    *,
    division: Division | None = None,
    unit: Unit | None = None,
    by: User,
) -> Membership:
    """Let somebody hold a role in a division or a unit. Raises `BadAccount`.

    Who becomes an administrator is signed out, so that the next sign-in asks for a second factor.
    """
    allow(by, MANAGE)
    person = _locked(person)
    _not_oneself(person, by)
    where = unit or division
    if where is None:
        raise BadAccount(_("Name the unit or the division in which the role is held"))
    if held_in_units(role) and unit is None:
        raise BadAccount(_("This role is held in a unit: name the unit"))
    if unit is not None and not held_in_units(role):
        raise BadAccount(_("This role is held in a division: name the division"))
    other = person.memberships.exclude(role=role).values_list("role", flat=True)
    if (role == Role.ADMINISTRATOR and other) or Role.ADMINISTRATOR in other:
        raise BadAccount(_("Who manages accounts holds no other role, as she sees no case"))
    membership, made = Membership.objects.get_or_create(
        user=person, role=role, division=division if unit is None else None, unit=unit
    )
    if made:
        if role == Role.ADMINISTRATOR:
            _end(person, keep="")
        record(person, "role_given", by=by, role=role, where=where.code)
    return membership


@transaction.atomic
def take_role(membership: Membership, *, by: User) -> None:
    """Take a role from somebody. Raises `BadAccount` for the last administrator's."""
    allow(by, MANAGE)
    person = _locked(membership.user)
    _not_oneself(person, by)
    where = membership.unit or membership.division
    role = membership.role
    if not Membership.objects.filter(pk=membership.pk).delete()[0]:
        return  # somebody else was quicker
    record(person, "role_taken", by=by, role=role, where=where.code if where else "")


@transaction.atomic
def deactivate(person: User, *, reason: str, by: User) -> User:
    """Put an account out of use: its sessions end now, its tokens hold no more."""
    allow(by, MANAGE)
    person = _locked(person)
    _not_oneself(person, by)
    if not reason.strip():
        raise BadAccount(_("Say why the account goes out of use"))
    if not person.is_active:
        return person
    person.is_active = False
    person.save(update_fields=["is_active"])
    _end(person, keep="")
    record(person, "account_deactivated", by=by, reason=reason.strip()[:500])
    return person


@transaction.atomic
def activate(person: User, *, by: User) -> User:
    """Take an account into use again."""
    allow(by, MANAGE)
    person = _locked(person)
    if person.is_active:
        return person
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(person, "account_activated", by=by)
    return person


@transaction.atomic
def password_link(person: User, *, by: User) -> str:
    """A link by which somebody chooses her password, once and within a day; shown once.

    The password that she had works no more, and her sessions end: whoever asks for this may have
    lost it to somebody else.
    """
    allow(by, MANAGE)
    person = _locked(person)
    _not_oneself(person, by)
    if not person.is_active:
        raise BadAccount(_("The account is not in use; take it into use first"))
    person.set_unusable_password()
    person.save(update_fields=["password"])
    _end(person, keep="")
    record(person, "password_link_made", by=by)
    return reverse(
        "accounts:choose-password",
        args=[
            urlsafe_base64_encode(force_bytes(person.pk)),
            default_token_generator.make_token(person),
        ],
    )


@transaction.atomic
def choose_password(person: User, token: str, password: str) -> User:
    """Choose a password by a link. Raises `BadAccount` when it was used or is too old."""
    person = _locked(person)
    if not person.is_active or not default_token_generator.check_token(person, token):
        raise BadAccount(_("This link was used already or is too old; ask for another one"))
    person.set_password(password)
    person.save(update_fields=["password"])
    pauses.forget(person.username)
    record(person, "password_chosen", by=person)
    return person


@transaction.atomic
def change_password(person: User, password: str, *, keep: str) -> User:
    """Change one's own password; all sessions but the one with the key `keep` end."""
    person = _locked(person)
    person.set_password(password)
    person.save(update_fields=["password"])
    _end(person, keep=keep)
    record(person, "password_changed", by=person)
    return person


@transaction.atomic
def unlock(person: User, *, by: User) -> bool:
    """Let somebody try to sign in again at once; whether there was a pause."""
    allow(by, MANAGE)
    there = pauses.forget(person.username)
    if there:
        record(person, "pause_lifted", by=by)
    return there


@transaction.atomic
def drop_second_factors(person: User, *, reason: str, by: User) -> int:
    """Remove somebody's second factors, who lost them; sessions end. Returns how many there were."""
    allow(by, MANAGE)
    person = _locked(person)
    _not_oneself(person, by)
    if not reason.strip():
        raise BadAccount(_("Say how you know that it is she who asks"))
    count = Authenticator.objects.filter(user=person).delete()[0]
    if count:
        _end(person, keep="")
        record(person, "second_factors_dropped", by=by, reason=reason.strip()[:500])
    return count


@transaction.atomic
def end_sessions(person: User, *, by: User, session: int | None = None, keep: str = "") -> int:
    """Sign somebody out everywhere, or of one session, or of all but `keep`; how many ended.

    Everybody may end her own; those of others, who manages accounts.
    """
    if by.pk != person.pk:
        allow(by, MANAGE)
    person = _locked(person)
    ended = _end(person, keep=keep, only=session)
    if ended:
        record(person, "sessions_ended", by=by, count=ended)
    return ended


@transaction.atomic
def give_token(
    person: User, *, name: str, scopes: list[str], days: int | None, by: User | None
) -> tuple[ApiToken, str]:
    """A token for a machine that acts as this account, and its key, shown once. `BadAccount`.

    Nobody (`by`) is whoever has the command line.
    """
    if by is not None:
        allow(by, MANAGE)
        _not_oneself(person, by)
    person = _locked(person)
    if not name.strip():
        raise BadAccount(_("Say what the token is for"))
    try:
        row, key = make_token(person, name.strip()[:80], scopes, days=days)
    except ValueError as problem:
        raise BadAccount(str(problem)) from None
    record(person, "token_made", by=by, token=row.pk, name=row.name, scopes=row.scopes)
    return row, key


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User | None) -> datetime:
    """End a token; returns since when it holds no more. Nobody is whoever has the command line."""
    if by is not None:
        allow(by, MANAGE)
    person = _locked(token.user)
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(person, "token_revoked", by=by, token=token.pk, name=token.name)
    return token.revoked_at


def _check(display_name: str, email: str) -> None:
    if not display_name.strip() or len(display_name.strip()) > 80:
        raise BadAccount(_("The name shown has 1 to 80 signs"))
    if email.strip():
        try:
            validate_email(email.strip())
        except ValidationError:
            raise BadAccount(
                _("“%(email)s” is no e-mail address") % {"email": email[:60]}
            ) from None


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _not_oneself(person: User, by: User) -> None:
    if person.pk == by.pk:
        raise NotAllowed(_("Nobody does this to her own account; ask another administrator"))


def _end(person: User, *, keep: str, only: int | None = None) -> int:
    """End sessions; a session that the library does not list ends with the password's hash."""
    found = UserSession.objects.filter(user=person).exclude(session_key=keep)
    if only is not None:
        found = found.filter(pk=only)
    count = 0
    for session in found:
        session.end()
        count += 1
    return count
