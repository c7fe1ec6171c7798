"""Marks month by month, and what may be said of their course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.engine.frameworks import Crosswalk
from meicheng.engine.scoring import Assessment
from meicheng.engine.scoring.change import Difference, difference
from meicheng.engine.scoring.trend import Trend as Course
from meicheng.engine.scoring.trend import seasonal_trend
from meicheng.places.models import Division
from meicheng.places.time import month_of
from meicheng.standards.models import Framework
from meicheng.tables.charts import Chart, Series

from .editions import before_of, carried_marks
from .over import marks_over
from .periods import Period, between, month_period, months_earlier, parse_period, year_before
from .queries import assess, known_of

MONTHS = 36


@dataclass(frozen=True)
class Part:
    """What a trend is of: the whole standard, one of its nodes or one of its criteria."""

    node: str = ""
    criterion: str = ""
    name: str = ""


@dataclass(frozen=True)
class MonthMark:
    """The marks of a part in one month; the estimate is None where nothing is known.

    carried: they are those of the edition before, in this one's terms.
    """

    month: int
    marks: float | None
    strict: float
    coverage: float
    carried: bool = False


@dataclass(frozen=True)
class Trend:
    """Marks by month, oldest first, and for each month those of the year before."""

    part: Part
    full_marks: float
    months: tuple[MonthMark, ...]
    year_before: tuple[float | None, ...]
    edition_before: str = ""  # from which months were carried

    @property
    def known(self) -> list[MonthMark]:
        """The months of which something is known."""
        return [one for one in self.months if one.marks is not None]


def trend(framework: Framework, division: Division, part: Part, *, last: int) -> Trend:
    """The marks of `part` in the MONTHS months up to `last`, with the year before for each.

    Read from tallies, so without intervals: a month's sample is small, and its luck shows as
    unrest in the line.
    """
    months = months_up_to(last, MONTHS + 12)
    found = _marks(framework, division, part, months)
    earlier = None if part.node or part.criterion else before_of(framework)
    if earlier is not None:
        found = _carried_on(framework, division, found, *earlier)
    shown = found[12:]
    first = assess(framework, month_period(last), division, by_site=False)
    return Trend(
        part=part,
        full_marks=_full_marks(first, part),
        months=tuple(shown),
        year_before=tuple(one.marks for one in found[: len(shown)]),
        edition_before=earlier[0].edition if earlier and any(m.carried for m in found) else "",
    )


def verdict_of(found: Trend) -> Course | None:
    """Whether the marks rise or fall by more than chance, each month against its own kind."""
    return seasonal_trend([(one.month, one.marks or 0.0) for one in comparable(found)])


def comparable(found: Trend) -> list[MonthMark]:
    """The months that speak of much the same as the last one: two thirds of its coverage.

    A month that knew a fifth of the standard has the marks of that fifth; held against a month
    that knew all of it, the change of what was looked at would pass for a change of the city.
    """
    enough = found.months[-1].coverage * 2 / 3
    return [one for one in found.known if one.coverage >= enough]


def verdict_words(test: Course | None) -> str:
    """The verdict of the test as an officer would say it."""
    if test is None:
        return _(
            "Too few months are known to test the course: each month is compared with the same "
            "month of other years, and ten such pairs are needed."
        )
    words = {"slope": abs(test.per_year), "p": chance_words(test.chance)}
    if test.real and test.per_year > 0:
        return _("Rises by %(slope).1f marks a year; that is more than chance (%(p)s).") % words
    if test.real and test.per_year < 0:
        return _("Falls by %(slope).1f marks a year; that is more than chance (%(p)s).") % words
    return _("No change that chance could not make (%(p)s).") % words


def chance_words(chance: float) -> str:
    """A chance as it is written in brackets: p = 0.03, p < 0.001."""
    return (
        "p < 0.001"
        if chance < 0.001
        else f"p = {chance:.3f}"
        if chance < 0.1
        else f"p = {chance:.2f}"
    )


def against_last_year(
    framework: Framework, period: Period, division: Division
) -> Difference | None:
    """The whole standard's marks in a period less those of the same period a year before."""
    return difference(
        framework.document,
        known_of(framework, period, division).evidence,
        known_of(framework, a_year_before(period), division).evidence,
    )


def difference_words(found: Difference | None, period: Period) -> str:
    """The change against the year before as an officer would say it."""
    before = a_year_before(period).words
    if found is None:
        return _("%(period)s cannot be compared with %(before)s: they know nothing in common.") % {
            "period": period.words,
            "before": before,
        }
    words = {"period": period.words, "before": before, "marks": f"{found.marks:+.1f}"}
    if found.interval is None:
        return (
            _("%(period)s against %(before)s: %(marks)s marks; no interval, too few sampled sites.")
            % words
        )
    words |= {"low": f"{found.interval[0]:+.1f}", "high": f"{found.interval[1]:+.1f}"}
    if found.real:
        return (
            _(
                "%(period)s against %(before)s: %(marks)s marks (95 %% interval %(low)s to %(high)s); "
                "more than the choice of sites could make."
            )
            % words
        )
    return (
        _(
            "%(period)s against %(before)s: %(marks)s marks (95 %% interval %(low)s to %(high)s); "
            "the choice of sites alone could make as much."
        )
        % words
    )


def a_year_before(period: Period) -> Period:
    """The same period of the year before.

    >>> a_year_before(parse_period("2026Q3")).text
    '2025Q3'
    """
    if period.days is not None:
        return between(months_earlier(period.first_day, 12), year_before(period.last_day))
    return parse_period(f"{int(period.text[:4]) - 1}{period.text[4:]}")


def months_up_to(last: int, count: int) -> list[int]:
    """The `count` months that end with `last`, oldest first.

    >>> months_up_to(202602, 3)
    [202512, 202601, 202602]
    """
    index = last // 100 * 12 + last % 100 - 1
    return [one // 12 * 100 + one % 12 + 1 for one in range(index - count + 1, index + 1)]


def last_whole_month(period: Period) -> int:
    """The last month of the period that is over: a running month has only begun to be seen."""
    running = month_of(timezone.now())
    return min(period.last, months_up_to(running, 2)[0])


def compared(period: Period) -> Period:
    """All months that a trend up to this period compares, as one period."""
    months = months_up_to(last_whole_month(period), MONTHS + 12)
    return between(month_period(months[0]).first_day, month_period(months[-1]).last_day)


def of_part(result: Assessment, part: Part, month: int) -> MonthMark:
    """What an assessment says of a part."""
    if part.criterion:
        one = next(mark for mark in result.criteria if mark.code == part.criterion)
        return MonthMark(month, one.marks, one.marks or 0.0, 0.0 if one.missing else 1.0)
    if part.node:
        node = result.node(part.node)
        return MonthMark(month, node.marks, node.strict_marks, node.coverage)
    return MonthMark(month, result.marks, result.strict_marks, result.coverage)


def month_words(month: int) -> str:
    """A month as a reader says it."""
    return date_format(date(month // 100, month % 100, 1), "YEAR_MONTH_FORMAT")


def trend_charts(found: Trend, says: str) -> list[Chart]:
    """The marks by month beside those of the year before, and how much of them is known."""
    labels = [f"{one.month // 100}-{one.month % 100:02d}" for one in found.months]
    full = found.full_marks or 1.0
    carried = []
    if any(one.carried for one in found.months):
        name = _("Carried over from edition %(edition)s") % {"edition": found.edition_before}
        marks = [one.marks if one.carried else None for one in found.months]
        carried = [Series(name, marks, look="dotted")]
    return [
        Chart(
            kind="lines",
            title=_("Marks by month: %(part)s") % {"part": found.part.name},
            says=says,
            labels_are=_("Month"),
            labels=labels,
            series=[
                Series(_("Estimate"), [one.marks for one in found.months]),
                Series(_("Estimate a year before"), found.year_before, look="light"),
                *carried,
            ],
            unit=_("marks"),
        ),
        Chart(
            kind="lines",
            title=_("How much of it is proved: %(part)s") % {"part": found.part.name},
            says=coverage_words(found),
            labels_are=_("Month"),
            labels=labels,
            series=[
                Series(
                    _("Strict mark, of full marks"),
                    [one.strict / full * 100 for one in found.months],
                ),
                Series(_("Coverage"), [one.coverage * 100 for one in found.months], look="dotted"),
            ],
            unit="%",
            low=0,
            high=100,
        ),
    ]


def coverage_words(found: Trend) -> str:
    """How far the data cover the weight, from the poorest month to the last."""
    poorest = min(found.months, key=lambda one: one.coverage)
    return _(
        "Data covered %(last).0f %% of the weight in %(month)s; "
        "least in %(poorest)s, with %(least).0f %%."
    ) % {
        "last": found.months[-1].coverage * 100,
        "month": month_words(found.months[-1].month),
        "poorest": month_words(poorest.month),
        "least": poorest.coverage * 100,
    }


def course_words(found: Trend) -> str:
    """The course in a sentence: from where to where, the best and the poorest comparable month."""
    known = comparable(found)
    if not known:
        return _("Nothing is known of these months.")
    marks = [(one.marks or 0.0, one.month) for one in known]
    best, poorest = max(marks), min(marks)
    said = _(
        "%(first).1f marks in %(from)s, %(last).1f in %(to)s; "
        "best %(best).1f (%(best_month)s), lowest %(poorest).1f (%(poorest_month)s), "
        "of %(full).1f."
    ) % {
        "first": marks[0][0],
        "from": month_words(marks[0][1]),
        "last": marks[-1][0],
        "to": month_words(marks[-1][1]),
        "best": best[0],
        "best_month": month_words(best[1]),
        "poorest": poorest[0],
        "poorest_month": month_words(poorest[1]),
        "full": found.full_marks,
    }
    carried = sum(one.carried for one in found.months)
    if not carried:
        return said
    more = ngettext(
        "%(count)d month is carried over from edition %(edition)s by the crosswalk: what was measured under its rules.",
        "%(count)d months are carried over from edition %(edition)s by the crosswalk: what was measured under its rules.",
        carried,
    ) % {"count": carried, "edition": found.edition_before}
    return _("%(first)s %(second)s") % {"first": said, "second": more}


def _marks(
    framework: Framework, division: Division, part: Part, months: Sequence[int]
) -> list[MonthMark]:
    """The whole standard's months all at once (11 SQL), those of a part one by one."""
    if part.node or part.criterion:
        return [
            of_part(assess(framework, month_period(one), division, by_site=False), part, one)
            for one in months
        ]
    (over,) = marks_over([framework], months, [division])
    columns = (over.marks[:, 0], over.strict_marks[:, 0], over.coverage[:, 0])
    return [
        MonthMark(month, None if isnan(marks) else float(marks), float(strict), float(covered))
        for month, marks, strict, covered in zip(months, *columns, strict=True)
    ]


def _carried_on(
    framework: Framework,
    division: Division,
    found: Sequence[MonthMark],
    before: Framework,
    crosswalk: Crosswalk,
) -> list[MonthMark]:
    """The months, those of which the edition before knew more in this one's terms.

    11 SQL statements, and those of `assess` for each month of which it may have known more.
    """
    (old,) = marks_over([before], [one.month for one in found], [division])
    result = []
    for one, coverage in zip(found, old.coverage[:, 0], strict=True):
        carried = None
        if coverage > one.coverage:
            marks = assess(before, month_period(one.month), division, by_site=False)
            carried = carried_marks(crosswalk, framework, marks)
        if carried is not None and carried.coverage > one.coverage:
            one = MonthMark(one.month, carried.marks, carried.strict, carried.coverage, True)
        result.append(one)
    return result


def _full_marks(result: Assessment, part: Part) -> float:
    if part.criterion:
        return next(one.full_marks for one in result.criteria if one.code == part.criterion)
    return result.node(part.node).full_marks if part.node else result.full_marks
