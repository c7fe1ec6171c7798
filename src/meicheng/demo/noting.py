"""Observations on their way into the ledger, with their tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meicheng.ledger.actions import TallyKey
from meicheng.ledger.models import Observation, Tally

from .bulk import Rows
from .world import Person, Place, month_number

COLUMNS = (
    "id", "item_id", "site_id", "division_id", "unit_id", "observed_at", "month", "value", "number",
    "weight", "sampled", "source", "origin", "remark", "photo_id", "replaces_id", "recorded_at",
    "recorded_by_id", "external_key",
)  # fmt: skip


class Notes:
    """Writes observations and counts them, month by month; call `finish` at the end."""

    def __init__(self) -> None:
        self._table = Rows(Observation, COLUMNS)
        self._counters = Rows(Tally, ("id", *TallyKey._fields, "observations", "weight", "number"))
        self._tallies: dict[tuple[object, ...], list[float]] = {}

    @property
    def count(self) -> int:
        return self._table.count

    def look(
        self,
        item: int,
        place: Place,
        at: datetime,
        value: str,
        weight: float,
        sampled: bool,
        by: Person,
        origin: str,
        remark: str,
        photo: int | None,
    ) -> None:
        """An answer of a visit."""
        month = month_number(at)
        self._table.add_values(
            (self._table.count + 1, item, place.pk, place.area.pk, None, at, month, value, None,
             weight, sampled, by.name, origin, remark, photo, None, at, by.pk, None)
        )  # fmt: skip
        self._count((item, place.area.pk, 0, place.kind, month, value, sampled), weight, 0.0)

    def file(
        self,
        item: int,
        division: int,
        at: datetime,
        *,
        value: str = "",
        number: float | None = None,
        weight: float = 1.0,
        source: str = "",
    ) -> None:
        """A figure, a material's review or a survey's answer."""
        month = month_number(at)
        self._table.add_values(
            (self._table.count + 1, item, None, division, None, at, month, value, number, weight,
             True, source, "", "", None, None, at, None, None)
        )  # fmt: skip
        self._count((item, division, 0, "", month, value, True), weight, weight * (number or 0.0))

    def count_up(self) -> None:
        """Write the tallies of what was noted since the last time.

        Nothing noted later may count in the same: it is called when a month is over, so that
        memory holds the counters of one month.
        """
        for key, sums in self._tallies.items():
            self._counters.add_values((self._counters.count + 1, *key, *sums))
        self._tallies.clear()

    def finish(self) -> None:
        """Write what is left."""
        self.count_up()
        self._counters.write()
        self._table.write()

    def _count(self, key: tuple[object, ...], weight: float, number: float) -> None:
        sums = self._tallies.get(key)
        if sums is None:
            self._tallies[key] = [1, weight, number]
        else:
            sums[0] += 1
            sums[1] += weight
            sums[2] += number


def chosen(options: Sequence[tuple[str, float]], draw: float) -> str:
    """The option in whose share of 1 a draw falls.

    >>> chosen([("a", 0.5), ("b", 0.5)], 0.7)
    'b'
    """
    for option, share in options:
        draw -= share
        if draw < 0:
            return option
    return options[-1][0]
