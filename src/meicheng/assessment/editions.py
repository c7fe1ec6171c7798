"""Marks across editions: the same observations under each, and old marks carried into the new one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meicheng.engine.frameworks import (
    Crosswalk,
    carried_across,
    framework_from,
    spread_over_criteria,
)
from meicheng.engine.scoring import Assessment, CriterionMark, NodeMark, score
from meicheng.engine.scoring.many import marks_of_draws
from meicheng.standards.crosswalks import between, edition_before
from meicheng.standards.models import Framework


@dataclass(frozen=True)
class CarriedMarks:
    """Marks of an earlier edition as the later one would write them.

    `coverage` is the share of the later one's weight that the earlier one's marks tell of.
    """

    marks: float
    full_marks: float
    coverage: float
    nodes: dict[str, float]  # shares of the top nodes of which something is known


def carried_marks(
    crosswalk: Crosswalk, framework: Framework, result: Assessment
) -> CarriedMarks | None:
    """The marks of an assessment under the edition before, in the terms of this one (no SQL).

    Shares go across the crosswalk by the weight they bring, a node's to everything below it; then
    the new tree is added up as always, over what is known. None where nothing goes across. See
    docs/scoring.md, “Editions”, for an example with its arithmetic.
    """
    parts: list[NodeMark | CriterionMark] = [*result.nodes, *result.criteria]
    carried = carried_across(
        crosswalk,
        {part.code: part.share for part in parts},
        {part.code: part.full_marks for part in parts},
    )
    shares = spread_over_criteria(framework_from(framework.document), carried)
    if not shares:
        return None
    empty = score(framework.document, {})
    weights = {mark.code: mark.full_marks for mark in empty.criteria if not mark.bonus}
    marks, tops = marks_of_draws(
        framework.document, {code: np.array([share]) for code, share in shares.items()}
    )
    total = float(marks[0])
    if np.isnan(total):
        return None  # nothing but a bonus goes across
    whole = sum(weights.values())
    return CarriedMarks(
        marks=total,
        full_marks=empty.full_marks,
        coverage=sum(weights.get(code, 0.0) for code in shares) / whole,
        nodes={code: float(share[0]) for code, share in tops.items() if not np.isnan(share[0])},
    )


def way_back(framework: Framework) -> list[tuple[Framework, Crosswalk]]:
    """The editions before this one, each with its crosswalk to the next, the nearest first.

    2 SQL statements for each edition; a circle of crosswalks, were there one, ends where it began.
    """
    found: list[tuple[Framework, Crosswalk]] = []
    seen = {framework.pk}
    at = framework
    while (before := edition_before(at)) is not None and before.pk not in seen:
        crosswalk = between(before, at)
        assert crosswalk is not None
        found.append((before, crosswalk))
        seen.add(before.pk)
        at = before
    return found
