"""What is done with webhooks: made, changed, paused, given a new secret, tried, sent again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from meicheng.ledger.events import next_event
from meicheng.ledger.models import Event, Seal
from meicheng.notices.actions import notify
from meicheng.notices.models import Endpoint, Message
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import allow
from meicheng.organisation.personal import seal
from meicheng.places.models import Division

from .offers import OFFERS, SEAL, TEST, body_of, body_of_seal, body_of_test, offer_of
from .signing import new_secret

ROTATION = timedelta(hours=24)  # the old secret signs beside the new one so long
SEALS_TOLD = 7  # days that an endpoint hears of afterwards
State = Endpoint.State


class BadEndpoint(ValueError):
    """An endpoint that cannot be; the message says what was expected."""


@transaction.atomic
def make_endpoint(
    actor: User, *, name: str, url: str, events: Sequence[str]
) -> tuple[Endpoint, str]:
    """Tell another system of events from now on; with the secret, which is never shown again.

    Raises `NotAllowed` and `BadEndpoint`.
    """
    allow(actor, "webhooks.manage")
    secret = new_secret()
    made = Endpoint(
        made_by=actor,
        made_at=timezone.now(),
        secret_sealed=seal(secret),
        **_checked(name, url, events),
    )
    made.save()
    _record(made, "webhook_made", actor, name=made.name, url=made.url, events=made.events)
    return made, secret


@transaction.atomic
def change_endpoint(
    actor: User, endpoint: Endpoint, *, name: str, url: str, events: Sequence[str]
) -> Endpoint:
    """Change where to and what of. Raises `NotAllowed` and `BadEndpoint`."""
    endpoint = _locked(actor, endpoint)
    changed = _checked(name, url, events)
    if changed["url"] != endpoint.url:
        endpoint.failures, endpoint.failing_since, endpoint.not_before = 0, None, None
    for field, value in changed.items():
        setattr(endpoint, field, value)
    endpoint.save()
    _record(endpoint, "webhook_changed", actor, **changed)
    return endpoint


@transaction.atomic
def pause_endpoint(actor: User, endpoint: Endpoint) -> Endpoint:
    """Send nothing for now; what happens meanwhile waits."""
    return _move(actor, endpoint, State.PAUSED, "webhook_paused")


@transaction.atomic
def resume_endpoint(actor: User, endpoint: Endpoint) -> Endpoint:
    """Send again, beginning with what waits."""
    endpoint = _move(actor, endpoint, State.ACTIVE, "webhook_resumed")
    endpoint.failures, endpoint.failing_since, endpoint.not_before = 0, None, None
    endpoint.save(update_fields=["failures", "failing_since", "not_before"])
    waiting = endpoint.messages.filter(state=Message.State.WAITING)
    waiting.update(due_at=timezone.now())
    return endpoint


@transaction.atomic
def remove_endpoint(actor: User, endpoint: Endpoint) -> Endpoint:
    """Tell it nothing any more, for good; what was done stays on record."""
    return _move(actor, endpoint, State.REMOVED, "webhook_removed")


@transaction.atomic
def rotate_secret(actor: User, endpoint: Endpoint) -> str:
    """Give it a new secret, which is never shown again; the old one signs too for a day."""
    endpoint = _locked(actor, endpoint)
    secret = new_secret()
    endpoint.old_secret_sealed = endpoint.secret_sealed
    endpoint.old_until = timezone.now() + ROTATION
    endpoint.secret_sealed = seal(secret)
    endpoint.save()
    _record(endpoint, "webhook_secret_changed", actor)
    return secret


@transaction.atomic
def try_endpoint(actor: User, endpoint: Endpoint) -> Message:
    """Put a message of type "test" on its way."""
    endpoint = _locked(actor, endpoint)
    at = timezone.now()
    _record(endpoint, "webhook_tried", actor)
    return Message.objects.create(
        **_message(endpoint, f"test:{uuid4().hex}", TEST, body_of_test(at.isoformat()), at)
    )


@transaction.atomic
def resend(actor: User, message: Message) -> Message:
    """Send a message again, under its own id; whoever took it already can tell."""
    endpoint = _locked(actor, message.endpoint)
    message = Message.objects.select_for_update().get(pk=message.pk)
    message.state, message.due_at, message.done_at = Message.State.WAITING, timezone.now(), None
    message.attempts_count = 0
    message.save()
    _record(endpoint, "webhook_resent", actor, message=message.code)
    return message


def put_event(event: Event) -> int:
    """Put an event on its way to every endpoint that wants it, once each; to how many."""
    offered = offer_of(event)
    wanting = _wanting(offered.type) if offered is not None else []
    if offered is None or not wanting:
        return 0
    body = body_of(event, offered)
    if body is None:
        return 0
    return _put(wanting, f"event:{event.pk}", offered.type, body)


def put_seals() -> int:
    """Put new seals on their way to the endpoints that want them, once each; how many."""
    wanting = _wanting(SEAL)
    if not wanting:
        return 0
    put = 0
    for sealed in Seal.objects.order_by("-day")[:SEALS_TOLD]:
        source = f"seal:{sealed.day}"
        there = set(Message.objects.filter(source=source).values_list("endpoint_id", flat=True))
        late = [one for one in wanting if one.made_at <= sealed.sealed_at and one.pk not in there]
        put += _put(late, source, SEAL, body_of_seal(sealed)) if late else 0
    return put


@transaction.atomic
def disable(endpoint: Endpoint, why: str) -> None:
    """Switch off what failed for days, and tell those who look after it."""
    endpoint.state = State.DISABLED
    endpoint.save(update_fields=["state"])
    _record(endpoint, "webhook_disabled", None, reason=why)
    city = Division.objects.filter(parent=None).defer("outline").first()
    roles = [Membership.Role.CREATION_OFFICE, Membership.Role.ADMINISTRATOR]
    notify(
        to=[endpoint.made_by, *holders(roles, division=city)],
        kind="webhook.disabled",
        title=words(
            gettext_noop("The webhook “%(name)s” was switched off: %(why)s"),
            name=endpoint.name,
            why=why,
        ),
        body=words(gettext_noop("What happens meanwhile waits, and is sent once it is resumed.")),
        link=reverse("notices:webhook", args=[endpoint.pk]),
        key=f"webhook:{endpoint.pk}:disabled:{endpoint.events_count}",
    )


def _wanting(type: str) -> list[Endpoint]:
    return [one for one in Endpoint.objects.exclude(state=State.REMOVED) if type in one.events]


def _put(endpoints: Sequence[Endpoint], source: str, type: str, body: str) -> int:
    at = timezone.now()
    Message.objects.bulk_create(
        [Message(**_message(one, source, type, body, at)) for one in endpoints],
        ignore_conflicts=True,
    )
    return len(endpoints)


def _message(endpoint: Endpoint, source: str, type: str, body: str, at: datetime) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "source": source,
        "code": f"msg_{uuid4().hex}",
        "type": type,
        "body": body,
        "due_at": at,
        "made_at": at,
    }


def _checked(name: str, url: str, events: Sequence[str]) -> dict[str, Any]:
    name, url = name.strip(), url.strip()
    if not 0 < len(name) <= 80:
        raise BadEndpoint(_("Give it a name of 1 to 80 characters"))
    _check_url(url)
    unknown = sorted(set(events) - set(OFFERS))
    if unknown:
        raise BadEndpoint(
            _("“%(type)s” is no event that is offered; there are %(known)s")
            % {"type": unknown[0][:60], "known": ", ".join(OFFERS)}
        )
    if not events:
        raise BadEndpoint(_("Choose at least one event"))
    return {"name": name, "url": url, "events": [one for one in OFFERS if one in set(events)]}


def _check_url(url: str) -> None:
    """Raise `BadEndpoint` for an address that is wrong by its looks; the rest shows on sending."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"https", "http"} or not host or not printable or len(url) > 500:
        raise BadEndpoint(
            _("“%(url)s” is no address; expected one as https://system.example/hook")
            % {"url": url[:80]}
        )
    if parts.username or parts.password or parts.fragment:
        raise BadEndpoint(_("The address holds a name, a password or a #; leave them out"))
    if parts.scheme == "http" and not _is_allowed(host):
        raise BadEndpoint(_("Over http everybody on the way reads along; expected https://"))


def _is_allowed(host: str) -> bool:
    """Whether a host is named by an address in a network that the setting opens."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in settings.PRIVATE_WEBHOOKS)


def _locked(actor: User, endpoint: Endpoint) -> Endpoint:
    allow(actor, "webhooks.manage")
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.state == State.REMOVED:
        raise BadEndpoint(_("This webhook was removed"))
    return endpoint


def _move(actor: User, endpoint: Endpoint, state: str, verb: str) -> Endpoint:
    endpoint = _locked(actor, endpoint)
    if endpoint.state != state:
        endpoint.state = state
        endpoint.save(update_fields=["state"])
        _record(endpoint, verb, actor)
    return endpoint


def _record(endpoint: Endpoint, verb: str, by: User | None, **data: Any) -> None:
    next_event(endpoint, verb, by=by, at=timezone.now(), **data)
    endpoint.save(update_fields=["events_count", "head_hash"])
