"""Writing the month's bulletin from the counts, following official-document.yaml's parts."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.appraisal.months import before, current_month
from meicheng.appraisal.queries import Ranking, ranking, rules
from meicheng.assessment.queries import city_marks
from meicheng.cases.clock import calendar
from meicheng.engine.calendar import Limit
from meicheng.engine.ranking import Rate, told_apart
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind

from .counts import KindCounts, Late, kinds_of, late_cases
from .facts import Bulletin, Figure, Figures, Section, Sentence
from .failures import Failing, failing_items
from .promises import promises
from .situation import situation
from .words import cases_href, month_query, month_words, percent, ranking_href

GROUPS = {
    "infrastructure": ("facility", "publicity"),
    "management": ("appearance", "service", "safety"),
    "conduct": ("order",),
}


def write_bulletin(month: int, *, now: datetime | None = None) -> Bulletin:
    """The bulletin of a month (at most 28 SQL statements, whatever the number of cases).

    A running month is written up to now and says so.
    """
    now = now or timezone.now()
    figures = Figures()
    running = month >= current_month(now)
    districts = ranking(month, by="district", now=now)
    units = ranking(month, by="unit", now=now)
    kinds = kinds_of(month, now=now)
    clear_by = city_day(calendar().due(now, Limit.parse(f"{rules().overdue_days_to_clear}wd")))
    late = late_cases(now, clear_by)
    failing = failing_items(month)
    english = (get_language() or "").startswith("en")
    city = settings.CITY_NAME_EN if english else settings.CITY_NAME_ZH
    sections = [
        situation(figures, districts, city_marks(month), month),
        _achievements(figures, districts, units, [] if running else kinds, month),
        _shortcomings(figures, kinds, failing, month),
        Section(
            heading=_("Ranking of districts and units"),
            sentences=[_ranking_note(districts, units)],
            rankings=[districts, units],
        ),
        *promises(figures, month, now),
        _next_steps(figures, late, clear_by, failing),
    ]
    return Bulletin(
        month=month,
        title=_("Bulletin on keeping %(city)s a civilised and sanitary city, %(month)s")
        % {"city": city, "month": month_words(month)},
        addressees=_("People's governments of the districts, member units of the creation office:"),
        issuer=_("%(city)s Office for Building a Civilised City") % {"city": city},
        issued_on=city_day(now),
        running=running,
        sections=sections,
        problems=late.problems,
        problems_left=late.number - len(late.problems),
        figures=figures.all,
    )


def _achievements(
    figures: Figures,
    districts: Ranking,
    units: Ranking,
    kinds: list[KindCounts],
    month: int,
) -> Section:
    sentences = []
    here = ranking_href(month)
    for found in (districts, units):
        for row in found.rows:
            cell = row.cells[0]
            if cell.real and (cell.change or 0) > 0:
                sentences.append(
                    Sentence(
                        _("{name} closed {share} on time, up from {earlier}."),
                        {
                            "name": row.name,
                            "share": _rate_figure(figures, cell.rate, here),
                            "earlier": _rate_figure(figures, cell.earlier, here),
                        },
                    )
                )
    fallen = sorted(
        (
            (old - new, one.kind, new, old)
            for one in kinds
            for old, new in [(one.earlier["received"], one.this["received"])]
            # beyond chance: two counts differ by more than twice the root of their sum
            if old - new > 2 * (old + new) ** 0.5
        ),
        key=lambda row: -row[0],
    )
    for _fall, kind, now_count, earlier_count in fallen[:3]:
        sentences.append(
            Sentence(
                _("Reports of “{kind}” fell from {earlier} to {now}."),
                {
                    "kind": kind.name,
                    "earlier": _count_figure(figures, kind, before(month), earlier_count),
                    "now": _count_figure(figures, kind, month, now_count),
                },
            )
        )
    if not sentences:
        sentences.append(
            Sentence(
                _("No figure improved by more than chance compared with the month before."), {}
            )
        )
    return Section(heading=_("What was achieved"), sentences=sentences[:8])


def _rate_figure(figures: Figures, rate: Rate, href: str) -> Figure:
    return figures.add(
        percent(rate.share),
        how=_("Closed, and reported done by the limit / fell due: %(h)s / %(n)s")
        % {"h": f"{rate.hits:,}", "n": f"{rate.among:,}"},
        href=href,
    )


def _count_figure(figures: Figures, kind: CaseKind, month: int, count: int) -> Figure:
    return figures.add(
        f"{count:,}",
        how=_("Cases of “%(kind)s” received in %(month)s")
        % {"kind": kind.name, "month": month_words(month)},
        href=cases_href(kind=kind.code, **month_query(month)),
    )


def _shortcomings(
    figures: Figures,
    kinds: list[KindCounts],
    failing: list[Failing],
    month: int,
) -> Section:
    names = {
        "infrastructure": _("Infrastructure"),
        "management": _("Management and services"),
        "conduct": _("Conduct in public places"),
    }
    sections = []
    for code, groups in GROUPS.items():
        sentences = []
        ours = [one for one in kinds if one.kind.group in groups and one.this["received"]]
        for one in sorted(ours, key=lambda one: -one.this["received"])[:3]:
            kind = one.kind
            sentences.append(
                Sentence(
                    _("“{kind}”: {count} received, {open} of them not closed yet.{worse}")
                    if one.still_open
                    else _("“{kind}”: {count} received, all closed by now.{worse}"),
                    {
                        "kind": kind.name,
                        "count": _count_figure(figures, kind, month, one.this["received"]),
                        "open": figures.add(
                            f"{one.still_open:,}",
                            how=_(
                                "Of the cases of “%(kind)s” received in the month, those open now"
                            )
                            % {"kind": kind.name},
                            href=cases_href(
                                **month_query(month) | {"kind": kind.code, "group": "open"}
                            ),
                        )
                        if one.still_open
                        else "",
                        "worse": _(" On-time closing has changed by more than chance.")
                        if told_apart(one.on_time, one.on_time_earlier)
                        else "",
                    },
                )
            )
        for item in [one for one in failing if one.group in groups][:2]:
            low, high = item.rate.interval or (0.0, 1.0)
            sentences.append(
                Sentence(
                    _("On inspection, “{item}” failed at {share} of visits ({interval})."),
                    {
                        "item": item.name,
                        "share": figures.add(
                            percent(item.rate.share),
                            how=_("Sampled answers “no” / “yes” and “no”: %(h)s / %(n)s")
                            % {"h": item.rate.hits, "n": item.rate.among},
                            href=item.href,
                        ),
                        "interval": _("95 %% interval %(low)s to %(high)s")
                        % {"low": percent(low), "high": percent(high)},
                    },
                )
            )
        if sentences:
            sections.append(Section(heading=names[code], sentences=sentences))
    empty = [] if sections else [Sentence(_("Nothing was reported or found in the month."), {})]
    return Section(heading=_("Shortcomings"), sentences=empty, sections=sections)


def _ranking_note(districts: Ranking, units: Ranking) -> Sentence:
    if districts.tied or units.tied:
        return Sentence(
            _(
                "Marks are out of 100: on-time closing, redone cases and satisfaction by the weights "
                "of the appraisal. Where chance alone could have turned the order, the places that "
                "a row may hold are given as a range."
            ),
            {},
        )
    return Sentence(
        _(
            "Marks are out of 100: on-time closing, redone cases and satisfaction by the weights of "
            "the appraisal."
        ),
        {},
    )


def _next_steps(
    figures: Figures,
    late: Late,
    clear_by: date,
    failing: list[Failing],
) -> Section:
    sentences = []
    if late.number:
        sentences.append(
            Sentence(
                _("{late} cases are past their limit; they are to be done by {day}: {units}."),
                {
                    "late": figures.add(
                        f"{late.number:,}",
                        how=_("Open cases with a unit whose limit has run out, now"),
                        href=cases_href(overdue=1),
                    ),
                    "day": date_format(clear_by, "DATE_FORMAT"),
                    "units": _("; ").join(f"{unit.name} {count}" for unit, count in late.units[:8]),
                },
            )
        )
    for item in failing[:3]:
        if not item.role:
            continue
        sentences.append(
            Sentence(
                _(
                    "{role}: put right “{item}” at the {sites} sites where it failed, and look at like sites."
                ),
                {
                    "role": item.role,
                    "item": item.name,
                    "sites": figures.add(
                        f"{item.sites:,}",
                        how=_("Sites with a sampled answer “no” in the month"),
                        href=item.href,
                    ),
                },
            )
        )
    if not sentences:
        sentences.append(Sentence(_("No case is past its limit. Keep it so."), {}))
    return Section(heading=_("What is to be done"), sentences=sentences)
