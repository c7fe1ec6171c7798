"""Problem lists: all that are seen, one with its items, making one, and the steps of an item."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any, Literal

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from meicheng.lists import actions, queries
from meicheng.lists.drafts import MOST_ITEMS, Draft
from meicheng.lists.models import ListItem, ProblemList
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day

from .asking import HASH
from .faults import SAID
from .keys import need
from .once import Answer, once
from .paging import by_code, told
from .photos import photos_of
from .problems import Problem
from .schemas import Page
from .schemas import Problem as ProblemSchema

router = Router()
REFUSED = {404: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema}


class NewItem(Schema):
    """A problem for a new list."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=500, pattern=SAID)
    unit: str = Field(max_length=60, description="The unit's code")
    due: date
    measures: str = Field("", max_length=500)
    criterion: str = Field("", max_length=120, description="STANDARD/CRITERION")
    item: str = Field("", max_length=120, description="Code of a checklist item")
    site: str = Field("", max_length=60, description="The site's code")


class NewList(Schema):
    """A list to be made."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=120, pattern=SAID)
    source: Literal["mock", "next_steps", "campaign", "walk", "spreadsheet", "inspection"]
    division: str = Field(max_length=40)
    note: str = Field("", max_length=1000)
    items: list[NewItem] = Field(min_length=1, max_length=MOST_ITEMS)


class ItemStep(Schema):
    """What is said with a step of an item."""

    model_config = ConfigDict(extra="forbid")

    remark: str = Field("", max_length=500)
    photo: str = Field(
        "", pattern=f"^$|{HASH}", description="For solve: a hash that POST /photos gave"
    )


@router.get("/lists", response=dict[str, Any], summary="Problem lists with their progress")
def lists(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> Any:
    """The lists of which the caller sees an item, by code."""
    user = need(request, "lists:read")
    allow(user, "lists.see")
    seen = queries.reach(user).filter(list=OuterRef("pk"))
    rows = ProblemList.objects.filter(Exists(seen)).select_related("division")
    rows = rows.defer("division__outline")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    today = city_day(timezone.now())
    progress = {line.list.pk: line.progress for line in queries.lines(user, found, today=today)}
    return told(request, response, found, cursor, lambda one: list_json(one, progress[one.pk]))


@router.get("/lists/{code}", response=dict[str, Any], summary="One problem list with its items")
def one_list(request: HttpRequest, code: str) -> Any:
    """A list with the items that the caller sees, at most 2,000."""
    user = need(request, "lists:read")
    allow(user, "lists.see")
    today = city_day(timezone.now())
    one = ProblemList.objects.select_related("division").filter(code=code).first()
    items = list(queries.items_of(user, one, queries.ItemFilters(), today)) if one else []
    if one is None or not items:
        raise _missing(code)
    (line,) = queries.lines(user, [one], today=today)
    return {
        **list_json(one, line.progress),
        "items": [item_json(item, today) for item in items],
    }


@router.post("/lists", response={201: dict[str, Any], **REFUSED}, summary="Make a problem list")
def make(request: HttpRequest, payload: NewList) -> Any:
    """Make a list; every fault of every item is named at once (409), and then nothing is made."""
    user = need(request, "lists:write")
    division = Division.objects.filter(code=payload.division).first()
    if division is None:
        said = _("There is nothing with the code “%(code)s”") % {"code": payload.division}
        raise Problem(404, said, [("division", said)])
    codes = {item.site for item in payload.items if item.site}
    sites = Site.objects.select_related("division").in_bulk(codes, field_name="code")
    unknown = sorted(codes - set(sites))
    if unknown:
        said = _("There is nothing with the code “%(code)s”") % {"code": unknown[0]}
        raise Problem(404, said, [("items.site", said)])

    def do() -> Answer:
        made = actions.make_list(
            user,
            title=payload.title,
            source=payload.source,
            division=division,
            note=payload.note,
            key=secrets.token_hex(12),  # `once` keeps the caller's own
            items=[
                Draft(
                    text=item.text,
                    unit=item.unit,
                    due=item.due,
                    measures=item.measures,
                    criterion=item.criterion,
                    item=item.item,
                    site=sites.get(item.site),
                )
                for item in payload.items
            ],
        )
        return Status(201, {"code": made.code, "items": len(payload.items)})

    return once(request, user, do)


@router.post(
    "/lists/{code}/items/{position}/{step}",
    response={200: dict[str, Any], **REFUSED},
    summary="Solve an item of a list, strike it off, or send it back",
)
def step(
    request: HttpRequest,
    code: str,
    position: int,
    step: Literal["solve", "strike-off", "send-back"],
    payload: ItemStep,
) -> Any:
    """`solve` by the unit, `strike-off` and `send-back` by another person who checks."""
    user = need(request, "lists:write")
    allow(user, "lists.see")
    found = queries.reach(user).filter(list__code=code)
    # A number that no database column holds is nobody's position.
    item = found.filter(position=position).first() if 0 < position < 2**31 else None
    if item is None:
        raise _missing(code)

    def do() -> Answer:
        taken = _take(user, item, step, payload)
        return Status(200, {"list": code, "position": taken.position, "status": taken.status})

    return once(request, user, do)


def list_json(one: ProblemList, progress: queries.Progress) -> dict[str, Any]:
    """A list as the API writes it; the counts are of the items that the caller sees."""
    return {
        "code": one.code,
        "title": one.title,
        "source": one.source,
        "division": one.division.code,
        "made_at": one.made_at,
        "note": one.note,
        "total": progress.total,
        "struck": progress.struck,
        "solved": progress.solved,
        "overdue": progress.overdue,
    }


def item_json(item: ListItem, today: date) -> dict[str, Any]:
    """An item as the API writes it."""
    return {
        "position": item.position,
        "text": item.text,
        "measures": item.measures,
        "unit": item.unit.code,
        "due": item.due,
        "overdue": item.is_overdue(today),
        "status": item.status,
        "division": item.division.code,
        "site": item.site.code if item.site else None,
        "criterion": item.criterion,
        "item": item.item,
        "remark": item.remark,
        "returned_reason": item.returned_reason,
        "solved_at": item.solved_at,
        "struck_at": item.struck_at,
        "proof": item.proof.sha256 if item.proof else None,
    }


def _take(user: User, item: ListItem, step: str, said: ItemStep) -> ListItem:
    if step != "solve" and said.photo:
        needless = _("This step takes no “%(field)s”") % {"field": "photo"}
        raise Problem(409, needless, [("photo", needless)])
    if step == "solve":
        photos = photos_of([said.photo] if said.photo else [], user)
        return actions.solve(user, item, said.remark, photos[0] if photos else None)
    if step == "strike-off":
        return actions.strike_off(user, item, said.remark)
    return actions.send_back(user, item, said.remark)


def _missing(code: str) -> Http404:
    return Http404(_("There is no list %(code)s") % {"code": code[:40]})
