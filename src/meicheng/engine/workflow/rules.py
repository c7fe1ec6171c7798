"""Reading the table: what is allowed where, and the message when something is not."""

from __future__ import annotations

from collections.abc import Iterable

from meicheng.engine.words import Words

from .conditions import Condition, Facts
from .row import Need, Role, Transition
from .states import State
from .table import TRANSITIONS

_BY_CODE = {row.code: row for row in TRANSITIONS}
_FROM = {state: tuple(t for t in TRANSITIONS if state in t.from_states) for state in State}


class WrongState(ValueError):
    """A step that the case cannot take now; the message says why, and names those it can take.

    `str()` is English; `say(language)` gives the message in the reader's language.
    """

    def __init__(self, state: State, code: str, facts: Facts | None = None) -> None:
        self.state = state
        self.code = code
        self.allowed = tuple(row for row in allowed(state, facts=facts) if row.by_people)
        self.because = _because(state, _BY_CODE[code], facts)
        self.words = _message(_BY_CODE[code], self.because, self.allowed)
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


def allowed(
    state: State | str, roles: Iterable[Role | str] | None = None, *, facts: Facts | None = None
) -> list[Transition]:
    """The steps that a case in `state` can take, and of these the ones that `roles` may take.

    Without `roles`, everybody's; without `facts` conditions are taken to hold. Where a role reaches
    (which division, which unit) is not decided here.

    >>> [row.code for row in allowed("resolved", ["verifier"])]
    ['verify', 'pass_photo', 'redo']
    >>> [row.code for row in allowed("resolved", ["verifier"], facts=Facts(drawn=True))]
    ['verify', 'redo']
    """
    rows = [row for row in _FROM[State(state)] if facts is None or hindrance(row, facts) is None]
    if roles is None:
        return rows
    held = {str(role) for role in roles}
    return [row for row in rows if not held.isdisjoint(row.roles)]


def hindrance(row: Transition, facts: Facts) -> Condition | None:
    """The first condition of a step that does not hold; None where all do."""
    return next((one for one in row.conditions if not one.holds(facts)), None)


def needs_of(row: Transition, facts: Facts) -> tuple[Need, ...]:
    """What a step needs now: the table's needs, and words where the whole ends before its parts.

    >>> [str(one) for one in needs_of(transition("resolve"), Facts(parts_open=("Water",)))]
    ['photo', 'remark']
    """
    if row.code == "resolve" and facts.parts_open:
        return (*row.needs, Need.REMARK)
    return row.needs


def check(state: State | str, code: str, facts: Facts | None = None) -> Transition:
    """The row for `code`, if a case in `state` can take it; raises `WrongState` otherwise.

    >>> check("closed", "dispatch")
    Traceback (most recent call last):
    meicheng.engine.workflow.rules.WrongState: “Dispatch” is not possible: the case is “Closed”; \
it is possible from “To be dispatched”, “Sent back by the unit”, “Relapsed”. \
Possible now: “Reopen”, “Mark as relapsed”.
    """
    row = transition(code)
    state = State(state)
    if state not in row.from_states or (facts is not None and hindrance(row, facts) is not None):
        raise WrongState(state, code, facts)
    return row


def why_not(state: State | str, code: str, facts: Facts | None = None) -> Words | None:
    """Why a case cannot take a step now; None when it can.

    >>> why_not("sent_back", "dispatch", Facts(sent_back=3)).en
    'it needs: sent back fewer than three times (then the coordination group decides)'
    """
    row, state = transition(code), State(state)
    if state in row.from_states and (facts is None or hindrance(row, facts) is None):
        return None
    return _because(state, row, facts)


def _because(state: State, row: Transition, facts: Facts | None) -> Words:
    if state in row.from_states and facts is not None:
        unmet = hindrance(row, facts)
        if unmet is not None:
            return Words(zh=f"须{unmet.label.zh}", en=f"it needs: {unmet.label.en}")
    from_zh = "、".join(f"“{one.label.zh}”" for one in row.from_states)
    from_en = ", ".join(f"“{one.label.en}”" for one in row.from_states)
    return Words(
        zh=f"案件当前为“{state.label.zh}”，此操作适用于{from_zh}",
        en=f"the case is “{state.label.en}”; it is possible from {from_en}",
    )


def _message(row: Transition, because: Words, possible: tuple[Transition, ...]) -> Words:
    now_zh = "、".join(f"“{one.label.zh}”" for one in possible) or "无"
    now_en = ", ".join(f"“{one.label.en}”" for one in possible) or "nothing"
    return Words(
        zh=f"不能“{row.label.zh}”：{because.zh}。现在可以：{now_zh}。",
        en=f"“{row.label.en}” is not possible: {because.en}. Possible now: {now_en}.",
    )
