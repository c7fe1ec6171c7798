"""Writing the month's bulletin from the counts, following official-document.yaml's parts."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.appraisal.months import before, bounds, current_month, last_day
from meicheng.appraisal.queries import Ranking, ranking, rules
from meicheng.assessment.queries import CityMarks, city_marks
from meicheng.cases.clock import calendar
from meicheng.engine.calendar import Limit
from meicheng.engine.ranking import Rate, told_apart
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind
from meicheng.voices.callbacks.queries import satisfaction

from .counts import KindCounts, Late, kinds_of, late_cases
from .facts import Bulletin, Figure, Figures, Section, Sentence
from .failures import Failing, failing_items
from .promises import promises

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
        _situation(figures, districts, city_marks(month), month),
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


def month_words(month: int) -> str:
    """The month as people write it: 2026年9月, September 2026."""
    return date_format(date(month // 100, month % 100, 1), "YEAR_MONTH_FORMAT")


def percent(share: float | None) -> str:
    """A share as printed, to one place."""
    return "–" if share is None else f"{share * 100:.1f}%"


def _cases(**query: object) -> str:
    return f"{reverse('cases:list')}?{urlencode({k: v for k, v in query.items() if v})}"


def _ranking_href(month: int) -> str:
    return f"{reverse('appraisal:ranking')}?{urlencode({'month': f'{month // 100}-{month % 100:02d}'})}"


def _month_query(month: int) -> dict[str, str]:
    return {
        "group": "all",
        "since": f"{bounds(month)[0]:%Y-%m-%d}",
        "until": f"{last_day(month):%Y-%m-%d}",
    }


def _situation(
    figures: Figures, districts: Ranking, marks: CityMarks | None, month: int
) -> Section:
    counts = districts.total.counts
    by_code = {cell.part.code: cell for cell in districts.total.cells}
    on_time, satisfied = by_code["on_time"], by_code["satisfied"]
    here = _ranking_href(month)
    add = figures.add
    sentences = [
        Sentence(
            _(
                "{received} problems were received in the month, {registered} were registered as "
                "cases and {closed} were closed."
            ),
            {
                "received": add(
                    f"{counts['received']:,}",
                    how=_("Cases by the month of their first report, joined ones included"),
                    href=_cases(**_month_query(month)),
                ),
                "registered": add(
                    f"{counts['registered']:,}", how=_("Cases registered in the month"), href=here
                ),
                "closed": add(
                    f"{counts['closed']:,}", how=_("Cases closed in the month"), href=here
                ),
            },
        ),
        Sentence(
            _("Of {due} cases that fell due, {on_time} were closed on time ({change})."),
            {
                "due": add(
                    f"{counts['due']:,}",
                    how=_("Dispatched cases whose limit ended in the month, up to now"),
                    href=here,
                ),
                "on_time": add(
                    percent(on_time.rate.share),
                    how=_("Closed, and reported done by the limit / fell due: %(h)s / %(n)s")
                    % {"h": f"{on_time.rate.hits:,}", "n": f"{on_time.rate.among:,}"},
                    href=here,
                ),
                "change": _change_words(on_time.change, on_time.real),
            },
        ),
    ]
    if satisfied.rate.among:
        low, high = satisfied.rate.interval or (0.0, 1.0)
        sentences.append(
            Sentence(
                _(
                    "Of {rated} people who rated the result {satisfied} were satisfied ({interval})."
                ),
                {
                    "rated": add(
                        f"{satisfied.rate.among:,}",
                        how=_("Closed cases with a rating, by the month of closing"),
                        href=here,
                    ),
                    "satisfied": add(
                        percent(satisfied.rate.share),
                        how=_("Ratings of 4 or 5 out of 5: %(h)s / %(n)s; Wilson's interval")
                        % {"h": satisfied.rate.hits, "n": satisfied.rate.among},
                        href=here,
                    ),
                    "interval": _("95 %% interval %(low)s to %(high)s")
                    % {"low": percent(low), "high": percent(high)},
                },
            )
        )
    voices = satisfaction(month)
    if voices.estimate is not None:
        sentences.append(
            Sentence(
                _(
                    "With {silent} people counted in who did not rate, of whom {called} were drawn "
                    "by lot and spoken to, {all} of all who were answered were satisfied ({interval})."
                ),
                {
                    "silent": add(
                        f"{voices.silent:,}",
                        how=_("Answered reports without a rating at the time of the draw"),
                        href=reverse("voices:satisfied"),
                    ),
                    "called": add(
                        f"{voices.called.among:,}",
                        how=_("Reached of %(n)s drawn") % {"n": voices.drawn},
                        href=reverse("voices:satisfied"),
                    ),
                    "all": add(
                        percent(voices.estimate.share),
                        how=_("Double sampling of those who did not rate (Hansen and Hurwitz)"),
                        href=reverse("voices:satisfied"),
                    ),
                    "interval": _("95 %% interval %(low)s to %(high)s")
                    % {
                        "low": percent(voices.estimate.low),
                        "high": percent(voices.estimate.high),
                    },
                },
            )
        )
    if marks is not None:
        sentences.append(
            Sentence(
                _(
                    "Under the %(standard)s the city stands at an estimated {marks} of %(full)s marks "
                    "({interval}); {coverage} of the standard's weight has data, and counting "
                    "what is missing as nothing it is {strict}."
                )
                % {"standard": marks.name, "full": f"{marks.full_marks:g}"},
                {
                    "marks": add(
                        f"{marks.marks:.1f}",
                        how=_("Marks by the standard's rules from the month's observations"),
                        href=marks.href,
                    ),
                    "interval": _("95 %% interval %(low).1f to %(high).1f")
                    % {"low": marks.interval[0], "high": marks.interval[1]}
                    if marks.interval
                    else _("no interval: too few sampled sites"),
                    "coverage": add(
                        percent(marks.coverage),
                        how=_("Weight of criteria with data / weight of all"),
                        href=marks.href,
                    ),
                    "strict": add(
                        f"{marks.strict_marks:.1f}",
                        how=_("The same with nothing for criteria without data"),
                        href=marks.href,
                    ),
                },
            )
        )
    return Section(heading=_("General situation"), sentences=sentences)


def _change_words(points: float | None, real: bool) -> str:
    if points is None:
        return _("no figure for the month before")
    if not real:
        return _("%(points)+.1f points on the month before, within chance") % {"points": points}
    if points > 0:
        return _("up %(points).1f points on the month before") % {"points": points}
    return _("down %(points).1f points on the month before") % {"points": -points}


def _achievements(
    figures: Figures,
    districts: Ranking,
    units: Ranking,
    kinds: list[KindCounts],
    month: int,
) -> Section:
    sentences = []
    here = _ranking_href(month)
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
        href=_cases(kind=kind.code, **_month_query(month)),
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
                            href=_cases(
                                **_month_query(month) | {"kind": kind.code, "group": "open"}
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
                        href=_cases(overdue=1),
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
