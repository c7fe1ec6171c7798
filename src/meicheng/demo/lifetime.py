"""A case on its way, and what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from meicheng.cases.models import Case, Extension, Stage, Support

from .world import Crew, Person


class Step(NamedTuple):
    """Something that was done to a case."""

    verb: str
    at: datetime
    by: Person | None
    data: dict[str, Any]


@dataclass
class Life:
    """A case and what was done to it, in order."""

    case: Case
    crew: Crew
    steps: list[Step] = field(default_factory=list)
    rating_remark: str = ""
    rated_at: datetime | None = None
    turns: str = ""  # another way than to the end: "turn_down", "withdraw"
    helper: Crew | None = None  # the unit that does a part of it
    stages: list[Stage] = field(default_factory=list)
    supports: list[Support] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
