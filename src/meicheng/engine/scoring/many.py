"""A standard's tree over thousands of draws at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Weights of siblings, as many columns as siblings and one row for each draw (or one row for all).
Weights = Callable[[str, Sequence[float]], Floats]


def as_given(_node: str, weights: Sequence[float]) -> Floats:
    """The standard's own weights, the same in every draw."""
    return np.asarray([weights], dtype=float)


def marks_of_draws(
    document: Mapping[str, Any],
    shares: Mapping[str, Floats],
    weights: Weights = as_given,
) -> tuple[Floats, dict[str, Floats]]:
    """The estimated marks of every draw, and the share of every top node in every draw.

    `shares` gives each criterion's share in each draw, NaN where a draw knows nothing of it; a
    criterion that is not named is unknown. What is unknown is left out, as in `score`. Vetoes are
    taken not to have occurred.

    Two criteria of weights 3 and 1; in the second draw the second criterion is unknown:

    >>> tree = {"full_marks": 100, "nodes": [{"code": "1", "weight": 1, "criteria": [
    ...     {"code": "a", "weight": 3, "rule": {"kind": "pass_rate"}},
    ...     {"code": "b", "weight": 1, "rule": {"kind": "pass_rate"}}]}]}
    >>> marks_of_draws(tree, {"a": np.array([1, .8]), "b": np.array([0, np.nan])})[0].round(6).tolist()
    [75.0, 80.0]
    """
    draws = max((len(column) for column in shares.values()), default=1)
    tops = {node["code"]: _share(node, shares, weights, draws) for node in document["nodes"]}
    basic = [n for n in document["nodes"] if not n.get("bonus") and n.get("weight")]
    mean = _mean(
        [tops[node["code"]] for node in basic],
        weights("", [float(node["weight"]) for node in basic]),
        draws,
    )
    marks = mean * float(document["full_marks"])
    for node in document["nodes"]:
        if node.get("bonus"):
            marks = marks + float(node["weight"]) * np.nan_to_num(tops[node["code"]])
    return marks, tops


def _share(
    node: Mapping[str, Any], shares: Mapping[str, Floats], weights: Weights, draws: int
) -> Floats:
    """A node's share in every draw: the weighted mean of its parts that are known."""
    parts: list[tuple[float, Floats]] = []
    for child in node.get("children") or []:
        if child.get("weight"):
            parts.append((float(child["weight"]), _share(child, shares, weights, draws)))
    for criterion in node.get("criteria") or []:
        if criterion["rule"]["kind"] != "veto":
            known = shares.get(criterion["code"])
            column = np.full(draws, np.nan) if known is None else known
            parts.append((float(criterion["weight"]), column))
    if not parts:
        return np.full(draws, np.nan)
    drawn = weights(node["code"], [weight for weight, _column in parts])
    return _mean([column for _weight, column in parts], drawn, draws)


@dataclass(frozen=True)
class Rolled:
    """Marks of many places and periods at once; NaN in `marks` where nothing is known."""

    marks: Floats
    strict: Floats
    coverage: Floats


def score_many(
    document: Mapping[str, Any],
    shares: Mapping[str, Floats],
    ruled_out: Mapping[str, npt.NDArray[np.bool_]],
    count: int,
) -> Rolled:
    """The marks that `score` gives, for `count` columns of evidence at once, without intervals.

    `shares` gives each criterion's share in each column, NaN where it is not known; `ruled_out` says
    for a node's code, or "framework", where an event rules it out.

    Weights 3 and 1; in the second column the first criterion is unknown, in the third the node is
    ruled out:

    >>> tree = {"full_marks": 100, "nodes": [{"code": "1", "weight": 1, "criteria": [
    ...     {"code": "a", "weight": 3, "rule": {"kind": "pass_rate"}},
    ...     {"code": "b", "weight": 1, "rule": {"kind": "pass_rate"}}]}]}
    >>> known = {"a": np.array([1, np.nan, 1]), "b": np.array([0, 0.5, 1])}
    >>> rolled = score_many(tree, known, {"1": np.array([False, False, True])}, 3)
    >>> rolled.marks.tolist(), rolled.strict.tolist(), rolled.coverage.tolist()
    ([75.0, 50.0, 0.0], [75.0, 12.5, 0.0], [1.0, 0.25, 1.0])
    """
    full = float(document["full_marks"])
    marks, known, strict, coverage, bonus, extra = (np.zeros(count) for _ in range(6))
    basic = 0.0
    for node in document["nodes"]:
        weight = float(node.get("weight") or 0.0)
        one = _rolled(node, shares, ruled_out, count)
        if node.get("bonus"):
            bonus += weight * np.nan_to_num(one.marks)
            extra += weight * one.strict
            continue
        basic += weight
        marks += weight * np.nan_to_num(one.marks)
        known += weight * ~np.isnan(one.marks)
        strict += weight * one.strict
        coverage += weight * one.coverage
    if basic:
        strict, coverage = full * strict / basic, coverage / basic
    strict = strict + extra
    total = np.divide(full * marks, known, out=np.full(count, np.nan), where=known > 0) + bonus
    out = ruled_out.get("framework")
    if out is not None:
        total = np.where(out & ~np.isnan(total), 0.0, total)
        strict = np.where(out, 0.0, strict)
    return Rolled(total, strict, coverage)


def _rolled(
    node: Mapping[str, Any],
    shares: Mapping[str, Floats],
    ruled_out: Mapping[str, npt.NDArray[np.bool_]],
    count: int,
) -> Rolled:
    """A node's share (as `marks`), its strict share and its coverage, in every column."""
    summed, known, strict, coverage = (np.zeros(count) for _ in range(4))
    whole = 0.0
    for child in node.get("children") or []:
        weight = float(child.get("weight") or 0.0)
        if weight:
            one = _rolled(child, shares, ruled_out, count)
            whole += weight
            summed += weight * np.nan_to_num(one.marks)
            known += weight * ~np.isnan(one.marks)
            strict += weight * one.strict
            coverage += weight * one.coverage
    for criterion in node.get("criteria") or []:
        if criterion["rule"]["kind"] == "veto":
            continue
        weight = float(criterion["weight"])
        whole += weight
        column = shares.get(criterion["code"])
        if column is not None:
            part = weight * np.nan_to_num(column)
            here = weight * ~np.isnan(column)
            summed += part
            strict += part
            known += here
            coverage += here
    share = np.divide(summed, known, out=np.full(count, np.nan), where=known > 0)
    if whole:
        strict, coverage = strict / whole, coverage / whole
    out = ruled_out.get(node["code"])
    if out is not None:
        share, strict = np.where(out, 0.0, share), np.where(out, 0.0, strict)
    return Rolled(share, strict, coverage)


def _mean(columns: Sequence[Floats], weights: Floats, draws: int) -> Floats:
    values = np.stack([np.broadcast_to(column, (draws,)) for column in columns], axis=1)
    known = ~np.isnan(values)
    weight = (weights * known).sum(axis=1)
    total = (weights * np.nan_to_num(values)).sum(axis=1)
    means: Floats = np.divide(total, weight, out=np.full(draws, np.nan), where=weight > 0)
    return means
