"""Supervision as other systems read it: what is supervised now, and the cards of a month."""

from __future__ import annotations

import re
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.organisation.permissions import allow
from meicheng.places.time import month_of
from meicheng.supervision import queries
from meicheng.supervision.models import Supervision

from .asking import MonthText, one_of
from .keys import need
from .paging import by_key, told
from .problems import Problem
from .schemas import Page

router = Router()


@router.get("/supervision", response=dict[str, Any], summary="Cases that are supervised now")
def supervised(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    unit: str = "",
    to: Annotated[str, one_of(*Supervision.To.values)] = "",
) -> Any:
    """The highest level of each case that the caller sees, in the order in which they came."""
    user = need(request, "cases:read")
    allow(user, "supervision.see")
    if to and to not in Supervision.To.values:
        said = _("“%(value)s” is not known here; expected one of: %(codes)s") % {
            "value": to[:40],
            "codes": ", ".join(Supervision.To.values),
        }
        raise Problem(422, said, [("to", said)])
    found = queries.whole(queries.current(user, queries.Filters(to=to, unit=unit[:60])))
    rows, cursor = by_key(found, limit=page.limit, cursor=page.cursor)
    return told(request, response, rows, cursor, supervision_json)


@router.get("/supervision/cards", response=dict[str, Any], summary="Cards of a month by unit")
def cards(request: HttpRequest, month: MonthText = "") -> Any:
    """Yellow and red cards that units were given in a month (2026-11; this month)."""
    user = need(request, "cases:read")
    allow(user, "supervision.see")
    wanted = month_of(timezone.now())
    if month:
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", month):
            said = _("Expected a month such as 2026-11")
            raise Problem(422, said, [("month", said)])
        wanted = int(month.replace("-", ""))
    return {
        "month": f"{wanted // 100}-{wanted % 100:02d}",
        "units": [
            {"unit": one.unit.code, "yellow": one.yellow, "red": one.red}
            for one in queries.cards_of_month(user, wanted)
        ],
    }


def supervision_json(one: Supervision) -> dict[str, Any]:
    """A supervised case as the API writes it."""
    return {
        "case": one.clock.case.number,
        "unit": one.unit.code if one.unit else None,
        "to": one.to,
        "percent": one.percent,
        "card": one.card or None,
        "since": timezone.localtime(one.passed_at).isoformat(),
        "answer": one.answer,
        "answered_at": timezone.localtime(one.answered_at).isoformat() if one.answered_at else None,
    }
