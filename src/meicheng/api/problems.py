"""Errors as problem details (RFC 9457), in the caller's language."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from meicheng.cases.actions import Needed, Stale
from meicheng.engine.workflow import WrongState
from meicheng.files.actions import BadFile
from meicheng.organisation.permissions import NotAllowed
from meicheng.voices.checking import BadReport

log = logging.getLogger("meicheng.api")
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An error with its status; `errors` names the fields at fault, each with what was expected."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[tuple[str, str]] = (), **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = [{"where": where, "what": what} for where, what in errors]
        self.more = more


def answer(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """An error as the API answers it."""
    phrase = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": phrase, "status": status, "detail": detail, **more}
    content = json.dumps({k: v for k, v in body.items() if v not in ("", [])}, ensure_ascii=False)
    found = HttpResponse(content, status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = 'Bearer realm="meicheng"'
    return found


def install(api: NinjaAPI) -> None:
    """Let the API answer every exception that its rooms know."""

    def on(kind: type[Exception], make: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda _request, problem: make(problem))

    on(Problem, lambda p: answer(p.status, str(p), errors=p.errors, **p.more))
    on(ValidationError, _invalid)
    on(AuthenticationError, lambda _p: answer(401, _("Send a token: Authorization: Bearer TOKEN")))
    on(NotAllowed, lambda p: answer(403, str(p)))
    on(Http404, lambda p: answer(404, str(p)))
    on(HttpError, lambda p: answer(p.status_code, str(p)))
    on(WrongState, _wrong_state)
    on(Stale, lambda p: answer(412, str(p)))
    on(Needed, lambda p: answer(422, str(p)))
    on(BadFile, lambda p: answer(422, str(p), errors=[{"where": "file", "what": str(p)}]))
    on(BadReport, lambda p: answer(422, str(p), errors=[{"where": p.field, "what": str(p)}]))
    on(RequestDataTooBig, lambda _p: answer(413, _("The request is larger than is taken")))
    on(TooManyFilesSent, lambda _p: answer(413, _("The request holds more files than are taken")))
    on(UnicodeDecodeError, lambda _p: answer(400, _("The request is not valid UTF-8")))
    on(Exception, _unexpected)


def _invalid(problem: ValidationError) -> HttpResponse:
    errors = [
        {"where": ".".join(str(part) for part in error["loc"][1:]), "what": error["msg"]}
        for error in problem.errors
    ]
    return answer(422, _("Something in the request is not as expected"), errors=errors)


def _wrong_state(problem: WrongState) -> HttpResponse:
    steps = [row.code for row in problem.allowed]
    return answer(409, problem.say(get_language() or "zh"), allowed_actions=steps)


def _unexpected(problem: Exception) -> HttpResponse:
    log.error("The API failed", exc_info=problem)
    return answer(500, _("Something went wrong here; it has been written to the log"))


class Problems:
    """Turns the server's own error pages under /api/ into problem details."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = self.get_response(request)
        if not request.path.startswith("/api/") or found.status_code < 400:
            return found
        if found.headers.get("Content-Type", "").startswith((MEDIA_TYPE, "application/json")):
            return found
        told = {
            404: _("There is nothing at this address of the API"),
            405: _("This address does not take %(method)s") % {"method": request.method},
            400: _("The request could not be read"),
        }.get(found.status_code, "")
        changed = answer(found.status_code, told)
        if "Allow" in found.headers:
            changed["Allow"] = found["Allow"]
        return changed
