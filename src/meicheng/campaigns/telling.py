"""What came of a campaign in plain words and charts, the doubtful kept doubtful."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from meicheng.engine.effects import Area, Comparison, Reason, Verdict
from meicheng.tables.charts import Chart, Line, Look, Series

from .effect import Effect
from .models import Campaign
from .queries import Account


def unit_of(effect: Effect) -> str:
    """What the rate is counted in."""
    if effect.outcome == "failed":
        return "%"
    if effect.per_residents:
        return _("cases a week by 100,000 residents")
    return _("cases a week by area")


def scale_of(effect: Effect) -> float:
    """What a rate is shown multiplied by: shares are shown in per cent."""
    return 100.0 if effect.outcome == "failed" else 1.0


def shown(value: float, places: int = 2) -> str:
    """A number in the reader's way."""
    # Django cuts digits off rather than rounding; adding 0 makes -0 a 0.
    return number_format(round(value, places) + 0.0, decimal_pos=places, use_l10n=True)


def verdict_words(effect: Effect) -> str:
    """The answer in one sentence."""
    found = effect.finding
    names = {
        Verdict.FEWER: _("It worked: there were fewer problems than there would have been without it."),
        Verdict.MORE: _("It did not work: there were more problems than there would have been without it."),
        Verdict.NOT_SHOWN: _("No effect can be shown: the difference may be chance."),
        Verdict.CANNOT_TELL: _("It cannot be told whether it worked."),
    }  # fmt: skip
    return names[found.verdict]


def size_words(effect: Effect) -> str:
    """By how much, with the interval; "" where there is nothing to compare."""
    found = effect.finding
    if found.effect is None or not found.effect.bounded:
        return ""
    scale = scale_of(effect)
    said = {
        "by": shown(scale * found.effect.difference),
        "low": shown(scale * found.effect.low),
        "high": shown(scale * found.effect.high),
        "unit": unit_of(effect),
    }
    words = _("Difference %(by)s %(unit)s (95 %% interval %(low)s to %(high)s)") % said
    if found.share is not None:
        share = {"share": shown(100 * abs(found.share), 0)}
        words += (
            _("; that is %(share)s %% less than was to be expected") % share
            if found.share < 0
            else _("; that is %(share)s %% more than was to be expected") % share
        )
    return words


def reason_words(effect: Effect) -> list[str]:
    """Why it cannot be told, and what would help."""
    names = {
        Reason.NO_AREAS: _("Nothing is known of these areas, or of any other to compare them with. A campaign in the whole city has none: hold it in some districts first."),
        Reason.FEW_AREAS: _("There are too few areas: the choice of %(ours)s among %(all)s could have been made in so few ways that none is beyond chance.")
        % {"ours": len(effect.treated), "all": len(effect.treated) + len(effect.others)},
        Reason.FEW_WEEKS: _("Too few weeks have passed: at least four after the beginning of rectification are needed."),
        Reason.TRENDS_DIFFER: _("The areas moved apart before anything was done, so what came after cannot be laid to the campaign. Choose areas that are more alike."),
        Reason.PLACEBO: _("The same sum finds an “effect” in the months before, when nothing was done, so it is not to be believed here."),
    }  # fmt: skip
    return [names[reason] for reason in effect.finding.reasons]


def check_words(effect: Effect) -> list[str]:
    """What was checked before the answer is believed."""
    found, scale = effect.finding, scale_of(effect)
    said = []
    if found.trends is not None:
        said.append(
            _("Before: the rate of these areas rose by %(by)s a week more than that of the others (p = %(p)s).")
            % {"by": shown(scale * found.trends.difference, 3), "p": shown(found.trends.p)}
        )  # fmt: skip
    if found.placebo is not None:
        said.append(
            _("Trial without a campaign, in the middle of the time before: difference %(by)s%(interval)s (p = %(p)s).")
            % {
                "by": shown(scale * found.placebo.difference),
                "interval": _interval(found.placebo, scale),
                "p": shown(found.placebo.p),
            }
        )  # fmt: skip
    if found.effect is not None:
        said.append(
            _("%(count)s ways of choosing as many areas were gone through.")
            % {"count": f"{found.effect.arrangements:,}"}
        )
    return said


def _interval(one: Comparison, scale: float) -> str:
    if not one.bounded:
        return ""
    return _(" (95 %% interval %(low)s to %(high)s)") % {
        "low": shown(scale * one.low),
        "high": shown(scale * one.high),
    }


def effect_chart(effect: Effect) -> Chart:
    """The campaign's areas and the others, week by week."""
    scale, found = scale_of(effect), effect.finding

    def course(areas: Sequence[Area]) -> list[float | None]:
        return [None if rate is None else scale * rate for rate in effect.course(areas)]

    return Chart(
        kind="lines",
        title=_("The campaign's areas and comparable ones"),
        says=_(
            "Before and since: areas of the campaign %(before)s and %(after)s, comparable areas %(other_before)s and %(other_after)s %(unit)s."
        )
        % {
            "before": shown(scale * found.treated_before),
            "after": shown(scale * found.treated_after),
            "other_before": shown(scale * found.others_before),
            "other_after": shown(scale * found.others_after),
            "unit": unit_of(effect),
        },
        labels_are=_("Week from"),
        labels=[f"{week:%Y-%m-%d}" for week in effect.weeks],
        lines=[Line(effect.began - 0.5, _("Rectification begins"), upright=True)],
        series=[
            Series(_("Areas of the campaign"), course(effect.treated)),
            Series(_("Comparable areas"), course(effect.others), look="light"),
        ],
        unit=unit_of(effect),
        low=0,
        places=2,
    )


def days_charts(campaign: Campaign, account: Account) -> list[Chart]:
    """Day by day: what was found and closed, what stood open and late, what was counted by hand."""
    days = account.days
    if not days:
        return []

    def drawn(title: str, says: str, series: list[Series]) -> Chart:
        labels = [f"{one.day:%Y-%m-%d}" for one in days]
        return Chart("lines", title, says, _("Day"), labels, series, low=0, places=0)

    found, solved = sum(one.found for one in days), sum(one.solved for one in days)
    last = days[-1]
    charts = [
        drawn(
            _("Day by day"),
            _("%(found)s found and %(solved)s closed in %(days)s days.")
            % {"found": found, "solved": solved, "days": len(days)},
            [
                Series(_("Cases found"), [one.found for one in days], look="light"),
                Series(_("Cases closed"), [one.solved for one in days]),
            ],
        ),
        drawn(
            _("Open at the end of each day"),
            _("At the end of the last day %(open)s were open, %(late)s of them late.")
            % {"open": last.open, "late": last.late},
            [
                Series(_("Open cases"), [one.open for one in days]),
                Series(_("Late cases"), [one.late for one in days], look="dotted"),
            ],
        ),
    ]
    if campaign.counted:
        sums = [sum(one.counted[n] or 0 for one in days) for n in range(len(campaign.counted))]
        parts = [f"{name} {total:,}" for name, total in zip(campaign.counted, sums, strict=True)]
        looks: list[Look] = ["strong", "light", "dotted"]
        series = [
            Series(name, [one.counted[number] for one in days], look=looks[number % 3])
            for number, name in enumerate(campaign.counted)
        ]
        words = _("In all: %(counts)s.") % {"counts": ", ".join(parts)}
        charts.append(drawn(_("Counted by hand"), words, series))
    return charts
