"""The two cards beside the marks: the few things that pay most, and what two shares would do."""

from __future__ import annotations

from dataclasses import dataclass

from meicheng.engine.planning import Limits, best_plan
from meicheng.engine.scoring import Difference, difference
from meicheng.engine.scoring.whatif import Change
from meicheng.places.models import Division
from meicheng.standards.models import Framework

from .measures import Step, steps_of
from .periods import Period
from .queries import assess
from .steps import USUAL_EFFORT
from .whatif import WhatIf, rules_of, what_if

FEW = 12
LEVERS = 2
AIM = 0.9  # what a share is supposed to reach, or a tenth more where it is higher


@dataclass(frozen=True)
class Few:
    """The measures that gain most of those that pay most, and what they gain together."""

    steps: tuple[Step, ...]
    gain: Difference | None


def best_few(framework: Framework, period: Period, division: Division) -> Few:
    """Of the best plan for the usual person-days the 12 measures that gain most (as `steps_of`)."""
    found = steps_of(framework, period, division)
    plan = best_plan([step.measure for step in found.steps], Limits(USUAL_EFFORT, None, {}, None))
    codes = {one.code for one in plan.measures}
    chosen = [step for step in found.steps if step.measure.code in codes]
    chosen.sort(key=lambda step: (-step.measure.gain, step.measure.code))
    chosen = chosen[:FEW]
    after = found.after(framework, chosen, year=period.last_day.year)
    known = found.known
    gain = difference(framework.document, after, known.evidence, known.population, everything=True)
    return Few(tuple(chosen), gain)


def two_levers(
    framework: Framework, period: Period, division: Division
) -> tuple[WhatIf, dict[str, Change]]:
    """What the marks were if the two shares of answers that lose most rose (SQL as `assess`)."""
    rules = rules_of(framework)
    losing = sorted(assess(framework, period, division).criteria, key=lambda one: -one.lost)
    changes = {
        one.code: Change(share=min(1.0, max(AIM, one.share + 0.1)))
        for one in losing
        if one.share is not None and one.lost > 0 and rules[one.code]["rule"]["kind"] == "pass_rate"
    }
    few = dict(list(changes.items())[:LEVERS])
    return what_if(framework, period, division, few), few
