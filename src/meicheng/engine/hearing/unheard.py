"""Places from which less is heard than the problems seen there would lead to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import gamma

LOOKS = 20.0  # looks that weigh as much as what is known of the whole city
SURE = 0.9  # of the interval
QUIET_BELOW = 0.8  # of what is expected; whose interval ends below it is not heard


@dataclass(frozen=True)
class Place:
    """A place: its people, what they reported, and at how many looks of inspectors something failed."""

    name: str
    people: int
    reports: int
    looks: int
    failed: int


@dataclass(frozen=True)
class Heard:
    """How much is heard of a place: reports for each that is expected, with an interval."""

    place: Place
    per_thousand: float
    problems: float  # share of looks that failed, drawn towards the city's where few were made
    expected: float
    ratio: float
    low: float
    high: float

    @property
    def quiet(self) -> bool:
        """Whether surely less is heard than expected."""
        return self.high < QUIET_BELOW


def heard_places(places: Sequence[Place]) -> list[Heard]:
    """How much is heard of each place, the quietest first; those without people are left out.

    The share of failed looks p is drawn towards the city's P: (failed + 20 P) / (looks + 20).
    Reports are expected by people and by problems: E = people · p · c, where c makes the sum of all
    E the sum of all reports. The ratio of reports to E is drawn towards 1 by a gamma prior whose
    variance is what the places differ by beyond chance (empirical Bayes by moments: Marshall 1991,
    Appl. Stat. 40, 283–294; Clayton and Kaldor 1987, Biometrics 43, 671–681); the interval is that
    of the gamma distribution after it, 90 % of it.

    Two places alike in people and problems of which one reports twelve times as much:

    >>> quiet, loud = heard_places([Place("A", 5000, 10, 100, 30), Place("B", 5000, 120, 100, 30)])
    >>> quiet.place.name, quiet.expected, round(quiet.ratio, 2), quiet.quiet, loud.quiet
    ('A', 65.0, 0.17, True, False)
    """
    places = sorted((one for one in places if one.people > 0), key=lambda one: one.name)
    reports, people = sum(one.reports for one in places), sum(one.people for one in places)
    if not reports or not people:
        return []
    looks = sum(one.looks for one in places)
    usual = sum(one.failed for one in places) / looks if looks else 0.0
    problems = [
        (one.failed + LOOKS * usual) / (one.looks + LOOKS) if usual else 1.0 for one in places
    ]
    weights = [one.people * share for one, share in zip(places, problems, strict=True)]
    expected = [reports * weight / sum(weights) for weight in weights]
    between = _between([one.reports for one in places], expected)
    found = []
    for one, share, lead in zip(places, problems, expected, strict=True):
        shape, rate = (1 / between + one.reports, 1 / between + lead) if between else (0.0, 1.0)
        low, high = gamma.interval(SURE, shape, scale=1 / rate) if between else (1.0, 1.0)
        found.append(
            Heard(
                one,
                per_thousand=1000 * one.reports / one.people,
                problems=share if usual else 0.0,
                expected=round(lead, 4),
                ratio=shape / rate if between else 1.0,
                low=float(low),
                high=float(high),
            )
        )
    return sorted(found, key=lambda one: (one.ratio, one.place.name))


def _between(reports: Sequence[int], expected: Sequence[float]) -> float:
    """The variance of the true ratios between places: what is left of the spread beyond chance."""
    total = sum(expected)
    spread = sum(
        lead * (count / lead - 1) ** 2
        for count, lead in zip(reports, expected, strict=True)
        if lead
    )
    return max(0.0, spread / total - len(expected) / total)
