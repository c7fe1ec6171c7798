"""Reading the table: what is allowed where, and the message when something is not."""

from __future__ import annotations

from collections.abc import Iterable

from meicheng.engine.words import Words

from .states import State
from .table import TRANSITIONS, Role, Transition

_BY_CODE = {row.code: row for row in TRANSITIONS}
_FROM = {state: tuple(t for t in TRANSITIONS if state in t.from_states) for state in State}


class WrongState(ValueError):
    """A step that the case cannot take in its state; the message names those it can take.

    `str()` is English; `say(language)` gives the message in the reader's language.
    """

    def __init__(self, state: State, code: str) -> None:
        self.state = state
        self.code = code
        self.allowed = _FROM[state]
        self.words = _message(state, _BY_CODE[code], self.allowed)
        super().__init__(self.words.en)

    def say(self, language: str) -> str:
        """The message in a language given by its code."""
        return self.words.say(language)


def transition(code: str) -> Transition:
    """The row of the table with this code. Raises `KeyError` with the codes that exist."""
    row = _BY_CODE.get(code)
    if row is None:
        raise KeyError(f"No step is called {code!r}; steps are {', '.join(_BY_CODE)}")
    return row


def allowed(state: State | str, roles: Iterable[Role | str] | None = None) -> list[Transition]:
    """The steps that a case in `state` can take, and of these the ones that `roles` may take.

    Without `roles`, everybody's. Where a role reaches (which division, which unit) is not decided
    here.

    >>> [row.code for row in allowed("resolved", ["verifier"])]
    ['verify', 'redo']
    """
    rows = _FROM[State(state)]
    if roles is None:
        return list(rows)
    held = {str(role) for role in roles}
    return [row for row in rows if not held.isdisjoint(row.roles)]


def check(state: State | str, code: str) -> Transition:
    """The row for `code`, if a case in `state` can take it; raises `WrongState` otherwise.

    >>> check("closed", "dispatch")
    Traceback (most recent call last):
    meicheng.engine.workflow.rules.WrongState: “Dispatch” is not possible: the case is “Closed”. \
It is possible from “To be dispatched”, “Sent back by the unit”, “Relapsed”. \
Possible now: “Reopen”, “Mark as relapsed”.
    """
    row = transition(code)
    state = State(state)
    if state not in row.from_states:
        raise WrongState(state, code)
    return row


def _message(state: State, row: Transition, possible: tuple[Transition, ...]) -> Words:
    from_zh = "、".join(f"“{one.label.zh}”" for one in row.from_states)
    from_en = ", ".join(f"“{one.label.en}”" for one in row.from_states)
    now_zh = "、".join(f"“{one.label.zh}”" for one in possible) or "无"
    now_en = ", ".join(f"“{one.label.en}”" for one in possible) or "nothing"
    return Words(
        zh=f"不能“{row.label.zh}”：案件当前为“{state.label.zh}”。"
        f"此操作适用于{from_zh}。现在可以：{now_zh}。",
        en=f"“{row.label.en}” is not possible: the case is “{state.label.en}”. "
        f"It is possible from {from_en}. Possible now: {now_en}.",
    )
