"""Due times of cases, by the city's working calendar."""

from __future__ import annotations

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
