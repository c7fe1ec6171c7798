"""Did it work? The change of some areas beside that of others, and when it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import nan

from .areas import Area
from .arrangements import Comparison, compare_groups

LEAST_BEFORE, LEAST_AFTER = 8, 4  # weeks
MOST_DOUBT = 0.025  # of each of the two checks, so that fair areas fail one in 5 % at most


class Verdict(StrEnum):
    """What can be said."""

    FEWER = "fewer"  # fewer than without it
    MORE = "more"
    NOT_SHOWN = "not_shown"  # the interval holds "no difference"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """Why it cannot be told."""

    NO_AREAS = "no_areas"  # nothing is known of the areas, or of any to compare with
    FEW_AREAS = "few_areas"
    FEW_WEEKS = "few_weeks"
    TRENDS_DIFFER = "trends_differ"
    PLACEBO = "placebo"


@dataclass(frozen=True)
class Finding:
    """The difference in differences, what was checked before it is believed, and the verdict.

    Rates are means over areas. effect: the change of the treated areas less that of the others.
    trends: by how much the treated areas' rate rose a week more than the others' before. placebo:
    the same difference for a beginning in the middle of the time before, when nothing was done.
    """

    treated_before: float
    treated_after: float
    others_before: float
    others_after: float
    effect: Comparison | None
    trends: Comparison | None
    placebo: Comparison | None
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    @property
    def expected(self) -> float:
        """The rate of the treated areas had they changed as the others did."""
        return self.treated_before + self.others_after - self.others_before

    @property
    def share(self) -> float | None:
        """The effect as a share of what was to be expected; None where that is not above 0."""
        if self.effect is None or not self.expected > 0:
            return None
        return self.effect.difference / self.expected


def judge(treated: Sequence[Area], others: Sequence[Area], *, began: int) -> Finding:
    """The change of the treated areas from week `began` on, beside the change of the others.

    Worked example: four areas fall from 6 to 3 a week, eight that are like them from 6 to 5; of
    the fall of 3, the others' 1 is not the measure's.

    >>> calm, quick = [1.0] * 12, [0.0, 1, -1, 0, 1, -1, 0, 0, 0, 1, -1, 0]
    >>> def area(code, after, wobble):
    ...     rates = [6 + wobble * q for q in quick] + [after + wobble * q for q in quick]
    ...     return Area(code, rates, calm * 2)
    >>> found = judge([area(f"t{i}", 3 - i / 10, i) for i in range(4)],
    ...               [area(f"o{i}", 5 + i / 10, i / 2) for i in range(8)], began=12)
    >>> round(found.effect.difference, 2), str(found.verdict)
    (-2.5, 'fewer')

    It cannot be told, and the reasons say so, where fewer areas or weeks are known than a 95 %
    interval needs, where the areas moved apart before anything was done, or where the same sum
    finds an "effect" in the time before.
    """
    ours = [one for one in treated if one.change(began) is not None]
    theirs = [one for one in others if one.change(began) is not None]
    if not ours or not theirs:
        early = any(len(one.events) <= began for one in (*treated, *others))
        reason = Reason.FEW_WEEKS if early and others else Reason.NO_AREAS
        return Finding(nan, nan, nan, nan, None, None, None, Verdict.CANNOT_TELL, (reason,))
    effect = compare_groups(_changes(ours, began), _changes(theirs, began))
    trends = _of_known([a.slope(began) for a in ours], [a.slope(began) for a in theirs])
    middle = began // 2
    placebo = _of_known(
        [a.change(middle, end=began) for a in ours], [a.change(middle, end=began) for a in theirs]
    )
    reasons = []
    weeks = min(len(one.events) for one in (*ours, *theirs))
    if began < LEAST_BEFORE or weeks - began < LEAST_AFTER:
        reasons.append(Reason.FEW_WEEKS)
    if not effect.bounded:
        reasons.append(Reason.FEW_AREAS)
    if trends is not None and trends.p <= MOST_DOUBT:
        reasons.append(Reason.TRENDS_DIFFER)
    if placebo is not None and placebo.p <= MOST_DOUBT:
        reasons.append(Reason.PLACEBO)
    if reasons:
        verdict = Verdict.CANNOT_TELL
    else:
        verdict = (Verdict.NOT_SHOWN, Verdict.MORE, Verdict.FEWER)[effect.sign]
    return Finding(
        treated_before=_mean(ours, 0, began),
        treated_after=_mean(ours, began, weeks),
        others_before=_mean(theirs, 0, began),
        others_after=_mean(theirs, began, weeks),
        effect=effect,
        trends=trends,
        placebo=placebo,
        verdict=verdict,
        reasons=tuple(reasons),
    )


def _changes(areas: Sequence[Area], began: int) -> list[float]:
    return [change for one in areas if (change := one.change(began)) is not None]


def _mean(areas: Sequence[Area], first: int, end: int) -> float:
    rates = [rate for one in areas if (rate := one.rate(first, end)) is not None]
    return sum(rates) / len(rates)


def _of_known(treated: Sequence[float | None], others: Sequence[float | None]) -> Comparison | None:
    ours = [value for value in treated if value is not None]
    theirs = [value for value in others if value is not None]
    return compare_groups(ours, theirs) if ours and theirs else None
