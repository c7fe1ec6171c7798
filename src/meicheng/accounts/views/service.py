"""The way to the city's own sign-in service and back."""

from __future__ import annotations

import logging
from collections.abc import Callable

import requests
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ..adapters import refusal

log = logging.getLogger("meicheng.accounts")


def go(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send somebody to the service."""
    return _answer(request, views.login, provider_id)


def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Let in whom the service sends back."""
    return _answer(request, views.callback, provider_id)


def _answer(
    request: HttpRequest, view: Callable[..., HttpResponse], provider_id: str
) -> HttpResponse:
    try:
        return view(request, provider_id=provider_id)
    except requests.RequestException as problem:
        log.warning("The sign-in service does not answer: %s", problem)
        return refusal(
            request, _("The sign-in service did not let you in, or does not answer. Try again.")
        )
