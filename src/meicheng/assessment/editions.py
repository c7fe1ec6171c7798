"""Old marks carried into a later edition's terms, so that a trend runs on where a standard changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meicheng.engine.frameworks import (
    Crosswalk,
    carried_across,
    framework_from,
    spread_over_criteria,
)
from meicheng.engine.scoring import Assessment, CriterionMark, NodeMark
from meicheng.engine.scoring.many import score_many
from meicheng.standards.crosswalks import between, edition_before
from meicheng.standards.models import Framework


@dataclass(frozen=True)
class CarriedMarks:
    """Marks of an earlier edition as the later one would write them.

    `strict` has nothing for what does not go across; `coverage` is the share of the later one's weight
    that the earlier one's marks tell of.
    """

    marks: float
    strict: float
    coverage: float


def before_of(framework: Framework) -> tuple[Framework, Crosswalk] | None:
    """The edition before this one with the crosswalk from it; None without one (2 SQL at most)."""
    before = edition_before(framework)
    crosswalk = None if before is None else between(before, framework)
    return None if before is None or crosswalk is None else (before, crosswalk)


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
    columns = {code: np.array([share]) for code, share in shares.items()}
    rolled = score_many(framework.document, columns, {}, 1)
    marks = float(rolled.marks[0])
    if np.isnan(marks):
        return None
    return CarriedMarks(marks, float(rolled.strict[0]), float(rolled.coverage[0]))
