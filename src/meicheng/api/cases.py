"""Cases: the list, one with its story, and the steps that its state allows."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from meicheng.cases import actions
from meicheng.cases.facts import facts_of, read_facts
from meicheng.cases.models import Case
from meicheng.cases.queries import filters_from, reach
from meicheng.cases.queries.filters import GROUPS, SOURCES
from meicheng.cases.queries.single import steps_of
from meicheng.cases.reaching import allow_case
from meicheng.cases.workbench.comments import comment_case
from meicheng.engine.text import mask_personal
from meicheng.engine.workflow import (
    PEOPLES_STEPS,
    TRANSITIONS,
    Facts,
    Need,
    State,
    Transition,
    check,
    needs_of,
    transition,
    why_not,
)
from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import Scope, allow
from meicheng.standards.models import CaseKind

from .asking import HASH, DayText, nothing, one_of
from .keys import need, sees_personal
from .once import Answer, once
from .paging import newest, told
from .photos import photos_of
from .problems import Problem
from .schemas import CasePage, NewComment, NewStep, Page
from .schemas import Problem as ProblemSchema
from .tags import tagged

router = Router()
REFUSED = {404: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema}
WRITTEN_BY_STAFF = ("events", "stages", "supporting_units", "extensions")
RELATED = ("division", "district", "unit", "site")
FILTERS = {"group", "kind", "division", "unit", "source", "overdue", "since", "until"}


@router.get("/cases", response=CasePage, summary="Cases, the newest first")
def cases(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    group: Annotated[str, one_of(*GROUPS)] = "all",
    kind: str = "",
    division: str = "",
    unit: str = "",
    source: Annotated[str, one_of(*SOURCES)] = "",
    overdue: bool = False,
    since: DayText = "",
    until: DayText = "",
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
        raise Problem(404, filters.problems[0], [("query", one) for one in filters.problems])
    rows = Case.objects.filter(reach(user), filters.condition(at=timezone.now()))
    rows = rows.select_related(*RELATED).defer("division__outline", "district__outline")
    found, cursor = newest(rows, limit=page.limit, cursor=page.cursor)
    seen = sees_personal(request, user)
    return told(request, response, found, cursor, partial(case_json, seen=seen))


@router.get("/cases/{number}", summary="One case with its story and what may be done now")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case; its ETag is its version, which If-Match takes when a step is sent."""
    user = need(request, "cases:read")
    found = _find(number, user)
    seen = sees_personal(request, user)
    events = Event.objects.filter(chain=found.chain).order_by("sequence")
    body = {
        **case_json(found, seen=seen),
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
        **_family(found),
    }
    if not _reads(seen, found):
        body |= {name: _masked(body[name]) for name in WRITTEN_BY_STAFF}
    body |= actions_of_case(found, user)
    return tagged(request, body, tag=tag_of(found))


@router.post(
    "/cases/{number}/comments",
    response={201: dict[str, Any], **REFUSED},
    summary="Comment on a case",
)
def comment(request: HttpRequest, number: str, payload: NewComment) -> Any:
    """Add words to a case; people and units that they name by “@” are told of it.

    The answer's version is the case's new one: a step sent with an earlier one is refused.
    """
    user = need(request, "cases:write")
    found = _find(number, user)

    def do() -> Answer:
        return Status(201, _taken(comment_case(found, by=user, remark=payload.remark)))

    return once(request, user, do)


@router.post(
    "/cases/{number}/undo",
    response={200: dict[str, Any], **REFUSED},
    summary="Take back one's last step of a case",
)
def undo(request: HttpRequest, number: str) -> Any:
    """Within half a minute, by whoever took it, where nobody acted since; some steps never.

    The answer is that of a step: the case as it was before, in a new version.
    """
    user = need(request, "cases:write")

    def do() -> Answer:
        return Status(200, _taken(actions.undo_case(_find(number, user), by=user)))

    return once(request, user, do)


@router.post(
    "/cases/{number}/{step}",
    response={200: dict[str, Any], **REFUSED, 412: ProblemSchema},
    summary="Take a step of a case",
)
def step(
    request: HttpRequest, response: HttpResponse, number: str, step: str, payload: NewStep
) -> Any:
    """Register, dispatch, accept, resolve… as `allowed_actions` of the case says.

    With `If-Match: "VERSION"` the step is taken only if nobody changed the case since.
    """
    user = need(request, "cases:write")
    if step not in PEOPLES_STEPS:
        raise Http404(_("No step is called “%(code)s”") % {"code": step[:40]})

    def do() -> Answer:
        # Not before: a step may take the case out of the caller's sight, and is answered again.
        found = _find(number, user)
        seen = _version(request.headers.get("If-Match", ""), found)
        return Status(200, _taken(_take(found, step, payload, user, seen)))

    return once(request, user, do)


def case_json(one: Case, *, seen: Scope | None) -> dict[str, Any]:
    """A case as the API writes it; masked but where `seen` lets the caller read all words."""
    read = _reads(seen, one)
    told = str if read else mask_personal
    return {
        "number": one.number,
        "state": one.state,
        "kind": one.kind_id,
        "severity": one.severity,
        "description": told(one.description),
        "source": one.source,
        "division": one.division.code,
        "district": one.district.code if one.district else None,
        "site": one.site.code if one.site else None,
        "unit": one.unit.code if one.unit else None,
        "address": told(one.address),
        "longitude": one.longitude,
        "latitude": one.latitude,
        "reported_at": one.reported_at,
        "registered_at": one.registered_at,
        "dispatched_at": one.dispatched_at,
        "due_at": one.due_at,
        "resolved_at": one.resolved_at,
        "closed_at": one.closed_at,
        "accepted_at": one.accepted_at,
        "suspended_at": one.suspended_at,
        "review_on": one.review_on,
        "extension": one.extension,
        "decided_by": one.decided_by_name,
        "spot_check": one.spot_check,
        "relapsed": one.relapsed,
        "reports": one.reports_count,
        "redone": one.redo_count,
        "rating": one.rating,
        "outcome": one.outcome if read else mask_personal(one.outcome, landlines=False),
        "version": one.events_count,
    }


def _reads(seen: Scope | None, one: Case) -> bool:
    """Whether the caller reads the words of a case as they were written."""
    return seen is not None and seen.covers(division=one.division)


def _masked(told: Any) -> Any:
    """What staff wrote with names and numbers of people masked; an office's own number stays."""
    if isinstance(told, dict):
        return {name: _masked(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_masked(one) for one in told]
    if not isinstance(told, str) or re.fullmatch(HASH, told):  # digits in a hash are no number
        return told
    return mask_personal(told, landlines=False)


def actions_of_case(one: Case, user: User) -> dict[str, list[dict[str, Any]]]:
    """What the user may do now, with what it needs, and of the rest why not (no SQL beside)."""
    language = get_language() or "zh"
    supports, stages = list(one.supports.select_related("unit")), list(one.stages.all())
    facts = facts_of(one, at=timezone.now(), supports=supports, stages=stages)
    mine = {row.code for row in steps_of(user, one, facts, supports)}
    possible, others = [], []
    for row in TRANSITIONS:
        if row.code in mine:
            possible.append(_action(row, facts, language))
        elif row.by_people:
            because = why_not(one.state, row.code, facts)
            words = because.say(language) if because else _("Your roles do not take this step here")
            others.append({"step": row.code, "label": row.label.say(language), "because": words})
    return {"allowed_actions": possible, "other_actions": others}


def _action(row: Transition, facts: Facts, language: str) -> dict[str, Any]:
    return {
        "step": row.code,
        "label": row.label.say(language),
        "needs": [str(need) for need in needs_of(row, facts)],
        "approved_by": [str(role) for role in row.approved_by],
        "why": row.why.say(language),
    }


def _family(one: Case) -> dict[str, Any]:
    """The stages, supporting units, parts and requests for more time of a case (4 SQL)."""
    return {
        "parent": one.parent.number if one.parent else None,
        "parts": list(one.parts.order_by("pk").values_list("number", flat=True)),
        "stages": [
            {"name": stage.name, "limit": stage.limit, "due_at": stage.due_at,
             "done_at": stage.done_at, "by": stage.by_name}
            for stage in one.stages.all()
        ],
        "supporting_units": [
            {"unit": part.unit.code, "part": part.part, "done_at": part.done_at,
             "result": part.result}
            for part in one.supports.select_related("unit")
        ],
        "extensions": [
            {"until": asked.until, "remark": asked.remark, "asked_at": asked.asked_at,
             "asked_by": asked.asked_by_name, "granted": asked.granted,
             "decided_by": asked.decided_by_name, "reason": asked.reason}
            for asked in one.extensions.all()
        ],
    }  # fmt: skip


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
    found = Case.objects.select_related("kind", "parent", *RELATED).filter(number=number).first()
    if found is None:
        raise Http404(_("No case has the number %(number)s") % {"number": number[:30]})
    allow_case(user, "cases.see", found)
    return found


def _version(if_match: str, found: Case) -> int | None:
    """The version that the caller saw, from If-Match; None where none was sent."""
    if not if_match or if_match.strip() == "*":
        return None
    number, _dash, version = if_match.strip().strip('"').rpartition("-")
    if number not in {"", found.number} or not version.isdecimal():
        said = _("Expected the ETag that GET of this case gave")
        raise Problem(412, said, [("If-Match", said)])
    return int(version)


def _take(found: Case, code: str, said: NewStep, user: User, seen: int | None) -> Case:
    """Call the action of a step with what the request holds."""
    allow_case(user, f"cases.{code}", found)
    row = transition(code)
    # Before what is missing: a step that is not possible now says so, whatever was sent with it.
    if seen is None or seen == found.events_count:
        check(State(found.state), code, read_facts(found, code, at=timezone.now()))
    more: dict[str, Any] = {"by": user, "remark": said.remark, "seen": seen}
    for wanted, field in FIELDS.items():
        sent = getattr(said, field)
        if wanted not in row.needs:
            if sent:
                raise _needless(field)
        elif wanted is Need.UNIT:
            more["to"] = _named(Unit, "unit", sent)
        elif wanted is Need.KIND:
            more["kind"] = _named(CaseKind, "kind", sent) if sent else None
        elif wanted is Need.CASE:
            more["to"] = _other(sent or "", user)
        elif wanted is Need.PHOTO:
            more["photos"] = photos_of(sent, user)
        elif wanted is Need.PARTS:
            more["parts"] = [
                actions.Part(
                    _named(CaseKind, "kind", part.kind),
                    _named(Unit, "unit", part.unit),
                    part.words,
                )
                for part in sent
            ]
        elif sent is None:
            words = _("This step needs “%(field)s”") % {"field": field}
            raise Problem(409, words, [(field, words)])
        else:
            more[field] = sent
    with actions.can_be_undone(found, code, by=user):
        taken: Case = getattr(actions, f"{code}_case")(found, **more)
    return taken


# Where a request says what a step needs.
FIELDS = {
    Need.UNIT: "unit",
    Need.KIND: "kind",
    Need.CASE: "case",
    Need.PHOTO: "photos",
    Need.PARTS: "parts",
    Need.UNTIL: "until",
    Need.REVIEW_ON: "review_on",
}


def _other(number: str, user: User) -> Case:
    """The case that a number names, if the user may see it."""
    other = Case.objects.select_related(*RELATED).filter(number=number).first()
    if other is None:
        said = _("No case has the number %(number)s") % {"number": number}
        raise Problem(404, said, [("case", said)])
    allow_case(user, "cases.see", other)
    return other


def _named(model: Any, field: str, code: str | None) -> Any:
    found = model.objects.filter(code=code or "").first()
    if found is None:
        raise nothing(field, code or "")
    return found


def _needless(field: str) -> Problem:
    said = _("This step takes no “%(field)s”") % {"field": field}
    return Problem(409, said, [(field, said)])
