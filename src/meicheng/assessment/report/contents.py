"""What the printed report says, whatever it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.engine.scoring import Assessment
from meicheng.ledger.models import Event
from meicheng.places.models import Division
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Framework

from ..cards import best_few
from ..naming import criterion_names, node_names, word
from ..periods import Period
from ..queries import assess
from ..trend import (
    Part,
    comparable,
    course_words,
    last_whole_month,
    trend,
    verdict_of,
    verdict_words,
)

MOST_LOSSES = 15


@dataclass(frozen=True)
class Section:
    """A heading with its paragraphs, a table, and a line over labels in order.

    widths: parts of the page's width, one for each column. numbers: columns set to the right.
    line: labels with a value each, None where nothing is known.
    """

    heading: str
    paragraphs: Sequence[str] = ()
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[float] = ()
    numbers: frozenset[int] = frozenset()
    line: Sequence[tuple[str, float | None]] = ()


@dataclass(frozen=True)
class Paper:
    """The whole report: its title, what it is of, and its sections."""

    title: str
    about: Sequence[str]
    sections: Sequence[Section] = field(default_factory=list)


def paper_of(framework: Framework, period: Period, division: Division) -> Paper:
    """The report of a place and period under a standard (SQL statements of its parts)."""
    result = assess(framework, period, division)
    head = Event.objects.order_by("-pk").values_list("hash", flat=True).first() or "–"
    about = [
        f"{framework.name} {framework.edition}",
        division.name,
        period.words,
        _("as known on %(day)s; head of the records %(head)s")
        % {
            "day": date_format(timezone.localdate(), "DATE_FORMAT"),
            "head": head[:16],
        },
    ]
    title = _("Assessment report: %(place)s") % {"place": division.name}
    if result.marks is None:
        nothing = _("Nothing is known of this place and period yet.")
        return Paper(title, about, [Section(_("Marks"), [nothing])])
    return Paper(
        title,
        about,
        [
            _total(framework, result),
            _parts(framework, result),
            _losses(framework, result),
            _places(framework, period, division, result),
            _course(framework, period, division),
            _steps(framework, period, division),
            _unknown(framework, result),
            _how(result),
        ],
    )


def _total(framework: Framework, result: Assessment) -> Section:
    marks = result.marks or 0.0
    words = {"marks": f"{marks:.1f}", "full": f"{result.full_marks:g}"}
    said = [_("Estimated marks: %(marks)s of %(full)s.") % words]
    if result.interval:
        ends = {"low": f"{result.interval[0]:.1f}", "high": f"{result.interval[1]:.1f}"}
        said.append(_("95 %% interval from sampled sites: %(low)s to %(high)s.") % ends)
    strict = {
        "strict": f"{result.strict_marks:.1f}",
        "coverage": f"{result.coverage:.0%}",
    }
    said.append(
        _("Counting what is missing as nothing: %(strict)s. Known is %(coverage)s of the weight.")
        % strict
    )
    if result.pass_probability is not None:
        chance = {
            "needed": f"{result.pass_at_least:g}",
            "chance": f"{result.pass_probability:.0%}",
        }
        said.append(_("Chance to reach the %(needed)s that are needed: %(chance)s.") % chance)
    if result.vetoes:
        names = "、".join(criterion_names(framework, result.vetoes))
        said.append(_("Ruled out by: %(names)s.") % {"names": names})
    else:
        said.append(_("No ruling-out event is on record."))
    return Section(_("Marks"), said)


def _parts(framework: Framework, result: Assessment) -> Section:
    names = node_names(framework)
    rows = [
        (
            names[node.code],
            f"{node.full_marks:.1f}",
            "–" if node.marks is None else f"{node.marks:.1f}",
            "–" if node.share is None else f"{node.share:.1%}",
            "–" if node.interval is None else f"{node.interval[0]:.1%}–{node.interval[1]:.1%}",
            f"{node.coverage:.0%}",
        )
        for node in result.nodes
        if node.parent is None and node.full_marks
    ]
    return Section(
        _("By part"),
        headings=[
            _("Part"),
            _("Full marks"),
            _("Score"),
            _("Share"),
            _("95 % interval"),
            _("Known"),
        ],
        rows=rows,
        widths=(0.34, 0.12, 0.12, 0.12, 0.2, 0.1),
        numbers=frozenset({1, 2, 3, 4, 5}),
    )


def _losses(framework: Framework, result: Assessment) -> Section:
    """The largest losses; with the line of all others they add up to the whole loss."""
    names = {row["code"]: row["name"] for _n, row in criteria_of(framework.document["nodes"])}
    losing = sorted((one for one in result.criteria if one.lost > 0), key=lambda one: -one.lost)
    rows = [
        (one.code, word(names[one.code]), f"{one.share:.1%}", f"{one.lost:.2f}")
        for one in losing[:MOST_LOSSES]
        if one.share is not None
    ]
    rest = sum(one.lost for one in losing[MOST_LOSSES:])
    total = sum(one.lost for one in losing)
    if rest:
        rows.append(("", _("all others"), "", f"{rest:.2f}"))
    rows.append(("", _("Total"), "", f"{total:.2f}"))
    return Section(
        _("Where marks are lost"),
        headings=[_("Criterion"), _("Name"), _("Share"), _("Marks lost")],
        rows=rows,
        widths=(0.12, 0.6, 0.13, 0.15),
        numbers=frozenset({2, 3}),
    )


def _places(
    framework: Framework, period: Period, division: Division, result: Assessment
) -> Section:
    """The places just below, in the order of their marks; where doubt covers it, none is claimed."""
    below = list(Division.objects.filter(parent=division).defer("outline").order_by("code"))[:40]
    found = [(one, assess(framework, period, one)) for one in below]
    found.sort(key=lambda pair: (pair[1].marks is None, -(pair[1].marks or 0.0), pair[0].code))
    rows = [
        (
            one.name,
            "–" if marks.marks is None else f"{marks.marks:.1f}",
            "–" if marks.interval is None else f"{marks.interval[0]:.1f}–{marks.interval[1]:.1f}",
            f"{marks.coverage:.0%}",
        )
        for one, marks in found
    ]
    said = [_("Places whose intervals overlap may stand in either order.")] if rows else [
        _("There is no place below this one.")
    ]  # fmt: skip
    return Section(
        _("By place"),
        said,
        headings=[_("Place"), _("Score"), _("95 % interval"), _("Known")],
        rows=rows,
        widths=(0.4, 0.18, 0.27, 0.15),
        numbers=frozenset({1, 2, 3}),
    )


def _course(framework: Framework, period: Period, division: Division) -> Section:
    found = trend(framework, division, Part(name=framework.name), last=last_whole_month(period))
    said = [course_words(found), verdict_words(verdict_of(found))]
    fit = comparable(found)
    if left_out := len(found.known) - len(fit):
        said.append(
            _(
                "%(months)d months are left out: less than two thirds as much was known of them"
                " as of the last one."
            )
            % {"months": left_out}
        )
    since = fit[0].month if fit else 0
    marks = {one.month: one.marks for one in fit}
    line = [
        (f"{one.month // 100}-{one.month % 100:02d}", marks.get(one.month))
        for one in found.months
        if one.month >= since
    ]
    return Section(_("Trend"), said, line=line)


def _steps(framework: Framework, period: Period, division: Division) -> Section:
    few = best_few(framework, period, division)
    rows = [
        (
            step.what,
            step.district.name if step.district else division.name,
            step.who,
            f"{step.measure.effort:.1f}",
            f"+{step.measure.gain:.2f}",
        )
        for step in few.steps
    ]
    said = []
    if few.gain is not None:
        words = {"count": len(rows), "gain": f"{few.gain.marks:.1f}"}
        said.append(_("These %(count)s together gain %(gain)s marks.") % words)
    return Section(
        _("What pays most"),
        said,
        headings=[
            _("Measure to take"), _("Place"), _("Unit"), _("Person-days"), _("Marks gained"),
        ],
        rows=rows,
        widths=(0.38, 0.14, 0.24, 0.12, 0.12),
        numbers=frozenset({3, 4}),
    )  # fmt: skip


def _unknown(framework: Framework, result: Assessment) -> Section:
    names = {row["code"]: row["name"] for _n, row in criteria_of(framework.document["nodes"])}
    rows = [
        (one.code, word(names[one.code]), f"{one.full_marks:.1f}")
        for one in result.criteria
        if one.missing and one.method != "veto"
    ]
    said = [] if rows else [_("Something is known of every criterion.")]
    return Section(
        _("What is not known"),
        said,
        headings=[_("Criterion"), _("Name"), _("Full marks")],
        rows=rows,
        widths=(0.15, 0.65, 0.2),
        numbers=frozenset({2}),
    )


def _how(result: Assessment) -> Section:
    words = {
        "observations": f"{sum(one.observations for one in result.criteria):,}",
        "sites": max((one.sites for one in result.criteria), default=0),
    }
    return Section(
        _("How this was reckoned"),
        [
            _(
                "From %(observations)s answers, figures, reviews and cases that serve the criteria;"
                " at most %(sites)s sites were sampled for one of them."
            )
            % words,
            _(
                "The estimate spreads the weight of what is missing over what is known; the strict"
                " mark counts it as nothing. The interval respects that the same sites serve many"
                " criteria. Only visits drawn with known chances estimate shares."
            ),
            _("It judges places, units and events, never people."),
        ],
    )
