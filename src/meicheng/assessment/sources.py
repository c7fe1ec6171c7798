"""Where evidence comes from: what any source of observations offers, and the city's own database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Sum

from meicheng.places.models import Division

from .counted import (
    Counted,
    answers,
    cases,
    inside,
    problem_numbers,
    standing_observations,
)
from .latest import Figure, Review, Word, figures_of, reviews_of, words_of
from .periods import Period

# Weight of answers by item, site, its kind, its district and the value.
SiteAnswer = tuple[int, int, str, int | None, str, float]


class Source(Protocol):
    """Where the standing observations and counted cases of one place come from.

    Items are named by whole numbers, the same in all of it.
    """

    @property
    def period(self) -> Period:
        """The period asked for."""

    @property
    def path(self) -> str:
        """The place's path, with which the paths of all that lies in it begin."""

    def during(self, period: Period) -> Source:
        """The same place in another period."""

    def answers(self, by: Sequence[str]) -> Iterable[Counted]:
        """The sampled answers by columns of `Tally`."""

    def problem_numbers(self, items: Iterable[int]) -> Iterable[tuple[int, str | None, float]]:
        """Sums of the numbers of problems, unweighted, by item and kind of site."""

    def cases(self, names: Sequence[str]) -> dict[str, Counter[str]]:
        """The counts of cases by kind."""

    def figures(self, items: Iterable[int]) -> Mapping[int, list[Figure]]:
        """The place's own figures up to the period's end, by item."""

    def reviews(self, items: Mapping[int, tuple[str, str]]) -> Mapping[str, list[Review]]:
        """The place's own reviews of materials, in order, by criterion."""

    def words(self, items: Iterable[int]) -> list[Word]:
        """What was said of events, anywhere, in order."""


@dataclass(frozen=True)
class Database:
    """The source that is the city's own database."""

    period: Period
    division: Division

    @property
    def path(self) -> str:
        """The place's path."""
        return self.division.path

    def during(self, period: Period) -> Database:
        """The same place in another period."""
        return Database(period, self.division)

    def answers(self, by: Sequence[str]) -> Iterable[Counted]:
        """From the tallies, and for days from the observations (1 SQL, at most 3)."""
        return answers(self.period, self.division, by)

    def problem_numbers(self, items: Iterable[int]) -> Iterable[tuple[int, str | None, float]]:
        """From the observations (1 SQL)."""
        by = ["item_id", "site__kind_id"]
        found: Iterable[tuple[int, str | None, float]] = problem_numbers(
            self.period, self.division, items, by
        )
        return found

    def site_answers(self) -> Iterable[SiteAnswer]:
        """What was answered at each site, from the observations (1 SQL)."""
        rows = (
            standing_observations(self.period)
            .filter(site__isnull=False, value__in=["yes", "no", "na", ""], **inside(self.division))
            .values_list("item_id", "site_id", "site__kind_id", "division__district_id", "value")
            .annotate(Sum("weight"))
            .order_by()
        )
        # No cursor in the database: it would be planned for its first rows. There are at most as many
        # as items asked at sites.
        found: Iterable[SiteAnswer] = rows
        return found

    def cases(self, names: Sequence[str]) -> dict[str, Counter[str]]:
        """From the tallies of cases (1 SQL, at most 3)."""
        return cases(self.period, self.division, names)

    def figures(self, items: Iterable[int]) -> Mapping[int, list[Figure]]:
        """From the observations (1 SQL)."""
        found = figures_of(items, self.period, {"division": self.division})
        return {item: rows for (item, _division), rows in found.items()}

    def reviews(self, items: Mapping[int, tuple[str, str]]) -> Mapping[str, list[Review]]:
        """From the observations (1 SQL)."""
        found = reviews_of(items, self.period, {"division": self.division})
        return {criterion: rows for (criterion, _division), rows in found.items()}

    def words(self, items: Iterable[int]) -> list[Word]:
        """From the observations (1 SQL)."""
        return words_of(items, self.period)
