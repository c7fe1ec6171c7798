"""When somebody may be told: quiet hours, digests and growing pauses. Plain arithmetic, no database."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.utils import timezone


def is_quiet(at: datetime, begin: time | None, end: time | None) -> bool:
    """Whether an instant lies in the quiet hours, in the city's time; they may pass midnight.

    >>> from datetime import timezone as utc
    >>> late = datetime(2026, 11, 25, 15, 30, tzinfo=utc.utc)  # 23:30 in Shanghai
    >>> is_quiet(late, time(22), time(7)), is_quiet(late, time(12), time(14))
    (True, False)
    """
    if begin is None or end is None or begin == end:
        return False
    now = timezone.localtime(at).time()
    return begin <= now < end if begin < end else now >= begin or now < end


def after_quiet(at: datetime, begin: time | None, end: time | None) -> datetime:
    """The first instant from `at` on that is not quiet.

    >>> from datetime import timezone as utc
    >>> late = datetime(2026, 11, 25, 15, 30, tzinfo=utc.utc)
    >>> after_quiet(late, time(22), time(7)).isoformat()  # 07:00 on the next day
    '2026-11-26T07:00:00+08:00'
    """
    if not is_quiet(at, begin, end):
        return at
    assert end is not None
    return _next(at, end)


def next_digest(at: datetime, hour: int, *, weekly: bool) -> datetime:
    """The next time after `at` at which digests go out: every day, or on Mondays, at this hour.

    >>> from datetime import timezone as utc
    >>> wednesday = datetime(2026, 11, 25, 2, tzinfo=utc.utc)
    >>> next_digest(wednesday, 8, weekly=False).isoformat()
    '2026-11-26T08:00:00+08:00'
    >>> next_digest(wednesday, 8, weekly=True).isoformat()
    '2026-11-30T08:00:00+08:00'
    """
    found = _next(at, time(hour))
    if weekly:
        found = _on(found, time(hour), (7 - timezone.localtime(found).weekday()) % 7)
    return found


def pause(attempts: int, pauses: Sequence[int]) -> timedelta:
    """How long to wait after this many attempts failed: a tenth more or less, so that not all
    come back at once. `pauses` are seconds; after the last it stays the same."""
    seconds = pauses[min(max(attempts, 1), len(pauses)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))


def _next(at: datetime, clock: time) -> datetime:
    found = _on(at, clock, 0)
    return found if found > at else _on(at, clock, 1)


def _on(at: datetime, clock: time, days: int) -> datetime:
    """This clock time, some days after the day of `at`; made anew, so that it holds over changes
    between summer and winter time where a city has them."""
    day = timezone.localtime(at).date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, clock))
