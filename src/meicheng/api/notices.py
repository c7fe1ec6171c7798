"""Somebody's own notices, and the webhooks of those who look after them."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field, StrictInt

from meicheng.notices import queries
from meicheng.notices.actions import mark_read
from meicheng.notices.models import Endpoint, Message, Notice
from meicheng.notices.webhooks import actions
from meicheng.notices.webhooks.offers import OFFERS
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow

from .faults import SAID
from .keys import need
from .once import Answer, once
from .schemas import Problem as ProblemSchema

router = Router()
MOST = 200
REFUSED = {404: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema}


class Newest(Schema):
    """Which of the newest."""

    limit: int = Field(50, ge=1, le=MOST, description="How many at most")
    before: int = Field(0, ge=0, lt=2**63, description="Only those with a smaller id")


class OwnNotices(Newest):
    """Which notices."""

    unread: bool = False


class Read(Schema):
    """Which notices were read."""

    model_config = ConfigDict(extra="forbid")

    ids: list[StrictInt] | None = Field(None, max_length=MOST, description="Left out, all of them")


class Webhook(Schema):
    """A webhook as it shall be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80, pattern=SAID)
    url: str = Field(max_length=500)
    events: list[str] = Field(max_length=200, description="Types of GET /webhooks/events")


@router.get("/notices", response=dict[str, Any], summary="The caller's own notices, newest first")
def notices(request: HttpRequest, asked: Query[OwnNotices]) -> Any:
    """Notices in the language of Accept-Language; `unread` in the answer stops counting at 100."""
    user = need(request, "notices:read")
    rows = Notice.objects.filter(person=user).order_by("-pk")
    if asked.unread:
        rows = rows.filter(read_at=None)
    if asked.before:
        rows = rows.filter(pk__lt=asked.before)
    return {
        "items": [_notice(queries.line(row)) for row in rows[: asked.limit]],
        "unread": queries.unread_count(user),
    }


@router.post("/notices/read", response=dict[str, Any], summary="Mark own notices as read")
def read(request: HttpRequest, payload: Read) -> Any:
    """Mark these, or all; ids of others are passed over."""
    user = need(request, "notices:write")
    ids = None if payload.ids is None else [one for one in payload.ids if 0 < one < 2**63]
    return once(request, user, lambda: Status(200, {"read": mark_read(user, ids)}))


@router.get("/webhooks/events", response=dict[str, Any], summary="What webhooks can be told of")
def offered(request: HttpRequest) -> Any:
    """The types of events that are offered."""
    _manager(request, "webhooks:read")
    return {"items": [{"type": one.type, "name": str(one.name)} for one in OFFERS.values()]}


@router.get("/webhooks", response=dict[str, Any], summary="Webhooks")
def webhooks(request: HttpRequest) -> Any:
    """All webhooks that are not removed."""
    _manager(request, "webhooks:read")
    found = Endpoint.objects.exclude(state=Endpoint.State.REMOVED)
    return {"items": [_endpoint(one) for one in found]}


@router.post("/webhooks", response={201: dict[str, Any], **REFUSED}, summary="Make a webhook")
def make(request: HttpRequest, payload: Webhook) -> Any:
    """Make a webhook. The `secret` is in the first answer only, and kept in none."""
    user = _manager(request, "webhooks:write")
    secret = ""

    def do() -> Answer:
        nonlocal secret
        made, secret = actions.make_endpoint(
            user, name=payload.name, url=payload.url, events=payload.events
        )
        return Status(201, _endpoint(made))

    return _with_secret(once(request, user, do), secret)


@router.post(
    "/webhooks/{number}/change",
    response={200: dict[str, Any], **REFUSED},
    summary="Change a webhook",
)
def change(request: HttpRequest, number: int, payload: Webhook) -> Any:
    """The webhook as it shall be."""
    user = _manager(request, "webhooks:write")
    endpoint = _find(number)

    def do() -> Answer:
        return Status(200, _endpoint(actions.change_endpoint(user, endpoint, **payload.dict())))

    return once(request, user, do)


@router.get(
    "/webhooks/{number}/messages",
    response=dict[str, Any],
    summary="What was sent to a webhook, newest first",
)
def messages(request: HttpRequest, number: int, asked: Query[Newest]) -> Any:
    """Messages with every attempt."""
    _manager(request, "webhooks:read")
    rows = _find(number).messages.order_by("-pk").prefetch_related("attempts")
    if asked.before:
        rows = rows.filter(pk__lt=asked.before)
    return {"items": [_message(row) for row in rows[: asked.limit]]}


@router.post(
    "/webhooks/{number}/{step}",
    response={200: dict[str, Any], **REFUSED},
    summary="Pause, resume, try or remove a webhook, or give it a new secret",
)
def step(
    request: HttpRequest,
    number: int,
    step: Literal["pause", "resume", "test", "remove", "rotate"],
) -> Any:
    """`rotate` answers with the new `secret`, in the first answer only."""
    user = _manager(request, "webhooks:write")
    endpoint = _find(number)
    secret = ""

    def do() -> Answer:
        nonlocal secret
        if step == "rotate":
            secret = actions.rotate_secret(user, endpoint)
        else:
            STEPS[step](user, endpoint)
        return Status(200, _endpoint(Endpoint.objects.get(pk=endpoint.pk)))

    return _with_secret(once(request, user, do), secret)


@router.post(
    "/webhooks/{number}/messages/{code}/resend",
    response={200: dict[str, Any], **REFUSED},
    summary="Send a message again, under its own id",
)
def resend(request: HttpRequest, number: int, code: str) -> Any:
    """Put a message on its way again."""
    user = _manager(request, "webhooks:write")
    message = Message.objects.filter(endpoint=_find(number), code=code[:40]).first()
    if message is None:
        raise Http404(_("There is no such message"))

    def do() -> Answer:
        actions.resend(user, message)
        return Status(200, {"id": message.code})

    return once(request, user, do)


# By what the address says.
STEPS = {
    "pause": actions.pause_endpoint,
    "resume": actions.resume_endpoint,
    "test": actions.try_endpoint,
    "remove": actions.remove_endpoint,
}


def _manager(request: HttpRequest, scope: str) -> User:
    user = need(request, scope)
    allow(user, "webhooks.manage")
    return user


def _find(number: int) -> Endpoint:
    found = Endpoint.objects.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise Http404(_("There is no such webhook"))
    return found


def _with_secret(answer: Answer, secret: str) -> Answer:
    """The answer with the secret beside it: what `once` keeps holds none."""
    return Status(answer.status_code, answer.value | {"secret": secret}) if secret else answer


def _notice(one: queries.NoticeLine) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "title": one.title,
        "body": one.body,
        "link": one.link,
        "urgent": one.urgent,
        "made_at": one.made_at,
        "unread": one.unread,
    }


def _endpoint(one: Endpoint) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.name,
        "url": one.url,
        "events": one.events,
        "state": one.state,
        "made_at": one.made_at.isoformat(),
        "failing_since": one.failing_since.isoformat() if one.failing_since else None,
    }


def _message(one: Message) -> dict[str, Any]:
    return {
        "number": one.pk,
        "id": one.code,
        "type": one.type,
        "state": one.state,
        "made_at": one.made_at,
        "due_at": one.due_at if one.state == Message.State.WAITING else None,
        "attempts": [
            {
                "at": attempt.at,
                "status": attempt.status,
                "milliseconds": attempt.milliseconds,
                "answer": attempt.answer,
                "error": attempt.error,
            }
            for attempt in one.attempts.all()
        ],
    }
