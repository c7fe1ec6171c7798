"""What follows from events: webhooks are written for those who want them."""

from __future__ import annotations

from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event

from .webhooks.actions import put_event
from .webhooks.offers import verbs


@follow("notices.webhooks", verbs())
def tell_other_systems(event: Event) -> None:
    """Put an event on its way to every endpoint that wants it; a second time changes nothing."""
    put_event(event)
