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

    Verbs that are no steps of the table (a comment, a rating) leave the state as it is; “undo” takes
    back the step before it, which must be the last event. A step that
    the table does not allow raises `WrongState`, unless it was imported from another system, whose
    ways may have been shorter.

    >>> replay([("reported", {}), ("register", {}), ("dispatch", {}), ("rated", {})])
    <State.DISPATCHED: 'dispatched'>
    >>> replay([("reported", {}), ("register", {}), ("undo", {"step": "register"})])
    <State.REPORTED: 'reported'>
    """
    state = before = State.REPORTED
    last = ""
    for verb, said in events:
        if verb in _CODES:
            row = transition(verb) if said.get("imported") else check(state, verb)
            before, state = state, row.after(state)
        elif verb == "undo":
            if said.get("step") != last or not transition(last).undoable:
                raise ValueError(f"{said.get('step')!r} is taken back after {last!r}")
            state = before
        last = verb
    return state
