"""Who a request comes from, what it asks to see, and what it says."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from .models import User
from .permissions import allow

Row = TypeVar("Row", bound=Model)


def user_of(request: HttpRequest) -> User:
    """The user of a view behind `login_required`, by its own type."""
    assert isinstance(request.user, User)
    return request.user


def reader_of(request: HttpRequest, action: str) -> User:
    """The user, who may do `action` somewhere. Raises `NotAllowed`."""
    user = user_of(request)
    allow(user, action)
    return user


def one_of(seen: QuerySet[Row], code: str, missing: str) -> Row:
    """The row with this code among those that the reader sees.

    To others it is not there: raises `Http404` with `missing`, a sentence with a place for `code`.
    """
    found = seen.filter(code=code).first()
    if found is None:
        raise Http404(missing % {"code": code[:40]})
    return found


def said(request: HttpRequest, name: str) -> str:
    """What a form says in a field, without what no database takes."""
    return request.POST.get(name, "").replace("\0", "")
