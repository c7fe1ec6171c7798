"""Who a request comes from."""

from __future__ import annotations

from django.http import HttpRequest

from .models import User


def user_of(request: HttpRequest) -> User:
    """The user of a view behind `login_required`, by its own type."""
    assert isinstance(request.user, User)
    return request.user
