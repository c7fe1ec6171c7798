"""How quickly due times in working hours are found, beside walking from span to span.

The plain code asks the same table of holidays day by day; both must say the same before the figures
are recorded.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from meicheng.engine.calendar import Limit, WorkingCalendar
from tools import Failed
from tools.bench import record, stopwatch

STARTS = 5_000
LIMITS = ["4wh", "16wh", "56wh"]


def main() -> None:
    """Time both ways over the same starts of twenty months."""
    calendar = WorkingCalendar()
    chance = random.Random(1)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(minutes=chance.randrange(600 * 1440)) for _ in range(STARTS)]
    results: dict[str, object] = {"starts": STARTS}
    for written in LIMITS:
        limit = Limit.parse(written)

        def own(start: datetime, limit: Limit = limit) -> datetime:
            return calendar.due(start, limit)

        def plain(start: datetime, hours: int = limit.amount) -> datetime:
            return walked(calendar, start, timedelta(hours=hours))

        own_rate, said = timed(own, starts)
        plain_rate, expected = timed(plain, starts)
        if said != expected:
            raise Failed(f"{written}: both ways must say the same")
        results[written] = {"per_second": own_rate, "plain_per_second": plain_rate}
    record("due", results)


def timed(
    find: Callable[[datetime], datetime], starts: list[datetime]
) -> tuple[int, list[datetime]]:
    """How many a second, and what was found."""
    with stopwatch() as watch:
        found = [find(start) for start in starts]
    return round(len(starts) / watch.seconds), found


def walked(calendar: WorkingCalendar, start: datetime, left: timedelta) -> datetime:
    """When `left` of open time has gone by, found by going from span to span."""
    at = start.astimezone(calendar.zone)
    day = at.date()
    while True:
        if calendar.is_working_day(day):
            for opens, closes in calendar.hours:
                begin = max(at, datetime.combine(day, opens, calendar.zone))
                end = datetime.combine(day, closes, calendar.zone)
                if begin >= end:
                    continue
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        day += timedelta(days=1)


if __name__ == "__main__":
    main()
