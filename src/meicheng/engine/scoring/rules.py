"""Rules that turn evidence into a share of full marks between 0 and 1.

One pure function for each kind of the framework format; None means that nothing is known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import floor
from typing import Any

from .evidence import Evidence

Rule = Mapping[str, Any]
TINY = 1e-9  # figures such as 0.1 + 0.2 must meet 0.3


def pass_rate(passed: float, failed: float) -> float | None:
    """Answers that pass / answers that apply; those that do not apply are left out.

    >>> pass_rate(17, 3)
    0.85
    """
    return passed / (passed + failed) if passed + failed > 0 else None


def step_deduction(value: float, *, full_at: float, every: float, minus: float) -> float:
    """Share when each whole `every` short of `full_at` costs `minus`.

    Sorting coverage, "70 % or more scores 1, each 10 points less costs 0.2":

    >>> step_deduction(70, full_at=70, every=10, minus=0.2)
    1.0
    >>> step_deduction(45, full_at=70, every=10, minus=0.2)
    0.6

    Source: the ministry's trial indicators for urban management services (2020), item 7.
    """
    short = max(0.0, full_at - value)
    return max(0.0, 1.0 - minus * floor(short / every + TINY))


def linear(value: float, *, zero_at: float, full_at: float) -> float:
    """Share that rises evenly from 0 at `zero_at` to 1 at `full_at`, in either direction.

    >>> linear(90, zero_at=80, full_at=100), linear(57.5, zero_at=60, full_at=55)
    (0.5, 0.5)
    """
    return min(1.0, max(0.0, (value - zero_at) / (full_at - zero_at)))


def target(value: float, rule: Rule, yearly: Sequence[tuple[int, float]] = ()) -> float:
    """1 when the target is met, or moved the named way from the year before; else the partial.

    >>> target(92, {"at_least": 95, "partial": {"every": 5, "minus": 0.2}})   # not a whole 5 short
    1.0
    >>> target(8.1, {"at_most": 7.8, "or": "falling"}, [(2025, 8.4), (2026, 8.1)])
    1.0
    >>> target(97, {"equals": 100})
    0.0

    What misses an `equals` on either side is short by as much:

    >>> [target(x, {"equals": 100, "partial": {"linear_from": 80}}) for x in (95, 105, 120)]
    [0.75, 0.75, 0.0]
    """
    partial = rule.get("partial")
    if "equals" in rule:
        full = float(rule["equals"])
        met = abs(value - full) <= TINY
    elif "at_least" in rule:
        full = float(rule["at_least"])
        met = value >= full - TINY
    else:
        full = float(rule["at_most"])
        met = value <= full + TINY
    if met:
        return 1.0
    if "or" in rule and len(yearly) >= 2 and yearly[-1][0] - yearly[-2][0] == 1:
        change = yearly[-1][1] - yearly[-2][1]
        if (change > 0) if rule["or"] == "rising" else (change < 0):
            return 1.0
    if not partial:
        return 0.0
    short = abs(value - full)
    if "linear_from" in partial:
        return linear(short, zero_at=abs(full - float(partial["linear_from"])), full_at=0.0)
    return step_deduction(
        -short, full_at=0.0, every=float(partial["every"]), minus=float(partial["minus"])
    )


def trend(yearly: Sequence[tuple[int, float]], rule: Rule) -> float | None:
    """1 when the last `years` figures each moved the named way, else 0.

    `not_above_mean_of: 5` asks whether the latest is at most the mean of the five years before. None
    where a year that is asked for has no figure.

    >>> trend([(2024, 9.0), (2025, 8.5), (2026, 8.1)], {"direction": "falling", "years": 3})
    1.0
    >>> trend([(2024, 9.0), (2025, 9.0), (2026, 8.1)], {"direction": "falling", "years": 3})
    0.0
    >>> trend([(2024, 10.0), (2025, 8.0), (2026, 9.0)], {"not_above_mean_of": 2})
    1.0
    >>> trend([(2023, 10.0), (2025, 8.0), (2026, 9.0)], {"not_above_mean_of": 2})  # nothing of 2024
    """
    before = rule.get("not_above_mean_of")
    years = int(rule["years"] if before is None else before + 1)
    last = yearly[-years:]
    if len(last) < years or last[-1][0] - last[0][0] != years - 1:
        return None
    values = [value for _year, value in last]
    if before is not None:
        return 1.0 if values[-1] <= sum(values[:-1]) / before + TINY else 0.0
    falling = rule["direction"] == "falling"
    return 1.0 if all((b < a) if falling else (b > a) for a, b in pairwise(values)) else 0.0


def grade(value: float, steps: Sequence[Rule]) -> float:
    """The share of the first step whose condition holds, else 0.

    >>> steps = [{"share": 1, "above": 85}, {"share": 0.6, "above": 80}]
    >>> grade(90, steps), grade(85, steps), grade(80, steps)
    (1.0, 0.6, 0.0)
    """
    for step in steps:
        holds = (
            value >= step["needs"]
            if "needs" in step
            else value > step["above"]
            if "above" in step
            else value < step["below"]
        )
        if holds:
            return float(step["share"])
    return 0.0


def deduct(problems: float, rule: Rule, by_kind: Mapping[str, float] | None = None) -> float:
    """1 less what each problem found costs, never below 0.

    >>> round(deduct(3, {"per": 0.1}), 9)
    0.7
    >>> round(deduct(3, {"per": 0.02, "by_kind": {"burning": 0.05}}, {"burning": 1}), 9)  # 2×0.02+0.05
    0.91
    """
    return max(0.0, 1.0 - taken_off(problems, rule, by_kind or {}))


def taken_off(problems: float, rule: Rule, by_kind: Mapping[str, float]) -> float:
    """The share that problems cost, were it not cut at the whole; `by_kind` says of what kind they are.

    >>> round(taken_off(3, {"per": 0.02, "by_kind": {"burning": 0.05}}, {"burning": 1, "": 2}), 9)
    0.09
    """
    cost = sum(price(rule, kind) * count for kind, count in by_kind.items())
    return cost + float(rule["per"]) * (problems - sum(by_kind.values()))


def price(rule: Rule, kind: str) -> float:
    """The share that one problem of a kind of case costs: `per`, or the kind's own in `by_kind`.

    >>> rule = {"per": 0.02, "by_kind": {"burning": 0.05}}
    >>> price(rule, "burning"), price(rule, "litter")
    (0.05, 0.02)
    """
    prices: Mapping[str, float] = rule.get("by_kind") or {}
    return float(prices.get(kind, rule["per"]))


def share_of_answers(values: Mapping[str, float], counts: Mapping[str, float]) -> float | None:
    """Weighted mean of the answers; one that `counts` does not name is 0, `no_answer` is left out.

    6 very satisfied, 2 neutral, 2 dissatisfied: (6 × 1 + 2 × 0.5) / 10.

    >>> share_of_answers({"very_satisfied": 6, "neutral": 2, "dissatisfied": 2, "no_answer": 5},
    ...                  {"very_satisfied": 1, "satisfied": 0.8, "neutral": 0.5})
    0.7
    """
    answered = {code: weight for code, weight in values.items() if code != "no_answer"}
    total = sum(answered.values())
    if total <= 0:
        return None
    return sum(weight * counts.get(code, 0.0) for code, weight in answered.items()) / total


def materials(accepted: frozenset[str], needs: Sequence[str]) -> float:
    """Accepted materials / needed.

    >>> materials(frozenset({"plan", "minutes"}), ["plan", "minutes", "summary", "photos"])
    0.5
    """
    return sum(name in accepted for name in needs) / len(needs)


def rate(
    hits: float, among: float, rule: Rule, yearly: Sequence[tuple[int, float]] = ()
) -> float | None:
    """The rate itself, or the target's share of it as a percentage where the rule names one.

    `yearly` are the rates of past years in percent, for a target that may also be met by rising.

    >>> rate(19, 20, {}), rate(19, 20, {"at_least": 95})
    (0.95, 1.0)
    """
    if among <= 0:
        return None
    if any(name in rule for name in ("at_least", "at_most", "equals")):
        return target(100.0 * hits / among, rule, yearly)
    return hits / among


def _of_answers(evidence: Evidence, _rule: Rule) -> float | None:
    return pass_rate(evidence.values.get("yes", 0.0), evidence.values.get("no", 0.0))


def _of_target(evidence: Evidence, rule: Rule) -> float | None:
    return None if evidence.number is None else target(evidence.number, rule, evidence.yearly)


def _of_grade(evidence: Evidence, rule: Rule) -> float | None:
    return None if evidence.number is None else grade(evidence.number, rule["steps"])


def _of_deduct(evidence: Evidence, rule: Rule) -> float | None:
    if not evidence.observations:
        return None
    return deduct(evidence.problems, rule, evidence.problems_by_kind)


def _of_materials(evidence: Evidence, rule: Rule) -> float | None:
    return materials(evidence.accepted, rule["needs"]) if evidence.observations else None


def _of_rate(evidence: Evidence, rule: Rule) -> float | None:
    return None if evidence.rate is None else rate(*evidence.rate, rule, evidence.yearly)


SHARES: dict[str, Callable[[Evidence, Rule], float | None]] = {
    "pass_rate": _of_answers,
    "grade": _of_grade,
    "target": _of_target,
    "trend": lambda evidence, rule: trend(evidence.yearly, rule),
    "deduct": _of_deduct,
    "share_of_answers": lambda evidence, rule: share_of_answers(evidence.values, rule["counts"]),
    "rate": _of_rate,
    "materials": _of_materials,
}


def share(evidence: Evidence, rule: Rule) -> float | None:
    """The share of full marks by whatever kind the rule is; None where nothing is known."""
    return SHARES[rule["kind"]](evidence, rule)
