"""What a row of the table says: a step, who takes it, what it needs, and why it is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meicheng.engine.words import Words

from .conditions import Condition
from .states import State


class Role(StrEnum):
    """Who takes part: the organisation's memberships by their codes, the citizen, the system."""

    CITIZEN = "citizen"
    COLLECTOR = "collector"
    DISPATCHER = "dispatcher"
    UNIT_WORKER = "unit-worker"
    UNIT_LEAD = "unit-lead"
    INSPECTOR = "inspector"
    VERIFIER = "verifier"
    DISTRICT_LEAD = "district-lead"
    CITY_LEAD = "city-lead"
    CREATION_OFFICE = "creation-office"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"  # follows by itself from what others did; nobody presses a button


class Need(StrEnum):
    """What a step asks for before it is taken."""

    REMARK = "remark"  # words that say why
    PHOTO = "photo"  # at least one photograph of the result
    UNIT = "unit"  # the unit that will solve it
    KIND = "kind"  # the kind of problem; the one the case carries unless another is named
    CASE = "case"  # another case
    PARTS = "parts"  # two or more problems, each with its kind, unit and words
    UNTIL = "until"  # the day until which more time is asked for
    REVIEW_ON = "review_on"  # the day on which the wait is looked at again
    APPROVAL = "approval"  # somebody of `approved_by`, and never the one who asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `to_state` is None where the case stays in its state.

    `conditions` hold beside the state, and each says what hinders when it does not. `key` opens the
    step's form on the page of a case. A step of the system alone has no button. What is `undoable`
    may be taken back for a moment by who took it: it makes no record but its event.
    """

    code: str
    label: Words
    from_states: tuple[State, ...]
    to_state: State | None
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    approved_by: tuple[Role, ...] = ()
    conditions: tuple[Condition, ...] = ()
    key: str = ""
    undoable: bool = False
    why: Words

    @property
    def by_people(self) -> bool:
        """Whether somebody takes it, and it does not follow by itself."""
        return self.roles != (Role.SYSTEM,)

    def after(self, state: State) -> State:
        """The state of a case that takes this step in `state`."""
        return self.to_state if self.to_state is not None else state
