"""Working time: when a limit ends, how much is left, and what a pause adds.

Working time is a line on which every working day is `hours` long and closed hours have no length.
An instant's place on that line is a number of microseconds, counted from the first day of the
table; adding a limit is adding to it. So a due date costs two look-ups, however long the limit is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .days import Days
from .limits import Limit

OFFICE_HOURS = ((time(8, 30), time(12)), (time(14), time(18)))
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends, and the years on the way whose holidays are not known yet."""

    at: datetime
    unknown_years: tuple[int, ...]


class WorkingCalendar:
    """A city's working hours and days.

    `hours` are the open spans of every working day, in order and without overlap. `extra_days`
    are the city's own days, True worked and False free, over the published holidays and make-up
    days; `known_years` names years whose official notice `extra_days` holds.

    A span includes its opening and not its closing minute: who starts at 12:00 or 18:00 sharp
    starts at the next opening. A limit may end at the closing minute.
    """

    def __init__(
        self,
        hours: Sequence[tuple[time, time]] = OFFICE_HOURS,
        tz: str = "Asia/Shanghai",
        extra_days: Mapping[date, bool] | None = None,
        known_years: Iterable[int] = (),
    ) -> None:
        self.hours = tuple(hours)
        self.zone = ZoneInfo(tz)
        self.days = Days(extra_days, known_years)
        self._spans = tuple((_of_day(opens), _of_day(closes)) for opens, closes in self.hours)
        if not self._spans or any(opens >= closes for opens, closes in self._spans):
            raise ValueError("Working hours are one or more spans whose end is after their start")
        if any(a[1] >= b[0] for a, b in zip(self._spans, self._spans[1:], strict=False)):
            raise ValueError("The spans of the working hours must be in order, with gaps between")
        self._day_length = sum(closes - opens for opens, closes in self._spans)

    def knows(self, year: int) -> bool:
        """Whether the year's holidays are known; where not, Monday to Friday are worked."""
        return self.days.knows(year)

    def is_working_day(self, day: date) -> bool:
        """Whether this day is worked."""
        return self.days.works(day)

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at this instant."""
        local = self._local(at)
        clock = _of_day(local.time())
        return self.days.works(local.date()) and any(o <= clock < c for o, c in self._spans)

    def next_opening(self, at: datetime) -> datetime:
        """This instant if work is done then, otherwise when work begins next."""
        ordinal, clock = self._split(at)
        return self._at(self._place(ordinal, clock), opening=True)

    def due(self, start: datetime, limit: Limit, pauses: Iterable[Pause] = ()) -> datetime:
        """When `limit` ends if its clock starts at `start`, in the calendar's time zone.

        Working hours count open time only. n working days end at the same clock time on the nth
        working day after; a start outside working hours counts from the next opening. Hours count
        on through nights; n days end at the same clock time n days later. `pauses` (suspensions,
        begin and end) stop the clock. Times without a zone are refused with `ValueError`.

        Thursday 24 September 2026, 16:20: four working hours are 1 h 40 min to 18:00; Friday to
        Sunday are the Mid-Autumn holiday; then 2 h 20 min from Monday 08:30:

        >>> calendar = WorkingCalendar()
        >>> start = datetime(2026, 9, 24, 16, 20, tzinfo=calendar.zone)
        >>> calendar.due(start, Limit.parse("4wh")).strftime("%m-%d %H:%M")
        '09-28 10:50'

        Source: the working rule that cities publish with their handling standards (a limit in
        working hours runs in office hours only).
        """
        pauses = _merged(pauses)
        if not limit.working:
            return self._clock_due(start, limit, pauses)
        ordinal, clock = self._split(start)
        by_day = limit.measure == "wd"
        length = limit.amount * (self._day_length if by_day else _HOUR)
        due = self._at(self._place(ordinal, clock) + length, opening=by_day)
        for begin, end in pauses:
            due = self._later(due, max(begin, start), end, opening=by_day)
        return due

    def due_with_doubt(self, start: datetime, limit: Limit, pauses: Iterable[Pause] = ()) -> Due:
        """As `due`, with the years on the way whose holidays are not known.

        For a limit in clock time no year matters.
        """
        at = self.due(start, limit, pauses)
        if not limit.working:
            return Due(at, ())
        years = range(self._local(start).year, at.year + 1)
        return Due(at, tuple(year for year in years if not self.knows(year)))

    def after_pause(
        self, due: datetime, limit: Limit, *, paused: datetime, resumed: datetime
    ) -> datetime:
        """The new end of a limit that would have ended at `due`, after a pause.

        A case that was overdue before the pause stays overdue.
        """
        if limit.working:
            return self._later(due, paused, resumed, opening=limit.measure == "wd")
        if paused >= due or resumed <= paused:
            return self._local(due)
        return self._plus(due, resumed - paused)

    def working_minutes(self, begin: datetime, end: datetime) -> float:
        """Working time between two instants, in minutes; negative if `end` comes first."""
        if end < begin:
            return -self.working_minutes(end, begin)
        return self._between(begin, end) / (60 * _SECOND)

    def remaining(self, at: datetime, due: datetime, limit: Limit) -> timedelta:
        """Time left at `at` until `due`, in the limit's own time; negative when overdue."""
        if not limit.working:
            return due - at
        return timedelta(minutes=self.working_minutes(at, due))

    def share_used(
        self,
        start: datetime,
        at: datetime,
        limit: Limit,
        pauses: Iterable[Pause] = (),
    ) -> float:
        """How much of a limit is used at `at`: 0 at its start, 1 when due, more when overdue.

        >>> calendar = WorkingCalendar()
        >>> start = datetime(2026, 9, 28, 8, 30, tzinfo=calendar.zone)
        >>> calendar.share_used(start, start + timedelta(hours=2), Limit(4, "wh"))
        0.5
        """
        pauses = [(max(b, start), min(e, at)) for b, e in _merged(pauses) if b < at and e > start]
        if limit.working:
            used = self.working_minutes(start, at)
            used -= sum(self.working_minutes(begin, end) for begin, end in pauses)
            hours = limit.amount
            whole = hours * 60 if limit.measure == "wh" else hours * self._day_length / 60 / _SECOND
            return used / whole
        ran = (at - start) - sum((end - begin for begin, end in pauses), timedelta())
        return ran / (self._clock_due(start, limit, []) - start)

    @property
    def day_length(self) -> timedelta:
        """How long a working day is."""
        return timedelta(microseconds=self._day_length)

    def length(self, limit: Limit) -> timedelta:
        """A whole limit as a length in its own time: working time, or time of the clock.

        >>> WorkingCalendar().length(Limit(2, "wd"))  # two days of 7 h 30 min
        datetime.timedelta(seconds=54000)
        """
        if limit.measure == "wd":
            return limit.amount * self.day_length
        return (
            timedelta(days=limit.amount) if limit.measure == "d" else timedelta(hours=limit.amount)
        )

    def moved(self, at: datetime, by: timedelta, limit: Limit) -> datetime:
        """The instant that lies `by` of the limit's own time after `at`, before it if negative.

        So the moment at which any share of a limit is used follows from its end alone, however
        often the clock stood still: half of a limit of 4 working hours that ends on Monday at
        10:30 is used on Monday at 08:30, and by Friday evening.

        >>> calendar = WorkingCalendar()
        >>> due = datetime(2026, 9, 28, 10, 50, tzinfo=calendar.zone)
        >>> calendar.moved(due, timedelta(hours=-4), Limit(4, "wh")).strftime("%m-%d %H:%M")
        '09-24 16:20'
        """
        if not limit.working:
            return self._plus(at, by)
        place = self._place(*self._split(at)) + by // timedelta(microseconds=1)
        return self._at(place, opening=limit.measure == "wd")

    # -- the line of working time -------------------------------------------------------------

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone; working time needs one")
        return at.astimezone(self.zone)

    def _split(self, at: datetime) -> tuple[int, int]:
        """Day and microsecond of the day, on the city's clock."""
        local = self._local(at)
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        return local.toordinal(), seconds * _SECOND + local.microsecond

    def _place(self, ordinal: int, clock: int) -> int:
        table = self.days.table(ordinal)
        offset = ordinal - table.first
        place = table.before[offset] * self._day_length
        if table.worked[offset]:
            for opens, closes in self._spans:
                if clock <= opens:
                    break
                place += min(clock, closes) - opens
        return place

    def _at(self, place: int, *, opening: bool) -> datetime:
        """The instant at a place on the line.

        A closing time and the next opening are the same place; `opening` chooses the latter.
        """
        count, rest = divmod(place, self._day_length)
        if not opening and rest == 0:
            count, rest = count - 1, self._day_length
        for opens, closes in self._spans:
            length = closes - opens
            if rest < length or (rest == length and not opening):
                break
            rest -= length
        seconds, micro = divmod(opens + rest, _SECOND)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        day = date.fromordinal(self.days.day(count))
        return datetime(day.year, day.month, day.day, hour, minute, second, micro, tzinfo=self.zone)

    def _between(self, begin: datetime, end: datetime) -> int:
        return self._place(*self._split(end)) - self._place(*self._split(begin))

    def _later(
        self, due: datetime, paused: datetime, resumed: datetime, *, opening: bool
    ) -> datetime:
        """`due`, moved by the working time of a pause that began before it."""
        if paused >= due or resumed <= paused:
            return self._local(due)
        place = self._place(*self._split(due)) + self._between(paused, resumed)
        return self._at(place, opening=opening)

    # -- clock time ---------------------------------------------------------------------------

    def _clock_due(self, start: datetime, limit: Limit, pauses: list[Pause]) -> datetime:
        if limit.measure == "d":
            due = self._local(start) + timedelta(days=limit.amount)
        else:
            due = self._plus(start, timedelta(hours=limit.amount))
        for begin, end in pauses:
            begin = max(begin, start)
            if begin < due and end > begin:
                due = self._plus(due, end - begin)
        return due

    def _plus(self, at: datetime, length: timedelta) -> datetime:
        """An instant later by a length of real time, also where clocks change."""
        utc = self._local(at).astimezone(ZoneInfo("UTC"))
        return (utc + length).astimezone(self.zone)


def _of_day(clock: time) -> int:
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return seconds * _SECOND + clock.microsecond


def _merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses in order, with those that overlap made one, so that no time is given twice."""
    merged: list[Pause] = []
    for begin, end in sorted(pauses):
        if end < begin:
            raise ValueError(f"A pause ends before it begins: {begin} to {end}")
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
