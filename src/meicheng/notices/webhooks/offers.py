"""Which events other systems can be told of, and what is said of each: stable, and of no person.

Rooms above offer theirs when they start (`AppConfig.ready`). What is said is named field by field:
remarks, names and other words of people are never among them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meicheng.ledger.models import Event, Seal

SEAL, TEST = "seal.made", "test"


@dataclass(frozen=True)
class Offer:
    """One type of event that is offered."""

    type: str  # "case.dispatch"; keeps its meaning for ever
    name: str | Promise
    verb: str = ""  # the ledger's
    chain: str = ""  # "case", of "case:123"
    fields: Sequence[str] = ()  # of the event's data
    subject: Callable[[Event], dict[str, Any] | None] = lambda _event: {}


OFFERS: dict[str, Offer] = {SEAL: Offer(SEAL, _("The day's events were sealed"))}


def offer(
    type: str,
    name: str | Promise,
    *,
    verb: str,
    chain: str,
    subject: Callable[[Event], dict[str, Any] | None],
    fields: Sequence[str] = (),
) -> None:
    """Offer a type of event. `subject` says what it is about, or None where it tells nobody."""
    OFFERS[type] = Offer(type, name, verb, chain, tuple(fields), subject)


def verbs() -> set[str]:
    """The ledger's verbs of all that is offered."""
    return {one.verb for one in OFFERS.values() if one.verb}


def offer_of(event: Event) -> Offer | None:
    """What an event is offered as; None for what is told nobody."""
    chain = event.chain.partition(":")[0]
    return next(
        (one for one in OFFERS.values() if (one.verb, one.chain) == (event.verb, chain)), None
    )


def body_of(event: Event, offered: Offer) -> str | None:
    """The message of an event, as JSON."""
    subject = offered.subject(event)
    if subject is None:
        return None
    said = {name: event.data[name] for name in offered.fields if name in event.data}
    record = {"id": event.pk, "chain": event.chain, "sequence": event.sequence, "hash": event.hash}
    return _json(offered.type, event.at.isoformat(), {**subject, **said, "record": record})


def body_of_seal(seal: Seal) -> str:
    """The message of a seal, as JSON."""
    data = {"day": seal.day.isoformat(), "events": seal.events, "hash": seal.hash}
    return _json(SEAL, seal.sealed_at.isoformat(), data)


def body_of_test(at: str) -> str:
    """The message of a trial by hand."""
    return _json(TEST, at, {})


def _json(type: str, timestamp: str, data: dict[str, Any]) -> str:
    return json.dumps({"type": type, "timestamp": timestamp, "data": data}, ensure_ascii=False)
