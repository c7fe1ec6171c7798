"""Who calls: tokens with scopes, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from meicheng.organisation.models import ApiToken, User
from meicheng.organisation.permissions import Scope, scope

from .once import key_of
from .problems import Problem

KNOWN_FOR = 5.0  # seconds in which a token is not looked up again; so long a revoked one lives
MOST_KNOWN = 1000
_known: dict[str, tuple[float, ApiToken]] = {}
_counts: dict[object, int] = {}  # requests of this minute by token, in this process
_counting = threading.Lock()


class Token(HttpBearer):
    """`Authorization: Bearer mc_…`."""

    openapi_bearerFormat = "mc_ and 43 letters, from `meicheng token create`"

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user of a token that holds, else None (1 SQL statement every few seconds)."""
        found = find(token)
        if found is None:
            return None
        count(found)
        request.api_token = found  # type: ignore[attr-defined]
        request.user = found.user
        return found.user


class Session(APIKeyCookie):
    """Somebody who is signed in to the console; what changes something needs X-CSRFToken."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        """The user of the session; None where a token was sent that does not hold."""
        if request.headers.get("Authorization") or not request.COOKIES.get(self.param_name):
            return None
        if not request.user.is_authenticated:
            return None
        found: User | None = super().__call__(request)
        return found

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """The signed-in user (the framework has checked the form's mark)."""
        return cast(User, request.user)


def find(token: str) -> ApiToken | None:
    """The token with this key, unless it was revoked or has expired."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    now = time.monotonic()
    kept = _known.get(digest)
    if kept is None or kept[0] < now:
        row = ApiToken.objects.select_related("user").filter(key_hash=digest).first()
        if row is None:
            return None
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        kept = (now + KNOWN_FOR, row)
        _known[digest] = kept
    row = kept[1]
    gone = row.revoked_at is not None or not row.user.is_active
    expired = row.expires_at is not None and row.expires_at <= timezone.now()
    return None if gone or expired else row


def need(request: HttpRequest, wanted: str) -> User:
    """The caller; a token must have the scope, a session has all of them.

    Every POST has its Idempotency-Key, before anything else in it is looked at.
    """
    if request.method == "POST":
        key_of(request)
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is None:
        user: User = request.auth  # type: ignore[attr-defined]
        return user
    if wanted not in token.scopes:
        raise Problem(
            403,
            _("The token “%(name)s” has no scope %(scope)s")
            % {"name": token.name, "scope": wanted},
        )
    return token.user


def sees_personal(request: HttpRequest, user: User) -> Scope | None:
    """Where the caller reads words as they were written; None where all are masked for her.

    That needs the right to see telephone numbers, and a token the scope `reports:personal`.
    """
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is not None and "reports:personal" not in token.scopes:
        return None
    return scope(user, "reports.see_phone")


def count(token: ApiToken) -> None:
    """Count a request of a token. Raises `Problem` 429 above what a minute may hold."""
    most = settings.API_PER_MINUTE
    now = time.monotonic()
    minute = int(now // 60)
    with _counting:
        if _counts.get("minute") != minute:
            _counts.clear()
            _counts["minute"] = minute
        _counts[token.pk] = _counts.get(token.pk, 0) + 1
        many = bool(most) and _counts[token.pk] > most
    if many:
        raise Problem(
            429,
            _("This token sent more than %(most)d requests in a minute; wait for the next")
            % {"most": most},
            retry_after=int(60 - now % 60) + 1,
        )


def forget_known() -> None:
    """Look every token up again and count from nothing, for tests."""
    _known.clear()
    _counts.clear()
