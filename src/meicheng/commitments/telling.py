"""Commitments in words: the figure with what it is measured in, how it stands and why, the line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meicheng.tables.charts import Chart, Series
from meicheng.tables.charts import Line as Across

from .actions import PER_CENT
from .judging import Read, Standing, path_at
from .models import Commitment, Reading
from .queries import Line


def unit_of(one: Commitment) -> str:
    """What its figure is measured in; "" for a number without a unit."""
    if one.metric in PER_CENT:
        return "%"
    if one.metric == Commitment.Metric.OPEN:
        return _("cases")
    if one.metric == Commitment.Metric.MARKS:
        return _("marks")
    if one.metric == Commitment.Metric.FIGURE:
        return ""
    return one.measured_in


def shown(one: Commitment, value: float | None) -> str:
    """A value with what it is measured in: 95.3 %, 12 cases; a dash for none."""
    if value is None:
        return "–"
    number = number_format(round(value, 1), 0 if float(round(value, 1)).is_integer() else 1,
                           use_l10n=True, force_grouping=True)  # fmt: skip
    unit = unit_of(one)
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()


def figure_of(one: Commitment) -> str:
    """What is promised, as “at least 95%”."""
    return f"{one.get_direction_display()} {shown(one, one.figure)}"


def tracked_by(one: Commitment) -> str:
    """What the value is, with the kind, standard, figure or list that it is of."""
    more = [
        one.kind.name if one.kind else "",
        one.framework.name if one.framework else "",
        one.part,
        one.item.name if one.item else "",
        one.problem_list.title if one.problem_list else "",
    ]
    return " · ".join([str(one.get_metric_display()), *[part for part in more if part]])


def interval_of(one: Commitment, read: Read | None) -> str:
    """The interval of a value in words; "" where there is none."""
    if read is None or read.low is None or read.high is None:
        return ""
    return _("95 %% interval %(low)s to %(high)s") % {
        "low": shown(one, read.low),
        "high": shown(one, read.high),
    }


def state_of(line: Line) -> tuple[str, str, str]:
    """How it stands or ended: a code, its word, and the colour of its sign."""
    one = line.promise
    if one.outcome:
        colour = {"kept": "", "broken": "late"}.get(one.outcome, "grey")
        return one.outcome, str(one.get_outcome_display()), colour
    state = line.standing.state
    names = {
        "planned": pgettext("commitment", "Not begun"),
        "on_track": _("On track"),
        "behind": _("Behind"),
        "untold": _("Cannot be told"),
    }
    colours = {"planned": "grey", "on_track": "", "behind": "watch", "untold": "grey"}
    return state, names[state], colours[state]


def why(line: Line) -> str:
    """Why it stands so, as a sentence."""
    one, stands = line.promise, line.standing
    if one.outcome:
        return _stated(one)
    read = stands.read
    if stands.state == "planned":
        return _("It begins on %(day)s.") % {"day": _day(one.start)}
    if stands.why == "no_value" or read is None:
        return _("There is no value yet to judge by.")
    if stands.why == "old":
        return _("The last value is of %(day)s: enter a newer one.") % {"day": _day(read.day)}
    if stands.why == "no_beginning":
        return _("It falls short of the figure, and how it stood at the beginning is not known.")
    said = {
        "day": _day(read.day),
        "value": shown(one, read.value),
        "path": shown(one, stands.path),
    }
    if stands.why == "chance":
        words = _("On %(day)s it stood at %(value)s. The straight path asks for %(path)s by then; "
                  "the difference is within chance.")  # fmt: skip
        return words % said
    if stands.path == one.figure and stands.state == "on_track":
        return _("On %(day)s it stood at %(value)s, as good as promised.") % said
    return (
        _("On %(day)s it stood at %(value)s; the straight path asks for %(path)s by then.") % said
    )


def _stated(one: Commitment) -> str:
    read = one.stated_from
    if one.outcome == Commitment.Outcome.WITHDRAWN:
        return _("It was withdrawn before its date.")
    if read is None or read.value is None:
        return _("There was no value to judge by at its date.")
    said = {"day": _day(read.day), "value": shown(one, read.value), "figure": figure_of(one)}
    if one.outcome == Commitment.Outcome.UNTOLD:
        return (
            _("On %(day)s it stood at %(value)s: short of the figure by no more than chance.")
            % said
        )
    return _("On %(day)s it stood at %(value)s; promised was %(figure)s.") % said


def _day(day: object) -> str:
    return date_format(day, "DATE_FORMAT")  # type: ignore[arg-type]


def course(one: Commitment, readings: Sequence[Reading], stands: Standing) -> Chart | None:
    """The readings beside the straight path, and the figure across; None without a value."""
    known = [read for read in readings if read.value is not None]
    if not known or known[0].value is None:
        return None
    beginning = known[0].value
    values = [read.value for read in known]
    ends = [
        None if read.low is None or read.high is None else (read.low, read.high) for read in known
    ]
    path = [path_at(one, beginning, read.day) for read in known]
    days = [f"{read.day:%Y-%m-%d}" for read in known]
    for day in _to_come(one, known):  # the path runs on to the date
        days.append(f"{day:%Y-%m-%d}")
        path.append(path_at(one, beginning, day))
        values.append(None)
        ends.append(None)
    return Chart(
        kind="lines",
        title=_("How it stood since the beginning"),
        says=why(Line(one, stands)),
        labels_are=_("End of the day"),
        labels=days,
        series=[
            Series(_("Value"), values, ends if any(ends) else ()),
            Series(_("Straight path"), path, look="light"),
        ],
        unit=unit_of(one),
        lines=[Across(one.figure, figure_of(one))],
    )


def _to_come(one: Commitment, known: Sequence[Reading]) -> list[date]:
    """The days from the last value to the date, as far apart as the values before: labels of a
    chart stand side by side whatever lies between them."""
    last = known[-1].day
    gaps = sorted((after.day - read.day).days for read, after in pairwise(known))
    step = timedelta(days=max(7, gaps[len(gaps) // 2] if gaps else 7, (one.due - last).days // 60))
    found = []
    while (last := last + step) < one.due:
        found.append(last)
    return [*found, one.due] if known[-1].day < one.due else []
