"""What the first page shows: what waits for whoever looks, and how the city does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from meicheng.appraisal.bulletin.failures import Failing, failing_items
from meicheng.appraisal.months import current_month
from meicheng.appraisal.queries import Cell, ranking
from meicheng.assessment.periods import current_period
from meicheng.assessment.queries import CityMarks, marks_of_city
from meicheng.cases.models import Case
from meicheng.cases.queries import UrgentCase, decisions_count, reach, urgent_cases, waiting_count
from meicheng.cases.queries.waiting import Waiting
from meicheng.chronic.queries import Waiting as ChronicWaiting
from meicheng.chronic.queries import waiting as chronic_waiting
from meicheng.commitments.queries import Waiting as CommitmentsWaiting
from meicheng.commitments.queries import waiting as commitments_waiting
from meicheng.materials.queries import Attention, attention
from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of
from meicheng.places.time import city_day, midnight
from meicheng.routines.queries import Waiting as RoutinesWaiting
from meicheng.routines.queries import waiting as routines_waiting
from meicheng.voices.topics.bursts import bursts_seen
from meicheng.voices.topics.models import Burst

DAYS = 30
MOST_FINDINGS = 4


@dataclass(frozen=True)
class Day:
    """What came in and what was closed on one day."""

    day: date
    received: int
    closed: int


@dataclass(frozen=True)
class Trend:
    """The last days side by side."""

    days: Sequence[Day]

    @property
    def most(self) -> int:
        """The highest bar."""
        return max([1, *[max(one.received, one.closed) for one in self.days]])

    @property
    def bars(self) -> list[tuple[Day, float, float]]:
        """Each day with the heights of its two bars, in hundredths of the highest."""
        return [
            (one, one.received / self.most * 100, one.closed / self.most * 100) for one in self.days
        ]

    @property
    def received(self) -> int:
        """All that came in."""
        return sum(one.received for one in self.days)

    @property
    def closed(self) -> int:
        """All that was closed."""
        return sum(one.closed for one in self.days)


@dataclass(frozen=True)
class Today:
    """Everything on the page; None for what the user's roles do not see."""

    waiting: Waiting | None
    urgent: list[UrgentCase]
    on_time: Cell | None
    satisfied: Cell | None
    marks: CityMarks | None
    rises: list[Burst]
    failing: list[Failing]
    trend: Trend | None
    materials: Attention | None
    decisions: int  # requests for more time, cases sent around, reviews of suspensions
    chronic: ChronicWaiting | None
    routines: RoutinesWaiting | None
    commitments: CommitmentsWaiting | None

    @property
    def anything(self) -> bool:
        """Whether anything waits or stands out beside the cases."""
        waiting = (self.chronic, self.routines, self.commitments, self.materials)
        counted = [count for one in waiting if one is not None for count in vars(one).values()]
        return any([self.rises, self.failing, self.decisions, *counted])


def today_of(user: User, *, at: datetime) -> Today:
    """The page for one user (at most 39 SQL statements, whatever the number of cases)."""
    held = actions_of(user)
    sees_cases = "cases.see" in held
    month = current_month(at)
    cells: dict[str, Cell] = {}
    if "appraisal.see" in held:
        total = ranking(month, by="district", now=at).total
        cells = {cell.part.code: cell for cell in total.cells}
    rises = bursts_seen(user, today=city_day(at))[:2] if "reports.see" in held else []
    failing = failing_items(month, limit=3) if "assessment.see" in held else []
    return Today(
        waiting=waiting_count(user, at=at, midnight=_end_of_day(at)) if sees_cases else None,
        urgent=urgent_cases(user, at=at, limit=12) if sees_cases else [],
        on_time=cells.get("on_time"),
        satisfied=cells.get("satisfied"),
        marks=marks_of_city(current_period(at)) if "assessment.see" in held else None,
        rises=rises,
        failing=failing[: max(1, MOST_FINDINGS - len(rises))],
        trend=_trend(user, at) if sees_cases else None,
        decisions=decisions_count(user, day=city_day(at)) if sees_cases else 0,
        materials=attention(user, today=city_day(at)) if "materials.see" in held else None,
        chronic=chronic_waiting(user, today=city_day(at)) if "chronic.see" in held else None,
        routines=routines_waiting(user, today=city_day(at)) if "routines.do" in held else None,
        commitments=commitments_waiting(user, today=city_day(at))
        if "commitments.enter" in held
        else None,
    )


def _end_of_day(at: datetime) -> datetime:
    return midnight(city_day(at) + timedelta(days=1))


def _trend(user: User, at: datetime) -> Trend:
    """What came in and was closed in the user's scope, by day (2 SQL statements)."""
    last = city_day(at)
    first = last - timedelta(days=DAYS - 1)
    counted: dict[str, dict[date, int]] = {}
    for field in ("reported_at", "closed_at"):
        rows = (
            Case.objects.filter(reach(user), **{f"{field}__gte": midnight(first)})
            .order_by()
            .values_list(TruncDate(field))
            .annotate(Count("pk"))
        )
        counted[field] = dict(rows)
    days = [first + timedelta(days=step) for step in range(DAYS)]
    return Trend(
        [
            Day(day, counted["reported_at"].get(day, 0), counted["closed_at"].get(day, 0))
            for day in days
        ]
    )
