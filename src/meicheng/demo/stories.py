"""What was done to something, told as the chain of its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol

from meicheng.ledger.events import Chained, link_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import User

Step = tuple[datetime, str, User | None, dict[str, Any]]  # when, what, by whom, what it says


class Owner(Chained, Protocol):
    """A row with a chain of its own."""

    def save(self) -> None: ...


def tell(owner: Owner, story: Iterable[Step]) -> None:
    """Write the next events of a row's own chain, in the order of time, and then the row."""
    events = [
        link_event(owner, verb, by=by, at=at, data=data)
        for at, verb, by, data in sorted(story, key=itemgetter(0))
    ]
    Event.objects.bulk_create(events)
    owner.save()
