"""How large a demo city is."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = 4  # two cases are split in two
Grid = tuple[int, int]  # columns and rows


@dataclass(frozen=True)
class Size:
    """Counts of everything; `reports` counts those joined to another's case too."""

    name: str
    subdistricts: tuple[Grid, Grid, Grid]  # of each district, in the order of `ground.DISTRICTS`
    communities: Grid  # of each subdistrict
    lanes: Grid  # upright and across in each community
    km: float  # length of a unit of the city's grid, which is 12 by 8 units
    sites: int
    reports: int
    joined: int  # reports that were joined to a case at once and have none of their own
    found: int  # cases that inspectors opened
    observations: int
    answers: int  # of a survey in a district in a quarter
    people: int  # who work in each unit of a district
    photographed: int  # cases with photographs, the latest
    scenes: int  # different pictures of each scene

    @property
    def cases(self) -> int:
        return self.reports - self.joined + self.found + PARTS


_ONE, _FOUR, _TWELVE = (1, 1), (2, 2), (4, 3)

SIZES = {
    size.name: size
    for size in (
        # For tests: everything occurs, nothing is often.
        Size("tiny", (_ONE, _ONE, _ONE), (2, 2), _ONE, 0.7, 130, 600, 30, 60, 9_000, 4, 1, 30, 1),
        Size("small", (_FOUR, _FOUR, (4, 1)), (2, 2), (3, 2), 1.0,
             2_000, 20_000, 1_400, 1_400, 200_000, 30, 2, 400, 3),
        Size("city", (_TWELVE, _TWELVE, (6, 2)), (3, 3), (2, 1), 2.4,
             20_000, 200_000, 14_000, 14_000, 2_000_000, 120, 3, 1_000, 4),
        Size("large", (_TWELVE, _TWELVE, (6, 2)), (4, 4), _ONE, 2.8,
             30_000, 1_000_000, 70_000, 70_000, 5_000_000, 200, 4, 2_000, 4),
    )
}  # fmt: skip
