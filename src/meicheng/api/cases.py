"""Cases: the list, one with its story, and the steps that its state allows."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.cases import actions
from meicheng.cases.models import Case
from meicheng.cases.queries import filters_from, reach
from meicheng.cases.queries.single import OFFERED
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may
from meicheng.standards.models import CaseKind

from .keys import need
from .once import once
from .paging import newest, told
from .photos import photos_of
from .problems import Problem
from .schemas import CasePage, NewStep, Page
from .schemas import Problem as ProblemSchema
from .tags import tagged

router = Router()
RELATED = ("division", "district", "unit", "site")
FILTERS = {"group", "kind", "division", "unit", "source", "overdue", "since", "until"}


@router.get("/cases", response=CasePage, summary="Cases, the newest first")
def cases(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    group: str = "all",
    kind: str = "",
    division: str = "",
    unit: str = "",
    source: str = "",
    overdue: bool = False,
    since: str = "",
    until: str = "",
) -> Any:
    """The cases that the caller's roles reach, narrowed as the list of the console is."""
    user = need(request, "cases:read")
    allow(user, "cases.see")
    asked = {
        "group": group, "kind": kind, "division": division, "unit": unit, "source": source,
        "overdue": "1" if overdue else "", "since": since, "until": until,
    }  # fmt: skip
    filters = filters_from(asked)
    if filters.problems:
        raise Problem(422, filters.problems[0], [("query", one) for one in filters.problems])
    rows = Case.objects.filter(reach(user), filters.condition(at=timezone.now()))
    rows = rows.select_related(*RELATED).defer("division__outline", "district__outline")
    found, cursor = newest(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, case_json)


@router.get("/cases/{number}", summary="One case with its story and what may be done now")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case; its ETag is its version, which If-Match takes when a step is sent."""
    user = need(request, "cases:read")
    found = _find(number, user)
    events = Event.objects.filter(chain=found.chain).order_by("sequence")
    body = {
        **case_json(found),
        "events": [
            {
                "sequence": event.sequence,
                "verb": event.verb,
                "at": event.at,
                "by": event.by_name,
                "data": event.data,
                "hash": event.hash,
            }
            for event in events
        ],
        "allowed_actions": allowed_actions(found, user),
    }
    return tagged(request, body, tag=tag_of(found))


@router.post(
    "/cases/{number}/{step}",
    response={200: dict[str, Any], 409: ProblemSchema, 412: ProblemSchema, 422: ProblemSchema},
    summary="Take a step of a case",
)
def step(
    request: HttpRequest, response: HttpResponse, number: str, step: str, payload: NewStep
) -> Any:
    """Register, dispatch, accept, resolve… as `allowed_actions` of the case says.

    With `If-Match: "VERSION"` the step is taken only if nobody changed the case since.
    """
    user = need(request, "cases:write")
    found = _find(number, user)
    if step not in OFFERED:
        raise Http404(_("No step is called “%(code)s”") % {"code": step[:40]})
    seen = _version(request.headers.get("If-Match", ""), found)

    def do() -> tuple[int, dict[str, Any]]:
        return 200, _taken(_take(found, step, payload, user, seen))

    status, body = once(request, user, do)
    return status, body


def case_json(one: Case) -> dict[str, Any]:
    """A case as the API writes it."""
    return {
        "number": one.number,
        "state": one.state,
        "kind": one.kind_id,
        "severity": one.severity,
        "description": one.description,
        "source": one.source,
        "division": one.division.code,
        "district": one.district.code if one.district else None,
        "site": one.site.code if one.site else None,
        "unit": one.unit.code if one.unit else None,
        "address": one.address,
        "longitude": one.longitude,
        "latitude": one.latitude,
        "reported_at": one.reported_at,
        "registered_at": one.registered_at,
        "dispatched_at": one.dispatched_at,
        "due_at": one.due_at,
        "resolved_at": one.resolved_at,
        "closed_at": one.closed_at,
        "reports": one.reports_count,
        "redone": one.redo_count,
        "rating": one.rating,
        "outcome": one.outcome,
        "version": one.events_count,
    }


def allowed_actions(one: Case, user: User) -> list[dict[str, Any]]:
    """The steps that the user may take now, each with what it needs (no SQL)."""
    language = get_language() or "zh"
    return [
        {
            "step": row.code,
            "label": row.label.say(language),
            "needs": [str(one_need) for one_need in row.needs],
        }
        for row in steps_from(one.state)
        if row.code in OFFERED
        and may(user, f"cases.{row.code}", division=one.division, unit=one.unit)
    ]


def tag_of(one: Case) -> str:
    """The version of a case as an ETag."""
    return f"{one.number}-{one.events_count}"


def _taken(one: Case) -> dict[str, Any]:
    """What a step answers: short, so that it can be kept with its key."""
    return {
        "number": one.number,
        "state": one.state,
        "unit": one.unit.code if one.unit else None,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "version": one.events_count,
    }


def _find(number: str, user: User) -> Case:
    found = Case.objects.select_related("kind", *RELATED).filter(number=number).first()
    if found is None:
        raise Http404(_("No case has the number %(number)s") % {"number": number[:30]})
    allow(user, "cases.see", division=found.division, unit=found.unit)
    return found


def _version(if_match: str, found: Case) -> int | None:
    """The version that the caller saw, from If-Match; None where none was sent."""
    if not if_match or if_match.strip() == "*":
        return None
    number, _dash, version = if_match.strip().strip('"').rpartition("-")
    if number not in {"", found.number} or not version.isdecimal():
        said = _("Expected the ETag that GET of this case gave")
        raise Problem(400, said, [("If-Match", said)])
    return int(version)


def _take(found: Case, code: str, said: NewStep, user: User, seen: int | None) -> Case:
    """Call the action of a step with what the request holds."""
    allow(user, f"cases.{code}", division=found.division, unit=found.unit)
    more: dict[str, Any] = {"by": user, "remark": said.remark, "seen": seen}
    if code == "dispatch":
        more["to"] = _named(Unit, "unit", said.unit)
    elif said.unit is not None:
        raise _needless("unit")
    if code == "register" and said.kind is not None:
        more["kind"] = _named(CaseKind, "kind", said.kind)
    elif said.kind is not None:
        raise _needless("kind")
    if code == "join":
        number = said.case or ""
        other = Case.objects.select_related(*RELATED).filter(number=number).first()
        if other is None:
            told_so = _("No case has the number %(number)s") % {"number": number}
            raise Problem(422, told_so, [("case", told_so)])
        allow(user, "cases.see", division=other.division, unit=other.unit)
        more["to"] = other
    elif said.case is not None:
        raise _needless("case")
    if code in {"resolve", "verify"}:
        more["photos"] = photos_of(said.photos, user)
    elif said.photos:
        raise _needless("photos")
    taken: Case = getattr(actions, f"{code}_case")(found, **more)
    return taken


def _named(model: Any, field: str, code: str | None) -> Any:
    found = model.objects.filter(code=code or "").first()
    if found is None:
        said = _("There is nothing with the code “%(code)s”") % {"code": code or ""}
        raise Problem(422, said, [(field, said)])
    return found


def _needless(field: str) -> Problem:
    said = _("This step takes no “%(field)s”") % {"field": field}
    return Problem(422, said, [(field, said)])
