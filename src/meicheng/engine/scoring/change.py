"""Whether marks differ between two periods by more than the choice of sites could make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import erfc, sqrt
from typing import Any

from .evidence import Evidence
from .tree import Z95, sampled_parts, score
from .variance import total_variance

NONE: Mapping[str, float] = {}  # scored without intervals, which nobody reads here


@dataclass(frozen=True)
class Difference:
    """Marks now less marks before, over what both periods know.

    interval and chance (the two-sided p of no difference) are None where no sampled sites tell.
    left_out: criteria that only one of the periods knows; they do not count in the difference.
    """

    marks: float
    interval: tuple[float, float] | None
    chance: float | None
    left_out: tuple[str, ...]

    @property
    def real(self) -> bool:
        """Whether it is more than chance, at the 5 % level."""
        return self.chance is not None and self.chance < 0.05


def difference(
    document: Mapping[str, Any],
    now: Mapping[str, Evidence],
    before: Mapping[str, Evidence],
    population: Mapping[str, int] | None = None,
    *,
    everything: bool = False,
) -> Difference | None:
    """How much better the marks are now than before; None where the two know nothing in common.

    Only criteria that both periods know are compared, so that a gap that was filled is not taken
    for a gain; `everything` compares the whole marks all the same, for what is supposed and not
    seen (a document that would be filed does count). Sites that were looked at in both periods are the same sites: a site's contribution
    to the difference is z_i(now) − z_i(before), and the variance is that of these, within strata as
    in `total_variance`; so what is always bad at a site does not make the difference doubtful.

    Source: estimation of change from overlapping samples by linearisation, as in Kish, Survey
    Sampling (1965), 12.4.

    Worked example: two sites, worth 100, before 1 of 2 and 2 of 2, now 2 of 2 and 2 of 2: 75 → 100,
    +25; z before −12.5 and +12.5 (100 × (1 − 0.75 × 2)/4), now 0 and 0; V = 2/1 × (12.5² + 12.5²).
    """
    known, known_before = _known(document, now), _known(document, before)
    both = known & known_before
    if not both:
        return None
    ours = {code: found for code, found in now.items() if everything or code in both}
    theirs = {code: found for code, found in before.items() if everything or code in both}
    one, other = (score(document, found, variances=NONE) for found in (ours, theirs))
    assert one.marks is not None
    assert other.marks is not None
    marks = one.marks - other.marks
    parts = sampled_parts(document, ours)
    parts += [replace(part, marks=-part.marks) for part in sampled_parts(document, theirs)]
    variance = total_variance(parts, population) if parts else None
    left_out = () if everything else tuple(sorted(known ^ known_before))
    if variance is None:
        return Difference(marks, None, None, left_out)
    half = Z95 * sqrt(variance)
    if variance > 0:
        chance = erfc(abs(marks) / sqrt(2.0 * variance))
    else:
        chance = 1.0 if abs(marks) < 1e-9 else 0.0
    return Difference(marks, (marks - half, marks + half), chance, left_out)


def _known(document: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> set[str]:
    marks = score(document, evidence, variances=NONE).criteria
    return {one.code for one in marks if one.share is not None}
