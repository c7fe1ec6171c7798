"""The best plan, the greedy one beside it, and what more effort would buy."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from .measures import Limits, Measure, Plan, checked, effort_by_unit

TINY = 1e-9
SECONDS = 5.0  # the longest that one plan is sought; what was found by then is not proven


def best_plan(
    measures: Sequence[Measure], limits: Limits, *, cheapest_for: float | None = None
) -> Plan:
    """The measures that gain most within the limits; of equal gains, those that take least.

    With `cheapest_for` the other way round: the least effort that gains at least so many marks, or
    the plan of most gain where no choice gains so much.

    A binary choice x for every measure:

        max Σ gain·x   subject to   Σ effort·x ≤ effort in all,
        Σ effort·x ≤ a unit's effort, for each unit,
        Σ x ≤ 1 within a choice,   x ≤ x of what it needs

    solved by HiGHS to a gap of nothing; ties are broken by a price on effort that is too small to
    outweigh any gain worth speaking of (a millionth of the largest gain for all effort together).

    Source: Q. Huangfu, J. A. J. Hall, Parallelizing the dual revised simplex method, Mathematical
    Programming Computation 10 (2018), 119–142 (HiGHS).

    Worked example: efforts 6, 5, 5 and gains 7, 5, 5 within 10: the greedy list takes the first
    (7 marks, and then nothing fits), the best plan the other two (10 marks).
    """
    possible = checked(measures, limits)
    if not possible:
        return Plan((), proven=True)
    model = _model(possible, limits, cheapest_for)
    model.run()
    status = model.getModelStatus()
    if cheapest_for is not None and status == highspy.HighsModelStatus.kInfeasible:
        return best_plan(measures, limits)
    values = model.getSolution().col_value
    chosen = tuple(one for one, taken in zip(possible, values, strict=True) if taken > 0.5)
    return Plan(chosen, proven=status == highspy.HighsModelStatus.kOptimal)


def greedy_plan(measures: Sequence[Measure], limits: Limits) -> Plan:
    """What a person with a list would choose: most marks for each person-day first, what fits.

    A measure whose needs are not yet taken waits until they are.
    """
    waiting = sorted(
        checked(measures, limits), key=lambda one: (-one.gain / max(one.effort, TINY), one.code)
    )
    chosen: list[Measure] = []
    taken = True
    while taken:
        taken = False
        for one in waiting:
            codes = {other.code for other in chosen}
            choices = {other.choice for other in chosen if other.choice}
            if one.gain <= 0 or one.choice in choices or not codes.issuperset(one.needs):
                continue
            if _fits([*chosen, one], limits):
                chosen.append(one)
                waiting.remove(one)
                taken = True
                break
    return Plan(tuple(chosen), proven=False)


def front(measures: Sequence[Measure], limits: Limits, *, steps: int = 12) -> list[Plan]:
    """The best plan for each of `steps` efforts, evenly spread up to what all limits allow.

    The effort in all of `limits` does not count here; what a unit has and the time do. The first
    plan takes nothing.
    """
    free = Limits(None, limits.unit_effort, limits.units, limits.days)
    most = best_plan(measures, free)
    plans = [Plan((), proven=True)]
    for step in range(1, steps):
        effort = most.effort * step / steps
        plans.append(best_plan(measures, Limits(effort, free.unit_effort, free.units, free.days)))
    return [*plans, most]


def _fits(measures: Sequence[Measure], limits: Limits) -> bool:
    if limits.effort is not None and sum(m.effort for m in measures) > limits.effort + TINY:
        return False
    for unit, effort in effort_by_unit(measures).items():
        most = limits.of_unit(unit)
        if most is not None and effort > most + TINY:
            return False
    return True


class _Quiet(highspy.Highs):
    """HiGHS without its greeting, which it prints as soon as callbacks are enabled."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _model(
    measures: Sequence[Measure], limits: Limits, cheapest_for: float | None
) -> highspy.Highs:
    model = _Quiet()  # type: ignore[no-untyped-call]
    model.setOptionValue("threads", 1)
    model.setOptionValue("time_limit", SECONDS)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.0)
    infinity = highspy.kHighsInf
    gains = [one.gain for one in measures]
    efforts = [one.effort for one in measures]
    price = max(gains) * 1e-6 / max(sum(efforts), TINY)
    for gain, effort in zip(gains, efforts, strict=True):
        model.addVar(0.0, 1.0)
        column = model.getNumCol() - 1
        model.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        cost = effort if cheapest_for is not None else price * effort - gain
        model.changeColCost(column, cost)

    def at_most(bound: float, columns: Sequence[int], factors: Sequence[float]) -> None:
        model.addRow(
            -infinity,
            bound,
            len(columns),
            np.array(columns, dtype=np.int32),
            np.array(factors, dtype=np.float64),
        )

    everything = range(len(measures))
    if cheapest_for is not None:
        at_most(-cheapest_for, everything, [-gain for gain in gains])
    if limits.effort is not None:
        at_most(limits.effort, everything, efforts)
    for unit in sorted({one.unit for one in measures}):
        most = limits.of_unit(unit)
        ours = [i for i in everything if measures[i].unit == unit]
        if most is not None:
            at_most(most, ours, [efforts[i] for i in ours])
    for choice in sorted({one.choice for one in measures if one.choice}):
        ours = [i for i in everything if measures[i].choice == choice]
        at_most(1.0, ours, [1.0] * len(ours))
    position = {one.code: i for i, one in enumerate(measures)}
    for i, one in enumerate(measures):
        for need in one.needs:
            at_most(0.0, [i, position[need]], [1.0, -1.0])
    return model
