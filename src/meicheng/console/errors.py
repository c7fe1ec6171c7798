"""Pages for what went wrong: what happened, and what helps."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def error_page(
    request: HttpRequest, status: int, *, title: str, what: str, back: str = "/"
) -> HttpResponse:
    """A page in the house's look that says what happened and where to go from here."""
    context = {"status": status, "title": title, "what": what, "back": back}
    return render(request, "console/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood, or holds more than is read."""
    what = _("Go back, reload the page and try again. Nothing was changed.")
    if isinstance(exception, RequestDataTooBig):
        limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024**2
        what = _(
            "The words that were sent are larger than %(limit)d MB. Go back and send fewer. Nothing "
            "was changed."
        ) % {"limit": limit}
    elif isinstance(exception, (TooManyFieldsSent, TooManyFilesSent)):
        what = _(
            "Too many fields or files were sent at once. Go back and send fewer. Nothing was "
            "changed."
        )
    return error_page(request, 400, title=_("This request could not be understood"), what=what)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: somebody may not do this; the exception's words say what and where."""
    return error_page(
        request,
        403,
        title=_("You may not do this"),
        what=str(exception) or _("Your roles do not include this page. Ask an administrator."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing is here."""
    return error_page(
        request,
        404,
        title=_("There is nothing at this address"),
        what=_(
            "It may have been moved, or the number mistyped. Search for it from the first page."
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return error_page(
        request,
        500,
        title=_("Something went wrong here"),
        what=_("It is not your fault and has been written to the log. Try again in a minute."),
    )


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's proof of origin is missing or old."""
    return error_page(
        request,
        403,
        title=_("This page is too old to be sent"),
        what=_("Go back, reload the page and send it again. What you typed is kept by the page."),
    )
