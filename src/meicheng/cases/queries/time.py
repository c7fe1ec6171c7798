"""How much of its time a case has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.cases.clock import calendar
from meicheng.cases.models import FINAL_STATES, Case, Stage
from meicheng.engine.calendar import Limit


@dataclass(frozen=True)
class TimeLeft:
    """Time left until a case is due, in the limit's own time; negative when overdue.

    `used` is the share of the limit that is gone (1 when due). `stopped` says that the clock no
    longer runs: the work was reported done, or the case is suspended or finished.
    """

    left: timedelta
    used: float
    working: bool
    stopped: bool
    suspended: bool = False

    @property
    def late(self) -> bool:
        """Whether the limit was missed."""
        return self.left < timedelta()

    @property
    def tone(self) -> str:
        """The class of its bar: "late", "watch" from 80 % on, else ""."""
        if self.late:
            return "late"
        return "watch" if self.used >= 0.8 and not self.stopped else ""

    @property
    def percent(self) -> int:
        """The share used for a bar, 0 to 100."""
        return max(0, min(100, round(self.used * 100)))

    @property
    def words(self) -> str:
        """The same as a short sentence: "5 h 20 min overdue"."""
        span = span_words(abs(self.left), working=self.working)
        if self.late and self.stopped and not self.suspended:
            return _("done %(span)s late") % {"span": span}
        if self.late:
            return _("%(span)s overdue") % {"span": span}
        if self.suspended:
            return _("clock stopped, %(span)s left") % {"span": span}
        if self.stopped:
            return _("done with %(span)s to spare") % {"span": span}
        return _("%(span)s left") % {"span": span}


def span_words(span: timedelta, *, working: bool) -> str:
    """A length of time in words, in working days and hours where working time is meant."""
    minutes = int(span.total_seconds() // 60)
    day_length = _working_day_minutes() if working else 24 * 60
    days, rest = divmod(minutes, day_length)
    hours, minutes = divmod(rest, 60)
    if days:
        form = (
            ngettext("%(days)d working day %(hours)d h", "%(days)d working days %(hours)d h", days)
            if working
            else ngettext("%(days)d day %(hours)d h", "%(days)d days %(hours)d h", days)
        )
        return form % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


def time_left(case: Case, *, at: datetime) -> TimeLeft | None:
    """Time left of a dispatched case at an instant; None where no clock was started (no SQL).

    The clock stands still from the moment the work was reported done, and while a case is
    suspended.
    """
    if case.due_at is None:
        return None
    stop = case.resolved_at or case.suspended_at
    if stop is None and case.state in FINAL_STATES:
        stop = case.closed_at
    limit = Limit.parse(case.time_limit)
    left = calendar().remaining(stop or at, case.due_at, limit)
    return TimeLeft(
        left=left,
        used=1 - left / calendar().length(limit),
        working=limit.working,
        stopped=stop is not None,
        suspended=case.suspended_at is not None and case.resolved_at is None,
    )


def stage_time(stage: Stage, case: Case, *, at: datetime) -> TimeLeft:
    """Time left of one stage of a case, in the stage's own time (no SQL)."""
    limit = Limit.parse(stage.limit)
    stop = stage.done_at or case.suspended_at
    left = calendar().remaining(stop or at, stage.due_at, limit)
    return TimeLeft(
        left=left,
        used=1 - left / calendar().length(limit),
        working=limit.working,
        stopped=stop is not None,
        suspended=stage.done_at is None and case.suspended_at is not None,
    )


def _working_day_minutes() -> int:
    return int(calendar().day_length.total_seconds() // 60)
