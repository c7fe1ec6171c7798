"""Telling the state of a case from its events alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .rules import check, transition
from .states import State
from .table import TRANSITIONS

_CODES = frozenset(row.code for row in TRANSITIONS)


def replay(events: Iterable[tuple[str, Mapping[str, Any]]]) -> State:
    """The state to which events (verb and what was said), in their order, lead.

    Verbs that are no steps of the table (a comment, a rating) leave the state as it is. A step that
    the table does not allow raises `WrongState`, unless it was imported from another system, whose
    ways may have been shorter.

    >>> replay([("reported", {}), ("register", {}), ("dispatch", {}), ("rated", {})])
    <State.DISPATCHED: 'dispatched'>
    """
    state = State.REPORTED
    for verb, said in events:
        if verb in _CODES:
            row = transition(verb) if said.get("imported") else check(state, verb)
            state = row.after(state)
    return state
