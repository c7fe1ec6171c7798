"""Due times of cases, by the city's working calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings

from meicheng.engine.calendar import Limit, WorkingCalendar
from meicheng.standards.models import CaseKind


@cache
def calendar() -> WorkingCalendar:
    """The city's working hours and days."""
    return WorkingCalendar(tz=settings.TIME_ZONE)


def due_of(kind: CaseKind, start: datetime) -> datetime:
    """When a case of this kind must be solved if its clock starts at `start`."""
    return calendar().due(start, Limit.parse(kind.limit))


@dataclass(frozen=True)
class StageDue:
    """A stage of a kind of case with its limit, when that ends, and the years nobody knows yet."""

    name: dict[str, str]
    limit: str
    due: datetime
    unknown_years: tuple[int, ...]


def stages_due(kind: CaseKind, start: datetime) -> list[StageDue]:
    """When each stage is due if the clock starts at `start`: every limit runs from there.

    A missing cover is fenced off within 2 hours and in place within a working day of the dispatch.
    """
    found = []
    for stage in kind.stages:
        due = calendar().due_with_doubt(start, Limit.parse(stage["limit"]))
        found.append(StageDue(stage["do"], str(stage["limit"]), due.at, due.unknown_years))
    return found
