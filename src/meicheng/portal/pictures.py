"""How pictures are handed to citizens."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _


def jpeg(content: bytes | None, *, cache: str) -> HttpResponse:
    """A picture; 404 where there is none. `cache` says who may keep it and for how long."""
    if content is None:
        raise Http404(_("There is no such photograph"))
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": cache})
