"""Pages by key: stable while rows are added, as quick on the thousandth page as on the first."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from meicheng.tables import exports

from .problems import Problem

Row = TypeVar("Row", bound=Model)
MOST = 200
BULK = 100  # rows of one answer that are more than looking something up


def by_code(rows: QuerySet[Row], *, limit: int, cursor: str) -> tuple[list[Row], str]:
    """A page in the order of `code`, and the cursor of the next, "" at the end."""
    if cursor:
        (after,) = _read(cursor, 1)
        rows = rows.filter(code__gt=after)
    found = list(rows.order_by("code")[: limit + 1])
    page = found[:limit]
    return page, _write([page[-1].code]) if len(found) > limit else ""  # type: ignore[attr-defined]


def by_key(rows: QuerySet[Row], *, limit: int, cursor: str) -> tuple[list[Row], str]:
    """A page in the order in which rows came, and the cursor of the next, "" at the end."""
    if cursor:
        (after,) = _read(cursor, 1)
        if not re.fullmatch(r"[0-9]{1,18}", after):
            raise _unreadable()
        rows = rows.filter(pk__gt=int(after))
    found = list(rows.order_by("pk")[: limit + 1])
    page = found[:limit]
    return page, _write([str(page[-1].pk)]) if len(found) > limit else ""


def newest(rows: QuerySet[Row], *, limit: int, cursor: str) -> tuple[list[Row], str]:
    """A page of what was reported, newest first, and the cursor of the next, "" at the end."""
    if cursor:
        written, pk = _read(cursor, 2)
        at = _time(written)
        if at is None or not re.fullmatch(r"[0-9]{1,18}", pk):
            raise _unreadable()
        # The first condition says nothing new; but by it the index is entered where the page begins.
        rows = rows.filter(reported_at__lte=at)
        rows = rows.filter(Q(reported_at__lt=at) | Q(reported_at=at, pk__lt=int(pk)))
    found = list(rows.order_by("-reported_at", "-pk")[: limit + 1])
    page = found[:limit]
    if len(found) <= limit:
        return page, ""
    last: Any = page[-1]
    at_last: datetime = last.reported_at
    return page, _write([at_last.isoformat(), str(last.pk)])


def told(
    request: HttpRequest,
    response: HttpResponse,
    items: Sequence[Row],
    cursor: str,
    make: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """A page as the API writes it, with a Link to the next (RFC 8288).

    Reading in bulk is taking out, and kept as that: a large page, or one that goes on.
    """
    if len(items) > BULK or request.GET.get("cursor"):
        exports.note(
            exports.Export(
                door=request.path,
                file=f"API {request.path.rpartition('/')[2]}",
                by=request.user,
                filters=dict(request.GET.items()),
                rows=len(items),
            )
        )
    if cursor:
        query = request.GET.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return {"items": [make(item) for item in items], "next": cursor or None}


def _write(parts: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read(cursor: str, count: int) -> list[str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, UnicodeError):
        raise _unreadable() from None
    if (
        not isinstance(parts, list)
        or len(parts) != count
        or not all(isinstance(part, str) and "\0" not in part for part in parts)
    ):
        raise _unreadable()
    return parts


def _time(written: str) -> datetime | None:
    """A time that every database can compare with."""
    try:
        found = parse_datetime(written)
        return found.astimezone(UTC) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _unreadable() -> Problem:
    said = _("Expected the cursor that the page before gave as “next”")
    return Problem(404, said, [("cursor", said)])
