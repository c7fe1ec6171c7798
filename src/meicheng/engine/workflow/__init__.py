"""The life of a case: states, the one table of transitions, and who may do what in it."""

from meicheng.engine.words import Words

from .conditions import SENT_BACK_AT_MOST, Condition, Facts
from .diagram import as_markdown
from .replay import replay
from .row import Need, Role, Transition
from .rules import WrongState, allowed, check, hindrance, needs_of, transition, why_not
from .spot_checks import FailedShare, failed_share, is_drawn
from .states import AT_THE_DESK, FINAL, WITH_UNIT, State, Step, step_of
from .table import PEOPLES_STEPS, TRANSITIONS

__all__ = [
    "AT_THE_DESK",
    "FINAL",
    "PEOPLES_STEPS",
    "SENT_BACK_AT_MOST",
    "TRANSITIONS",
    "WITH_UNIT",
    "Condition",
    "Facts",
    "FailedShare",
    "Need",
    "Role",
    "State",
    "Step",
    "Transition",
    "Words",
    "WrongState",
    "allowed",
    "as_markdown",
    "check",
    "failed_share",
    "hindrance",
    "is_drawn",
    "needs_of",
    "replay",
    "step_of",
    "transition",
    "why_not",
]
