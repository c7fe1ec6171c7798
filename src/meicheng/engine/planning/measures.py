"""Measures, what limits them, and the plan that is made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """Something that would raise the marks: what it gains, what it takes, and who does it.

    gain: marks in the standard's scale; efforts are person-days; `days` until it is done.
    choice: of measures with the same choice (half of the lanes, all lanes) one at most is taken.
    needs: codes of measures without which it cannot be done.
    """

    code: str
    gain: float
    effort: float
    unit: str = ""
    days: float = 0.0
    choice: str = ""
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.gain < 0 or self.effort < 0:
            raise ValueError(
                f"measure {self.code}: gain {self.gain:g}, effort {self.effort:g}; "
                "neither may be below 0"
            )


@dataclass(frozen=True)
class Limits:
    """What there is: person-days in all and by unit, and days until it must be done.

    A unit that is not named has as much as `unit_effort` says; None is no limit.
    """

    effort: float | None = None
    unit_effort: float | None = None
    units: Mapping[str, float] = field(default_factory=dict)
    days: float | None = None

    def of_unit(self, unit: str) -> float | None:
        """The person-days of one unit; None without a limit."""
        return self.units.get(unit, self.unit_effort)


@dataclass(frozen=True)
class Plan:
    """Measures chosen together; `proven` when no better choice exists."""

    measures: tuple[Measure, ...]
    proven: bool

    @property
    def gain(self) -> float:
        """Marks gained by all of them."""
        return sum(one.gain for one in self.measures)

    @property
    def effort(self) -> float:
        """Person-days that all of them take."""
        return sum(one.effort for one in self.measures)

    def effort_by_unit(self) -> dict[str, float]:
        """Person-days by unit."""
        return effort_by_unit(self.measures)


def effort_by_unit(measures: Iterable[Measure]) -> dict[str, float]:
    """Person-days by unit."""
    sums: dict[str, float] = defaultdict(float)
    for one in measures:
        sums[one.unit] += one.effort
    return dict(sums)


def checked(measures: Iterable[Measure], limits: Limits) -> list[Measure]:
    """The measures that can be done in time, those they need among them.

    Raises ValueError for a code given twice and for a need that no measure meets.
    """
    found: dict[str, Measure] = {}
    for one in measures:
        if one.code in found:
            raise ValueError(f"measure {one.code} is given twice")
        found[one.code] = one
    for one in found.values():
        for need in one.needs:
            if need not in found:
                raise ValueError(f"measure {one.code} needs {need}, which is not among them")
    possible = {
        code: one for code, one in found.items() if limits.days is None or one.days <= limits.days
    }
    while True:  # what needs something that cannot be done in time cannot be done either
        lost = [c for c, one in possible.items() if any(n not in possible for n in one.needs)]
        if not lost:
            return list(possible.values())
        for code in lost:
            del possible[code]
