"""One door for messaging apps: a signed message comes in, and the code to answer with goes out.

    POST /api/v1/chat
    webhook-id, webhook-timestamp, webhook-signature: as the Standard Webhooks convention has it
    {"sender": "u-1", "text": "路灯不亮", "position": {"longitude": 114.3, "latitude": 34.2,
     "crs": "gcj02"}, "photos": ["Base64 …"], "links": ["https://…"]}

An app's own form is turned into this one by its bridge; nothing is fetched from outside.
"""

from __future__ import annotations

import hmac
import time
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from ninja import Schema
from pydantic import ConfigDict, Field, ValidationError

from meicheng.engine.space import BadPosition, convert
from meicheng.files.actions import BadFile
from meicheng.notices.webhooks.signing import signature
from meicheng.voices.chatting import ChatMessage, take_chat
from meicheng.voices.checking import LONGEST, BadReport
from meicheng.voices.codes import shown

from .bodies import Body
from .problems import Problem, too_large

LONGEST_NUMBER = 80
OFF = 300  # seconds by which clocks may differ, and after which a message is too old


class Position(Schema):
    """Where it is; Chinese apps send GCJ-02."""

    model_config = ConfigDict(extra="forbid")
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    crs: Literal["wgs84", "gcj02", "bd09"]


class Incoming(Schema):
    """A message of somebody in an app."""

    model_config = ConfigDict(extra="forbid")
    sender: str = Field("", max_length=200)
    text: str = Field(max_length=LONGEST)
    position: Position | None = None
    photos: list[str] = Field([], max_length=4)
    links: list[str] = Field([], max_length=10)


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a signed message as a report; the same webhook-id again is the same report."""
    try:
        refusal = _refusal(request)
    except RequestDataTooBig:
        return _refused(too_large())
    if refusal:
        return JsonResponse({"error": refusal}, status=401)
    try:
        found = Incoming.model_validate(Body().parse_body(request))
    except Problem as problem:
        return _refused(problem)
    except ValidationError as invalid:
        where = [".".join(map(str, one["loc"])) for one in invalid.errors()]
        words = _("Not as expected: %(fields)s") % {"fields": ", ".join(where[:10]) or "{}"}
        return JsonResponse({"error": words}, status=422)
    except (ValueError, RecursionError):
        return JsonResponse({"error": _("Expected JSON in UTF-8")}, status=400)
    try:
        longitude, latitude = _wgs84(found.position)
        message = ChatMessage(
            number=request.headers["webhook-id"],
            sender=found.sender,
            text=found.text,
            longitude=longitude,
            latitude=latitude,
            photos=found.photos,
            links=found.links,
        )
        report = take_chat(message)
    except (BadReport, BadFile, BadPosition) as problem:
        # The words are for whoever wrote: the bridge sends them back.
        return JsonResponse({"error": str(problem), "reply": str(problem)}, status=422)
    code = shown(report.code)
    page = reverse("portal:report-page", args=[code])
    link = f"{settings.PUBLIC_ADDRESS.rstrip('/')}{page}" if settings.PUBLIC_ADDRESS else ""
    reply = _("We have your report. See what becomes of it with the code %(code)s %(link)s") % {
        "code": code,
        "link": link,
    }
    return JsonResponse({"code": code, "reply": reply.strip()}, status=201)


def _refused(problem: Problem) -> JsonResponse:
    return JsonResponse({"error": str(problem)}, status=problem.status)


def _refusal(request: HttpRequest) -> str:
    """Why a message is not from the bridge; "" where it is."""
    if not settings.CHAT_SECRET:
        return _("No messaging app is set up; see MEICHENG_CHAT_SECRET")
    number = request.headers.get("webhook-id", "")
    stamp = request.headers.get("webhook-timestamp", "")
    if not (number and stamp.isdecimal() and len(stamp) < 12):
        return _("Expected the headers webhook-id, webhook-timestamp and webhook-signature")
    if len(number) > LONGEST_NUMBER:
        return _("webhook-id has at most %(most)d characters") % {"most": LONGEST_NUMBER}
    if abs(time.time() - int(stamp)) > OFF:
        return _("The message is too old, or the clocks differ")
    right = signature(settings.CHAT_SECRET, number, int(stamp), request.body).encode()
    given = request.headers.get("webhook-signature", "").encode().split()
    if not any(hmac.compare_digest(one, right) for one in given):
        return _("The signature does not fit")
    return ""


def _wgs84(position: Position | None) -> tuple[Any, Any]:
    if position is None:
        return None, None
    return convert(position.longitude, position.latitude, source=position.crs, target="wgs84")
