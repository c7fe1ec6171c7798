"""Errors as problem details (RFC 9457), in the caller's language."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from meicheng.cases.actions import Needed, Stale
from meicheng.engine.workflow import WrongState
from meicheng.files.actions import BadFile
from meicheng.lists.drafts import BadList
from meicheng.notices.webhooks.actions import BadEndpoint
from meicheng.organisation.permissions import NotAllowed
from meicheng.standards.asking import BadAnswer
from meicheng.voices.checking import BadReport

from .faults import fault

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
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        found["Retry-After"] = str(more.get("retry_after", 60))
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
    on(HttpError, _http_error)
    on(WrongState, _wrong_state)
    on(Stale, lambda p: answer(412, str(p)))
    on(Needed, lambda p: answer(409, str(p)))
    on(BadFile, lambda p: answer(415, str(p), errors=[{"where": "file", "what": str(p)}]))
    on(BadList, _bad_list)
    on(BadEndpoint, lambda p: answer(409, str(p)))
    on(BadReport, lambda p: answer(409, str(p), errors=[{"where": p.field, "what": str(p)}]))
    on(BadAnswer, lambda p: answer(409, str(p), errors=[{"where": "answers", "what": str(p)}]))
    on(RequestDataTooBig, lambda _p: _too_large())
    on(TooManyFilesSent, lambda _p: answer(413, _("The request holds more files than are taken")))
    on(UnreadablePostError, lambda _p: _broken_off())
    on(
        MultiPartParserError,
        lambda _p: answer(400, _("The form could not be read; expected UTF-8")),
    )
    on(SuspiciousOperation, lambda _p: answer(400, _("The request could not be read")))
    on(UnicodeDecodeError, lambda _p: answer(400, _("The request is not valid UTF-8")))
    on(Exception, _unexpected)


def _invalid(problem: ValidationError) -> HttpResponse:
    errors = [fault(error) for error in problem.errors]
    return answer(422, _("Something in the request is not as expected"), errors=errors)


def _bad_list(problem: BadList) -> HttpResponse:
    """Every fault of a list with where it is: `items.0.unit` is the unit of the first item."""
    errors = [
        {"where": f"items.{f.row - 1}.{f.field}" if f.row else f.field, "what": f.message}
        for f in problem.faults
    ]
    return answer(409, str(problem), errors=errors)


def _http_error(problem: HttpError) -> HttpResponse:
    """What the framework refuses; why the body could not be read stands in the cause."""
    cause = problem.__cause__
    if isinstance(cause, Problem):
        return answer(cause.status, str(cause), errors=cause.errors, **cause.more)
    if isinstance(cause, RequestDataTooBig):
        return _too_large()
    if isinstance(cause, UnreadablePostError):
        return _broken_off()
    if isinstance(cause, UnicodeError):
        return answer(400, _("The request is not valid UTF-8"))
    if cause is not None:
        return answer(400, _("The body could not be read; expected JSON in UTF-8"))
    return answer(problem.status_code, str(problem))


def _broken_off() -> HttpResponse:
    return answer(400, _("The connection broke off before the request was through"))


def too_large() -> Problem:
    """What is said of a request that is not read to its end."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    return Problem(
        413, _("The request is too large; at most %(most)d MB are taken") % {"most": most}
    )


def _too_large() -> HttpResponse:
    problem = too_large()
    return answer(problem.status, str(problem))


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
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        # No database takes this sign, so no code, cursor or number holds it.
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return answer(400, _("The address holds a sign that no text has (NUL)"))
        found = self.get_response(request)
        if found.status_code < 400:
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
