"""Opening hours as a table gives them: "06:00-22:00", "08:30-12:00 14:00-17:30", "24 h"."""

from __future__ import annotations

import re
from datetime import datetime, time

from django.utils import timezone

SPAN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})")
ALL_DAY = re.compile(r"24\s*(h|hours|小时)|全天", re.IGNORECASE)


def open_at(hours: str, at: datetime) -> bool | None:
    """Whether something is open at a moment of the city's day; None where the words do not tell.

    >>> from datetime import UTC
    >>> noon, night = datetime(2026, 11, 23, 4, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)
    >>> open_at("06:00-22:00", noon), open_at("06:00-22:00", night)
    (True, False)
    >>> open_at("18:00–02:00", night), open_at("24小时", night), open_at("周一闭馆", noon)
    (True, True, None)
    """
    if ALL_DAY.search(hours):
        return True
    spans = [_span(found) for found in SPAN.findall(hours)]
    known = [one for one in spans if one is not None]
    if not known:
        return None
    now = timezone.localtime(at).time()
    return any(
        start <= now < end if start < end else now >= start or now < end for start, end in known
    )


def _span(found: tuple[str, str, str, str]) -> tuple[time, time] | None:
    numbers = [int(one) for one in found]
    if numbers[2:] == [24, 0]:
        numbers[2] = 0
    try:
        return time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    except ValueError:  # 25:00 is no time of a day
        return None
