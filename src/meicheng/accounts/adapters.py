"""What the sign-in library asks of the house: nobody signs up, our pauses, our sealed secrets."""

from __future__ import annotations

import io
import time
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from meicheng.organisation.models import User

from . import pauses
from .recording import record
from .required import needs_second_factor

RECENTLY = 300  # seconds in which nobody is asked for her password again
BACKEND = "meicheng.accounts.backend.Backend"


class Accounts(DefaultAccountAdapter):
    """Accounts are made by administrators alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return pauses.connection_of(request) or "0.0.0.0"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console:today")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin the session; that somebody signed in is an event of her account."""
        user.backend = BACKEND
        super().login(request, user)
        methods = [one["method"] for one in get_authentication_records(request, user)]
        record(user, "signed_in", by=user, ways=sorted(set(methods)))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *said: Any,
        **more: Any,
    ) -> None:
        """Say what the library says, but for “signed in”, which everybody sees."""
        if message_template != "account/messages/logged_in.txt":
            super().add_message(request, level, message_template, *said, **more)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> Any:
        return refusal(request, _("This account is not in use. Ask an administrator."))

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether it is her password; counted like an attempt to sign in."""
        request = context.request
        connection = pauses.connection_of(request)
        if wait := pauses.begin(user.username, connection):
            raise ValidationError(pauses.in_words(wait))
        if authenticate(request, username=user.username, password=password) is None:
            return False
        pauses.succeed(user.username, connection)
        return True

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether the password was last typed a while ago."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - one["at"] < RECENTLY for one in records)


class SecondFactors(DefaultMFAAdapter):
    """Codes and keys, with their secrets sealed."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is wrong or was used already."),
        "cannot_delete_authenticator": gettext_lazy(
            "An administrator keeps at least one second factor: add another one first."
        ),
    }

    def get_totp_issuer(self) -> str:
        return f"{_('Meicheng')} · {_city()}"

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)

    def _get_site_name(self) -> str:
        return _city()

    def build_totp_svg(self, url: str) -> str:
        picture = io.BytesIO()
        segno.make(url, error="m").save(picture, kind="svg", scale=5, border=2, light="#fff")
        return picture.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who has to have a second factor keeps one."""
        if not needs_second_factor(authenticator.user):
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Key %(number)d") % {"number": count + 1}


class SingleSignOn(DefaultSocialAccountAdapter):
    """Somebody whom the city's own sign-in service vouches for, where she has an account here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the account by the name that the service tells; nobody gets one by signing in."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(refusal(request, _("Sign in from the page for it.")))
        if sociallogin.is_existing:
            return
        told = sociallogin.account.extra_data
        claims = {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}
        name = str(claims.get(settings.SINGLE_SIGN_ON_CLAIM) or "")
        user = User.objects.filter(username=name).first() if name else None
        if user is None:
            said = _("“%(name)s” has no account here. Ask an administrator for one.")
            raise ImmediateHttpResponse(refusal(request, said % {"name": name[:60] or "–"}))
        if user.is_active:
            sociallogin.connect(request, user)
        else:
            sociallogin.user = user  # refused as out of use, like by password

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, **more: Any
    ) -> None:
        said = _("The sign-in service did not let you in, or does not answer. Try again.")
        raise ImmediateHttpResponse(refusal(request, said))


def refusal(request: HttpRequest, said: str) -> Any:
    """The page that says why somebody was not let in, with the way back."""
    return render(request, "accounts/refused.html", {"said": said}, status=403)


def _city() -> str:
    english = (get_language() or "").startswith("en")
    return settings.CITY_NAME_EN if english else settings.CITY_NAME_ZH


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.PERSONAL_DATA_KEYS])
