"""What goes wrong, as the standard has it: a status, and a list of `{code, description}`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from meicheng.api.problems import Problem
from meicheng.files.actions import BadFile
from meicheng.organisation.permissions import NotAllowed
from meicheng.standards.asking import BadAnswer
from meicheng.voices.actions import MOST_PHOTOS
from meicheng.voices.checking import BadReport

from .writing import written

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
FIELDS_ROOM = 4 * 2**20  # bytes of a form beside its pictures
log = logging.getLogger("meicheng.open311")
View = Callable[..., HttpResponse]


class Fault(Exception):
    """Why a request is not answered; told with this status."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


def door(*methods: str) -> Callable[[View], View]:
    """A view that takes these methods and tells every fault in the format that was asked for.

    No cookie counts here, so that no form's mark is needed.
    """

    def make(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, form: str, **more: Any) -> HttpResponse:
            try:
                _check(request, methods)
                return view(request, form, **more)
            except Exception as problem:  # whatever it is, the client reads it in its format
                status, told = _told(problem)
                return fault(form, status, told, allow=methods)

        return answered

    return make


def fault(form: str, status: int, told: str, *, allow: tuple[str, ...] = ()) -> HttpResponse:
    """An error as the standard writes it."""
    found = written(form, "errors", "error", [{"code": status, "description": told}], status)
    if status == 405:
        found["Allow"] = ", ".join(allow)
    if status == 429:
        found["Retry-After"] = "60"
    return found


def _check(request: HttpRequest, methods: tuple[str, ...]) -> None:
    method = "GET" if request.method == "HEAD" else request.method
    if method not in methods:
        said = _("This address does not take %(method)s") % {"method": request.method}
        raise Fault(405, said)
    if method == "POST":
        _check_form(request)
    # No database takes this sign, so no code, number or word holds it.
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Fault(400, _("The address holds a sign that no text has (NUL)"))
    sent = request.GET if method == "GET" else request.POST
    if any("\0" in value for key in sent for value in [key, *sent.getlist(key)]):
        raise Fault(400, _("The text holds a sign that no text has (NUL)"))
    wanted = sent.get("jurisdiction_id", "") or request.GET.get("jurisdiction_id", "")
    own = settings.OPEN311_JURISDICTION
    if wanted and own and wanted != own:
        raise Fault(
            404,
            _("There is no jurisdiction “%(wanted)s” here; this one is “%(own)s”")
            % {"wanted": wanted[:80], "own": own},
        )


def _check_form(request: HttpRequest) -> None:
    """Refuse what is too large before it is read, and what is no form."""
    if request.content_type not in FORMS:
        raise Fault(
            400,
            _("%(type)s is not taken here; send a form")
            % {"type": (request.content_type or "–")[:80]},
        )
    most = MOST_PHOTOS * settings.UPLOAD_LIMIT + FIELDS_ROOM
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > most:
        raise Fault(413, too_large(most))


def too_large(most: int) -> str:
    """What is said of more than `most` bytes."""
    return _("The request is too large; at most %(most)d MB are taken") % {"most": most // 2**20}


def _told(problem: Exception) -> tuple[int, str]:
    if isinstance(problem, Fault | Problem):
        return problem.status, str(problem)
    if isinstance(problem, BadReport | BadFile | BadAnswer):
        return 400, str(problem)
    if isinstance(problem, NotAllowed):
        return 403, str(problem)
    if isinstance(problem, Http404):
        return 404, str(problem)
    if isinstance(problem, RequestDataTooBig | TooManyFilesSent):
        return 413, _("The request is larger than is taken here")
    if isinstance(problem, UnreadablePostError):
        return 400, _("The connection broke off before the request was through")
    if isinstance(problem, MultiPartParserError | BadRequest | SuspiciousOperation | UnicodeError):
        return 400, _("The form could not be read; expected UTF-8")
    log.error("Open311 failed", exc_info=problem)
    return 500, _("Something went wrong here; it has been written to the log")
