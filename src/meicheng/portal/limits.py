"""Against floods without turning anybody away in silence."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.voices import floods

AN_HOUR = 3600
A_YEAR = 365 * 86400
DEVICE = "device"
SALT = "meicheng.portal.form"
QUICKEST = 4  # seconds in which nobody fills in the form by hand
LONGEST = 24 * AN_HOUR


def too_many(request: HttpRequest, what: str, most: int) -> bool:
    """Count one more `what` of this connection; whether it is more than `most` in an hour."""
    return floods.too_many(connection_of(request), what, most)


def too_many_reports(request: HttpRequest) -> str:
    """Count one more report of this connection and this device; why it is doubtful, or "".

    Many people share a connection: a browser that was here before this hour is not doubted for
    what others send.
    """
    most, most_of_device = settings.REPORTS_PER_HOUR, settings.REPORTS_PER_DEVICE
    many = too_many(request, "report", most)
    device = device_of(request)
    if device and floods.too_many(f"device {device}", "report", most_of_device):
        return _("more than %(most)d in an hour from one device") % {"most": most_of_device}
    if many and not _was_here_before(request):
        return _("more than %(most)d in an hour from one connection") % {"most": most}
    return ""


def device_of(request: HttpRequest) -> str:
    """The number that this browser was given with the form; "" where it keeps none."""
    found = request.get_signed_cookie(DEVICE, default="", salt=SALT)
    return str(found or "")


def _was_here_before(request: HttpRequest) -> bool:
    fresh = request.get_signed_cookie(DEVICE, default="", salt=SALT, max_age=AN_HOUR)
    return bool(device_of(request)) and not fresh


def mark_device(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Give a browser a number drawn by chance, by which its reports are counted and nothing else."""
    if not device_of(request):
        answer.set_signed_cookie(
            DEVICE,
            secrets.token_hex(8),
            salt=SALT,
            max_age=A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )
    return answer


def connection_of(request: HttpRequest) -> str:
    """The address that a request comes from, told by the proxy where there is one."""
    if settings.BEHIND_PROXY:
        return str(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def opened_now() -> str:
    """A mark for a form that says when it was opened; nobody can make another."""
    return signing.dumps(timezone.now().timestamp(), salt=SALT)


def doubt_about(mark: str, trap: str) -> str:
    """Why a form may have been filled in by a machine; "" where nothing says so."""
    if trap:
        return _("a field that no person sees was filled in")
    try:
        opened = float(signing.loads(mark, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return _("the form was not opened here")
    seconds = timezone.now().timestamp() - opened
    if seconds < QUICKEST:
        return _("it was sent %(seconds).1f s after it was opened") % {"seconds": seconds}
    if seconds > LONGEST:
        return _("the form had been open for more than a day")
    return ""
