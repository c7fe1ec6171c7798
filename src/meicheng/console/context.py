"""What the shell around every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def shell(_request: HttpRequest) -> dict[str, Any]:
    """The city's name in the active language (no SQL)."""
    english = (get_language() or "").startswith("en")
    return {"city_name": settings.CITY_NAME_EN if english else settings.CITY_NAME_ZH}
