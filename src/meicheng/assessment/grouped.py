"""Counts of many months and divisions at once, as numpy arrays with months and divisions in a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from meicheng.cases.counts import waiting_counts
from meicheng.cases.models import Case
from meicheng.engine.scoring.many import Floats
from meicheng.ledger.models import CaseTally, Observation, Tally
from meicheng.places.models import Division
from meicheng.places.time import midnight, months_later

from .periods import first_of

# A tally as PostgreSQL packs it, 32 bytes in network order: a million rows in a quarter of a second.
PACKED = np.dtype(
    [("month", ">i4"), ("division", ">i8"), ("count", ">i4"), ("weight", ">f8"), ("number", ">f8")]
)
ROW = "int4send(month) || int8send(division_id) || int4send(observations) || float8send(weight) || float8send(number)"


@dataclass(frozen=True)
class Grid:
    """Months by divisions: column `month · len(divisions) + division` of every array.

    cells: for each division of the city the lowest one asked for that it lies in. up: 1 where the
    division asked for (row) has the other (column) in it.
    """

    months: tuple[int, ...]
    divisions: tuple[Division, ...]
    cells: Mapping[int, int]
    up: Floats

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.months) * len(self.divisions)

    def raised(self, cells: Floats) -> Floats:
        """Sums of each division with all below it, from sums of the lowest ones."""
        raised: Floats = cells.reshape(len(self.months), -1) @ self.up.T
        return raised.reshape(-1)

    def rows_of(self, division: int) -> npt.NDArray[np.int64]:
        """The columns of one division, month after month."""
        place = [one.pk for one in self.divisions].index(division)
        return np.arange(len(self.months)) * len(self.divisions) + place


@dataclass
class Sums:
    """What was answered alike, in each column."""

    count: Floats
    weight: Floats
    number: Floats


def grid_of(months: Sequence[int], divisions: Sequence[Division], *, from_january: bool) -> Grid:
    """The grid of these months and divisions (1 SQL statement).

    `from_january` begins with the January of the year before, for what is compared with that year.
    """
    first = (months[0] // 100 - 1) * 100 + 1 if from_january else months[0]
    wanted = [first]
    while wanted[-1] < months[-1]:
        wanted.append(months_later(wanted[-1], 1))
    by_depth = sorted(range(len(divisions)), key=lambda i: -len(divisions[i].path))
    cells = {}
    for pk, path in Division.objects.values_list("pk", "path").order_by():
        inside = (i for i in by_depth if path.startswith(divisions[i].path))
        if (lowest := next(inside, None)) is not None:
            cells[pk] = lowest
    up = np.array([[b.path.startswith(a.path) for b in divisions] for a in divisions], dtype=float)
    return Grid(tuple(wanted), tuple(divisions), cells, up)


def tally_sums(grid: Grid) -> Iterator[tuple[int, str, str, Sums]]:
    """The sampled answers by item, kind of site and value, before they are raised (1 SQL)."""
    month_at = np.full(grid.months[-1] - grid.months[0] + 1, -1)
    month_at[np.array(grid.months) - grid.months[0]] = np.arange(len(grid.months))
    cell_at = np.full(max(grid.cells, default=0) + 1, -1)
    for pk, place in grid.cells.items():
        cell_at[pk] = place
    for item, kind, value, packed in _packed(grid):
        division = packed["division"].astype(np.int64)
        cell = np.where(
            division < len(cell_at), cell_at[np.minimum(division, len(cell_at) - 1)], -1
        )
        kept = cell >= 0
        month = month_at[packed["month"][kept] - grid.months[0]]
        column = month * len(grid.divisions) + cell[kept]

        def summed(name: str, column: Any = column, rows: Any = packed[kept]) -> Floats:
            return np.bincount(column, rows[name].astype(float), minlength=grid.count).astype(float)

        sums = Sums(summed("count"), summed("weight"), summed("number"))
        yield item, kind, value, sums


def _packed(grid: Grid) -> Iterator[tuple[int, str, str, npt.NDArray[Any]]]:
    first, last = grid.months[0], grid.months[-1]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT item_id, site_kind_code, value, string_agg({ROW}, ''::bytea)"
                f" FROM {Tally._meta.db_table} WHERE sampled AND month BETWEEN %s AND %s"
                " GROUP BY item_id, site_kind_code, value",
                [first, last],
            )
            for item, kind, value, packed in cursor.fetchall():
                yield item, kind, value, np.frombuffer(packed, PACKED)
        return
    by_key: dict[tuple[int, str, str], list[tuple[Any, ...]]] = defaultdict(list)
    found = Tally.objects.filter(sampled=True, month__gte=first, month__lte=last).order_by()
    key = ("item_id", "site_kind_code", "value")
    sums = ("month", "division_id", "observations", "weight", "number")
    for row in found.values_list(*key, *sums).iterator(chunk_size=10_000):
        by_key[row[:3]].append(row[3:])
    for (item, kind, value), rows in by_key.items():
        yield item, kind, value, np.array(rows, PACKED)


def numbers_found(grid: Grid, items: Iterable[int]) -> Iterator[tuple[int, str, Floats]]:
    """Problems given as a number, by item and kind of site, whatever a look weighs (1 SQL)."""
    rows = (
        Observation.objects.standing()
        .filter(
            item__in=list(items),
            sampled=True,
            value="",
            number__isnull=False,
            month__gte=grid.months[0],
            month__lte=grid.months[-1],
        )
        .values_list("item_id", "site__kind_id", "month", "division_id")
        .annotate(Sum("number"))
        .order_by()
    )
    found: dict[tuple[int, str], Floats] = {}
    for item, kind, month, division, number in rows:
        if division in grid.cells:
            into = found.setdefault((item, kind or ""), np.zeros(grid.count))
            into[_column(grid, month, division)] += number
    for (item, kind), sums in found.items():
        yield item, kind, sums


def case_sums(grid: Grid, names: Sequence[str]) -> dict[str, dict[str, Floats]]:
    """Counts of cases by kind of case and name, raised (1 SQL, 2 where months run).

    As in `counted.cases`, a case whose limit has not run out yet is not due.
    """
    if not names:
        return {}
    rows = (
        CaseTally.objects.filter(month__gte=grid.months[0], month__lte=grid.months[-1])
        .values_list("kind_id", "month", "division_id")
        .annotate(*(Sum(name) for name in names))
        .order_by()
    )
    found: dict[str, dict[str, Floats]] = defaultdict(
        lambda: {name: np.zeros(grid.count) for name in names}
    )
    for kind, month, division, *sums in rows:
        if division in grid.cells:
            column = _column(grid, month, division)
            for name, count in zip(names, sums, strict=True):
                found[kind][name][column] += count
    if "due" in names:
        _take_off_waiting(grid, found)
    return {
        kind: {name: grid.raised(sums) for name, sums in by_name.items()}
        for kind, by_name in found.items()
    }


def _take_off_waiting(grid: Grid, found: Mapping[str, Mapping[str, Floats]]) -> None:
    """Take cases whose limit has not run out off those due (1 SQL where the grid is not over)."""
    now, end = timezone.now(), midnight(first_of(months_later(grid.months[-1], 1)))
    if end <= now:
        return
    for key, count in waiting_counts(Case.objects.filter(due_at__lt=end), now).items():
        if key.division_id in grid.cells and key.month >= grid.months[0]:
            found[key.kind_id]["due"][_column(grid, key.month, key.division_id)] -= count


def _column(grid: Grid, month: int, division: int) -> int:
    first = grid.months[0]
    index = (month // 100 - first // 100) * 12 + month % 100 - first % 100
    return index * len(grid.divisions) + grid.cells[division]
