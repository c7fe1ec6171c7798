"""Against floods without turning anybody away in silence."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

AN_HOUR = 3600
SALT = "meicheng.portal.form"
QUICKEST = 4  # seconds in which nobody fills in the form by hand
LONGEST = 24 * AN_HOUR


def too_many(request: HttpRequest, what: str, most: int) -> bool:
    """Count one more `what` of this connection; whether it is more than `most` in an hour."""
    return too_many_of(connection_of(request), what, most)


def too_many_of(whom: str, what: str, most: int) -> bool:
    """Count one more `what` of somebody: a connection, a device. Only its keyed hash is kept."""
    who = salted_hmac("meicheng.portal.limit", whom).hexdigest()[:24]
    key = f"portal:{what}:{who}"
    cache.add(key, 0, AN_HOUR)
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # the hour ended between the two
        return False


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
