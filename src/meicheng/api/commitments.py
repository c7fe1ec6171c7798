"""Commitments: all that are seen with how they stand, and one with its values and changes."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.commitments import queries
from meicheng.commitments.judging import standing
from meicheng.commitments.models import Commitment
from meicheng.organisation.permissions import allow
from meicheng.places.time import today

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/commitments", response=dict[str, Any], summary="Commitments")
def commitments(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    state: Literal["", "running", "kept", "broken", "untold", "withdrawn"] = "",
) -> Any:
    """The city's commitments, by code; all states unless one is named."""
    user = need(request, "commitments:read")
    allow(user, "commitments.see")
    rows = Commitment.objects.all()
    rows = queries.whole(queries.of_state(rows, state) if state else rows)
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, commitment_json)


@router.get("/commitments/{code}", response=dict[str, Any], summary="One commitment")
def one_commitment(request: HttpRequest, code: str) -> Any:
    """A commitment with every value that was read or entered, and what was changed."""
    user = need(request, "commitments:read")
    allow(user, "commitments.see")
    one = queries.whole(Commitment.objects.all()).filter(code=code).first()
    if one is None:
        raise Http404(_("There is no commitment %(code)s") % {"code": code[:40]})
    return {
        **commitment_json(one),
        "values": [
            {
                "day": read.day,
                "value": read.value,
                "interval": None if read.low is None else [read.low, read.high],
                "hits": read.hits,
                "among": read.among,
                "entered": read.by_id is not None,
                "remark": read.remark,
            }
            for read in one.readings.all()
        ],
        "changes": [
            {"at": event.at, "what": event.verb.removeprefix("commitment_"), **event.data}
            for event in reversed(queries.changes(one))
        ],
    }


def commitment_json(one: Commitment) -> dict[str, Any]:
    """A commitment as the API writes it."""
    stands = standing(one, list(one.readings.all()), today=today())
    read = one.stated_from if one.outcome else stands.read
    return {
        "code": one.code,
        "words": one.words,
        "division": one.division.code,
        "unit": one.unit.code if one.unit else None,
        "post": one.post,
        "metric": one.metric,
        "kind": one.kind_id,
        "standard": f"{one.framework.code}/{one.framework.edition}" if one.framework else None,
        "part": one.part or None,
        "figure_of": one.item.code if one.item else None,
        "list": one.problem_list.code if one.problem_list else None,
        "measured_in": one.measured_in or None,
        "direction": one.direction,
        "figure": one.figure,
        "start": one.start,
        "due": one.due,
        "public": one.public,
        "outcome": one.outcome or None,
        "standing": None if one.outcome else stands.state,
        "value": None if read is None else read.value,
        "value_of": None if read is None else read.day,
        "path": None if one.outcome else stands.path,
    }
