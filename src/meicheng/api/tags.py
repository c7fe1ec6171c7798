"""ETags: who has the newest already is not sent it again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse


def tagged(request: HttpRequest, body: dict[str, Any], tag: str = "") -> HttpResponse:
    """One thing as JSON with its ETag, or 304 for a caller that has it."""
    content = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False)
    tag = f'"{tag or hashlib.sha256(content.encode()).hexdigest()[:24]}"'
    held = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("If-None-Match", "").split(",")
    }
    found = (
        HttpResponse(status=304)
        if tag in held or "*" in held
        else HttpResponse(content, content_type="application/json")
    )
    found["ETag"] = tag
    found["Cache-Control"] = "private, no-cache"
    found["Vary"] = "Accept-Language, Authorization"
    return found
