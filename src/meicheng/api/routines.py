"""Routines: all that are seen, one with its times, and what is asked of each unit."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.organisation.permissions import allow
from meicheng.places.time import city_day, month_of
from meicheng.routines import queries
from meicheng.routines.burden import burden
from meicheng.routines.models import Occurrence, Routine

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/routines", response=dict[str, Any], summary="Routines")
def routines(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> Any:
    """The routines that the caller sees, by code; also those that are over."""
    user = need(request, "routines:read")
    allow(user, "routines.see")
    rows = queries.reach(user).select_related("division", "unit").prefetch_related("items")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, routine_json)


@router.get("/routines/{code}", response=dict[str, Any], summary="One routine with its times")
def one_routine(
    request: HttpRequest, code: str, state: Literal["due", "missed", "done"] = "due"
) -> Any:
    """A routine with its counts of 30 days, and at most 200 of its times in a state."""
    user = need(request, "routines:read")
    allow(user, "routines.see")
    rows = queries.reach(user).select_related("division", "unit").prefetch_related("items")
    routine = rows.filter(code=code).first()
    if routine is None:
        raise Http404(_("There is no routine %(code)s") % {"code": code[:40]})
    today = city_day(timezone.now())
    times = Occurrence.objects.filter(routine=routine)
    found = queries.of_state(times, state, today=today).select_related("site")[:200]
    return {
        **routine_json(routine),
        "counts": queries.counts(times, today=today),
        "times": [_time_json(one, today) for one in found],
    }


@router.get("/burden", response=dict[str, Any], summary="What is asked of each unit in this month")
def burden_now(request: HttpRequest) -> Any:
    """Forms, photographs and estimated minutes of each unit in the current month, by source."""
    user = need(request, "routines:read")
    allow(user, "routines.see")
    month = month_of(timezone.now())
    return {
        "month": month,
        "units": [
            {
                "unit": line.unit.code,
                "forms": line.forms,
                "photos": line.photos,
                "minutes": line.minutes,
                "by_source": {
                    code: {"forms": one.forms, "photos": one.photos, "minutes": one.minutes}
                    for code, one in line.parts.items()
                },
                "minutes_before": {str(number): spent for number, spent in line.earlier.items()},
            }
            for line in burden(user, month)
        ],
    }


def routine_json(one: Routine) -> dict[str, Any]:
    """A routine as the API writes it."""
    return {
        "code": one.code,
        "title": one.title,
        "unit": one.unit.code,
        "division": one.division.code,
        "site_kind": one.site_kind_id,
        "items": [item.code for item in one.items.all()],
        "photo": one.photo,
        "rhythm": one.rhythm,
        "number": one.number,
        "grace_days": one.grace,
        "since": one.since,
        "ends": one.ends,
    }


def _time_json(one: Occurrence, today: date) -> dict[str, Any]:
    return {
        "day": one.day,
        "due": one.due,
        "state": one.state(today),
        "site": one.site.code if one.site else None,
        "done_at": one.done_at,
        "answers": one.answers,
        "remark": one.remark,
        "photo": one.photo_id is not None,
    }
