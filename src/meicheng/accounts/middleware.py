"""What holds for every request: a second factor where one is required, sessions seen, exports kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.tables import exports

from .required import lacks_second_factor

Answer = Callable[[HttpRequest], HttpResponseBase]
# What an administrator can reach before she has a second factor: setting one up, and leaving.
OPEN = re.compile(r"/(account/second-factor/|account/confirm|sign-in|sign-out|language|static/)")
SEEN_EVERY = 300  # seconds
NAMED = re.compile(r"filename\*?=(?:utf-8'')?\"?([^\";]+)", re.IGNORECASE)


class RequireSecondFactor:
    """Lets nobody manage accounts by a password alone."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """The page to set one up, instead of the page that was asked for."""
        if OPEN.match(request.path) or not isinstance(request.user, User):
            return None
        if not lacks_second_factor(request.user):
            return None
        if request.path.startswith("/api/") or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied(_("Set up your second factor first"))
        return redirect("mfa_index")


class SessionsSeen:
    """Notes when a session was last used, every five minutes at most."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        key = request.session.session_key
        begun_here = AUTHENTICATION_METHODS_SESSION_KEY in request.session
        if begun_here and request.user.is_authenticated and cache.add(f"seen:{key}", 1, SEEN_EVERY):
            UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())
        return answer


class KeepExports:
    """Writes an event for every file that is sent to somebody who is signed in.

    Whatever a room sends as an attachment is kept, whether or not the room thinks of it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        exports.begin_counting()
        answer = self.get_response(request)
        sent_as = answer.headers.get("Content-Disposition", "")
        if not sent_as.startswith("attachment") or not isinstance(request.user, User):
            return answer
        named = NAMED.search(sent_as)
        exports.note(
            exports.Export(
                door=request.path,
                file=unquote(named.group(1)) if named else request.path,
                by=request.user,
                filters=dict(request.GET.items()),
                rows=exports.rows_counted(),
            )
        )
        return answer
