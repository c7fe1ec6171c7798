"""Due times of cases, by the city's working calendar and its limits.

Hours, days and limits are kept in the database and read once: `OfficeTime.token` tells whether they
have changed since. It is compared where a clock starts, and otherwise at the first use in a request
or in a turn of the worker; so no process goes on with what another one changed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.signals import request_started

from meicheng.engine.calendar import OFFICE_HOURS, Limit, LimitRule, WorkingCalendar, limits_for
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards import models as standards
from meicheng.standards.models import CaseKind, CityDay, OfficeTime

from .models import Case

LEARN_FROM = 10  # the month from which on the next year's official notice is waited for


@dataclass(frozen=True)
class Timing:
    """What the city set of times, limits and draws, as it was under one token."""

    token: str
    calendar: WorkingCalendar
    rules: Mapping[str, tuple[LimitRule, ...]]  # by the kind's code
    on_the_spot: Mapping[str, Mapping[str, float]]  # the city's own shares drawn; empty: the pack's


_usual = Timing("", WorkingCalendar(tz=settings.TIME_ZONE), {}, {})
_kept = _usual
_seen = threading.local()


def look_again(**_signal: Any) -> None:
    """Let the next use in this thread ask whether hours, days or limits have changed."""
    _seen.fresh = False


request_started.connect(look_again, dispatch_uid="meicheng.cases.clock")


def timing(*, fresh: bool = False) -> Timing:
    """Hours, days and limits as they are (1 SQL statement where it has to look, 3 more after a change)."""
    global _kept
    if fresh or not getattr(_seen, "fresh", False):
        row = OfficeTime.objects.filter(pk=1).first()
        if (row.token if row else "") != _kept.token:
            _kept = _read(row) if row else _usual
        _seen.fresh = True
    return _kept


def start_over() -> None:
    """Go on as with a database that holds no hours, days or limits of the city's own; for tests."""
    global _kept
    _kept, _seen.fresh = _usual, True


def calendar() -> WorkingCalendar:
    """The city's working hours and days."""
    return timing().calendar


def calendar_of(
    hours: list[list[str]], days: Mapping[Any, bool], known_years: list[int]
) -> WorkingCalendar:
    """A calendar as it is written down; raises `ValueError` for hours that make no sense."""
    spans = [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in hours]
    return WorkingCalendar(
        hours=spans or OFFICE_HOURS,
        tz=settings.TIME_ZONE,
        extra_days=days,
        known_years=known_years,
    )


def limits_of(case: Case, *, fresh: bool = False) -> tuple[str, ...]:
    """The limits of a case's stages by its kind, division, road and severity; the last is its own."""
    road = case.site.kind_id if case.site is not None else ""
    return _limits(case.kind, case.division, road, case.severity, timing(fresh=fresh))


def due_of(case: Case, start: datetime, *, fresh: bool = True) -> tuple[str, datetime]:
    """The limit of a case whose clock starts at `start`, as written, and when it ends.

    Later changes of limits or days do not touch it: both are kept with the case. When `fresh`, what
    was changed since the case was read counts: its kind is read anew (2 SQL statements).
    """
    if fresh:
        case.kind = CaseKind.objects.get(pk=case.kind_id)
    limit = limits_of(case, fresh=fresh)[-1]
    return limit, calendar().due(start, Limit.parse(limit))


def due_after(case: Case, due: datetime, *, stood: datetime, until: datetime) -> datetime:
    """When `due` of a case becomes after its clock stood still, in its limit's own time (no SQL).

    Nights and holidays of a pause give no working time. A case that was late before is late by as
    much after it.
    """
    limit = Limit.parse(case.time_limit)
    return calendar().moved(due, calendar().remaining(stood, until, limit), limit)


def unknown_years(case: Case) -> list[int]:
    """The years that the limit of a case reaches into whose holidays are not known yet (no SQL).

    In these Monday to Friday are taken as worked. None for a limit that counts all days.
    """
    if case.due_at is None or not Limit.parse(case.time_limit).working:
        return []
    start = case.dispatched_at or case.reported_at
    years = range(city_day(start).year, city_day(case.due_at).year + 1)
    return [year for year in years if not calendar().knows(year)]


def year_to_learn(day: date) -> int | None:
    """The year whose holidays the city has to learn: this one, or from October on the next."""
    for year in (day.year, day.year + 1) if day.month >= LEARN_FROM else (day.year,):
        if not calendar().knows(year):
            return year
    return None


@dataclass(frozen=True)
class StageDue:
    """A stage of a kind of case with its limit, when that ends, and the years nobody knows yet."""

    name: dict[str, str]
    limit: str
    due: datetime
    unknown_years: tuple[int, ...]


def stages_due(
    kind: CaseKind,
    start: datetime,
    *,
    division: Division | None = None,
    road: str = "",
    severity: int | None = None,
) -> list[StageDue]:
    """When each stage is due if the clock starts at `start`: every limit runs from there.

    A missing cover is fenced off within 2 hours and in place within a working day of the dispatch.
    `severity` is the kind's own where none is named.
    """
    known = timing(fresh=True)
    found = []
    written = _limits(kind, division, road, severity or kind.severity, known)
    for stage, limit in zip(kind.stages, written, strict=True):
        due = known.calendar.due_with_doubt(start, Limit.parse(limit))
        found.append(StageDue(stage["do"], limit, due.at, due.unknown_years))
    return found


def _limits(
    kind: CaseKind, division: Division | None, road: str, severity: int, known: Timing
) -> tuple[str, ...]:
    own = tuple(str(stage["limit"]) for stage in kind.stages)
    rules = known.rules.get(kind.pk, ())
    if not rules:
        return own
    place = division.path if division is not None else ""
    found = limits_for(own, rules, severity=severity, road=road, place=place)
    # A kind that has got other stages since takes no more than it can use.
    return found if len(found) == len(own) else own


def _read(row: OfficeTime) -> Timing:
    rules: dict[str, list[LimitRule]] = {}
    for rule in standards.LimitRule.objects.select_related("division").defer("division__outline"):
        rules.setdefault(rule.kind_id, []).append(
            LimitRule(
                limits=tuple(rule.limits),
                severity=rule.severity,
                road=rule.road_id or "",
                place=rule.division.path if rule.division else "",
            )
        )
    days = dict(CityDay.objects.values_list("day", "works"))
    return Timing(
        row.token,
        calendar_of(row.hours, days, row.known_years),
        {code: tuple(found) for code, found in rules.items()},
        row.on_the_spot,
    )
