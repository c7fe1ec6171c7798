"""Chronic places: all that are seen, and one with its cases and plan."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.chronic import queries
from meicheng.chronic.models import ChronicPlace
from meicheng.organisation.permissions import allow

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/chronic", response=dict[str, Any], summary="Chronic places")
def places(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    state: Literal["", "marked", "planned", "watched", "struck"] = "",
) -> Any:
    """The chronic places that the caller sees, by code; all states unless one is named."""
    user = need(request, "chronic:read")
    allow(user, "chronic.see")
    rows = queries.of_state(queries.reach(user), state).select_related("division", "unit", "site")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, place_json)


@router.get("/chronic/{code}", response=dict[str, Any], summary="One chronic place")
def one_place(request: HttpRequest, code: str) -> Any:
    """A chronic place with its cases, root cause and measures."""
    user = need(request, "chronic:read")
    allow(user, "chronic.see")
    rows = queries.reach(user).select_related("division", "unit", "site")
    place = rows.filter(code=code).first()
    if place is None:
        raise Http404(_("There is no chronic place %(code)s") % {"code": code[:40]})
    return {
        **place_json(place),
        "cause": place.cause,
        "cases": [case.number for case in queries.cases_of(place)],
        "measures": [
            {"text": one.text, "due": one.due, "done_at": one.done_at, "remark": one.remark}
            for one in place.measures.all()
        ],
    }


def place_json(one: ChronicPlace) -> dict[str, Any]:
    """A chronic place as the API writes it."""
    return {
        "code": one.code,
        "kind": one.kind_id,
        "state": one.state,
        "division": one.division.code,
        "site": one.site.code if one.site else None,
        "address": one.address,
        "longitude": one.longitude,
        "latitude": one.latitude,
        "unit": one.unit.code if one.unit else None,
        "post": one.post,
        "marked_at": one.marked_at,
        "quiet_since": one.quiet_since,
        "watched_until": one.watched_until if one.state != "struck" else None,
    }
