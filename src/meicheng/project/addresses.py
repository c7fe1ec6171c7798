"""Addresses that mean nothing are refused before any page looks at them."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

MACHINES = ("/api/", "/open311/")  # refuse it themselves, each in the form of its standard


class Addresses:
    """Refuses a NUL in an address: no text holds one, and PostgreSQL fails on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        held = "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")
        if held and not request.path.startswith(MACHINES):
            raise BadRequest("NUL in an address")
        return self.get_response(request)
