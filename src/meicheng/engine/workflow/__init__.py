"""The life of a case: states, the one table of transitions, and who may do what in it."""

from meicheng.engine.words import Words

from .diagram import as_markdown
from .rules import WrongState, allowed, check, transition
from .states import FINAL, State, Step, step_of
from .table import TRANSITIONS, Need, Role, Transition

__all__ = [
    "FINAL",
    "TRANSITIONS",
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
    "step_of",
    "transition",
]
