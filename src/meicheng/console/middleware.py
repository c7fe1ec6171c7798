"""Turns what actions refuse into pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from meicheng.cases.actions import Needed, Stale
from meicheng.engine.workflow import WrongState
from meicheng.organisation.permissions import NotAllowed

from .errors import error_page, forbidden


class Refusals:
    """Answers 403 for what somebody may not do and 409 for what a case does not allow now.

    Views that can show the message beside their form catch it themselves; this is for the rest.
    The API answers for itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; None for everything else."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(exception, NotAllowed):
            return forbidden(request, exception)
        if isinstance(exception, (WrongState, Stale, Needed)):
            return error_page(
                request, 409, title=_("This is not possible now"), what=str(exception), back=""
            )
        return None
