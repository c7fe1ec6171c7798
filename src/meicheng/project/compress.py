"""Pages go out compressed: on a slow phone their bytes are most of what is waited for."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Compress(GZipMiddleware):
    """Compresses pages, and nothing else: files hardly shrink, and the API's ETags stay strong.

    Each page is lengthened by a chance number of bytes, so that its length tells nothing of the
    secrets in it (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The page, compressed for who takes that."""
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
