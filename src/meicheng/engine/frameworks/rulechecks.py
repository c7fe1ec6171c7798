"""What must hold between the fields of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from .format import BOUNDS, NO_ANSWER
from .located import Located
from .problems import Log, Where


def check_rule(rule: Mapping[str, Any], found: Located, log: Log) -> None:
    """Note what does not go together in a rule that has been read."""
    entries = found.value if isinstance(found.value, dict) else {}
    kind = rule["kind"]
    if kind in ("target", "rate"):
        _check_target(rule, entries, found.where, log, optional=kind == "rate")
    elif kind == "grade":
        _check_steps(rule, entries, log)
    elif kind == "trend":
        _check_trend(entries, found.where, log)
    elif kind == "share_of_answers" and NO_ANSWER in rule.get("counts", {}):
        log.add(
            entries["counts"].where,
            f"{NO_ANSWER} 不计入，不能给分",
            f"{NO_ANSWER} is left out and has no share; expected other answers",
        )


def _check_target(
    rule: Mapping[str, Any],
    entries: Mapping[str, Located],
    where: Where,
    log: Log,
    *,
    optional: bool,
) -> None:
    given = [name for name in BOUNDS if name in entries]
    if len(given) > 1 or (not given and not optional):
        log.add(
            where,
            "应在 at_least、at_most、equals 中选一个",
            "expected one of at_least, at_most and equals",
        )
    if not given and optional:
        for name in ("or", "partial"):
            if name in entries:
                log.add(
                    entries[name].where,
                    f"有 {name} 而没有目标值",
                    f"{name} without a target; expected at_least, at_most or equals with it",
                )
    partial = rule.get("partial")
    if partial is None or "partial" not in entries:
        return
    place = entries["partial"].where
    steps = {"every", "minus"} & partial.keys()
    if ("linear_from" in partial) == bool(steps) or len(steps) == 1:
        log.add(
            place,
            "部分得分应为 {linear_from: 60} 或 {every: 10, minus: 0.2}",
            "expected {linear_from: 60} or {every: 10, minus: 0.2}",
        )
        return
    start = partial.get("linear_from")
    if start is None or len(given) != 1 or given[0] not in rule:
        return
    goal = rule[given[0]]
    if (
        start == goal
        or (given[0] == "at_least" and start > goal)
        or (given[0] == "at_most" and start < goal)
    ):
        side = {"at_least": ("小于", "below"), "at_most": ("大于", "above")}
        zh, en = side.get(given[0], ("不等于", "other than"))
        log.add(
            place,
            f"linear_from 为 {start:g}；应{zh}目标值 {goal:g}",
            f"linear_from is {start:g}; expected it {en} the target {goal:g}",
        )


def _check_steps(rule: Mapping[str, Any], entries: Mapping[str, Located], log: Log) -> None:
    steps = rule.get("steps")
    if not steps or not isinstance(entries["steps"].value, list):
        return
    kinds = set()
    for step, entry in zip(steps, entries["steps"].value, strict=False):
        conditions = [name for name in ("needs", "above", "below") if name in step]
        if len(conditions) != 1:
            log.add(
                entry.where,
                "每一档应在 needs、above、below 中选一个",
                "expected one of needs, above and below in each step",
            )
        kinds.update(conditions)
    if len(kinds) > 1:
        log.add(
            entries["steps"].where,
            "各档应用同一种条件",
            "expected the same condition in all steps",
        )
        return
    shares = [step["share"] for step in steps if "share" in step]
    if any(later >= earlier for earlier, later in pairwise(shares)):
        log.add(
            entries["steps"].where,
            "各档得分应由高到低",
            "expected the steps from the highest share to the lowest",
        )
    bounds = [step[name] for name in kinds for step in steps if name in step]
    idle = any(later >= earlier for earlier, later in pairwise(bounds))
    if "below" in kinds:
        idle = any(later <= earlier for earlier, later in pairwise(bounds))
    if idle:
        log.add(
            entries["steps"].where,
            "有一档永远轮不到：前一档的条件更宽",
            "a step that never holds, as the one before it asks less; expected the hardest first",
        )


def _check_trend(entries: Mapping[str, Located], where: Where, log: Log) -> None:
    given = {name for name in ("direction", "years", "not_above_mean_of") if name in entries}
    if given not in ({"direction", "years"}, {"not_above_mean_of"}):
        log.add(
            where,
            "应为 direction 和 years，或 not_above_mean_of",
            "expected direction and years, or not_above_mean_of",
        )
