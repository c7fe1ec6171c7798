"""What follows from cases: places become chronic, and their watch begins, stops or goes on."""

from __future__ import annotations

from meicheng.cases.models import Case
from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event

from .marking import look_again

STEPS = ["register", "relapse", "reopen", "close", "withdraw", "undo"]


@follow("chronic.places", STEPS)
def look_at_the_place(event: Event) -> None:
    """Look at the place of a case that was registered, came back, was closed, or was not after all."""
    what, _colon, key = event.chain.partition(":")
    if what != "case" or not key.isdecimal():
        return
    case = Case.objects.select_related("kind", "division", "site", "unit").filter(pk=key).first()
    if case is not None:
        look_again(case)
