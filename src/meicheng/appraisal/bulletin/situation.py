"""How the month went: the bulletin's first part."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from meicheng.appraisal.queries import Ranking
from meicheng.assessment.queries import CityMarks
from meicheng.voices.callbacks.queries import satisfaction

from .facts import Figures, Section, Sentence
from .words import cases_href, month_query, percent, ranking_href


def situation(figures: Figures, districts: Ranking, marks: CityMarks | None, month: int) -> Section:
    counts = districts.total.counts
    by_code = {cell.part.code: cell for cell in districts.total.cells}
    on_time, satisfied = by_code["on_time"], by_code["satisfied"]
    here = ranking_href(month)
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
                    href=cases_href(**month_query(month)),
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
