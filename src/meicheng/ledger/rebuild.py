"""Counting everything again: tallies from the observations, counts of cases from the cases.

The ledger stands below the cases and does not know them: the room that owns a kind of count
registers how it is made again (`RECOUNTS`), when the product starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from meicheng.places.models import Site

from .actions import CASE_COUNTS, CaseTallyKey, TallyKey, overwrite
from .models import CaseTally, Observation, Tally

Progress = Callable[[int], None]  # called now and then with how many rows were read
Recount = Callable[[Progress], Mapping[CaseTallyKey, Mapping[str, int]]]

RECOUNTS: dict[str, Recount] = {}
TALLY_SUMS = ("observations", "weight", "number")
# Sums of weights may differ in their last digits, by the order in which they were added.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Difference:
    """A counter that does not hold what is counted."""

    table: str  # "tally" or "cases"
    key: TallyKey | CaseTallyKey
    kept: tuple[float, ...]
    counted: tuple[float, ...]

    def __str__(self) -> str:
        names = TALLY_SUMS if self.table == "tally" else CASE_COUNTS
        parts = [
            f"{name} {kept:g}, counted {counted:g}"
            for name, kept, counted in zip(names, self.kept, self.counted, strict=True)
            if kept != counted
        ]
        key = ", ".join(f"{name}={value}" for name, value in self.key._asdict().items())
        return f"{self.table} [{key}]: " + "; ".join(parts)


def _quiet(_rows: int) -> None:
    """Progress that nobody watches."""


def rebuild(*, check: bool = False, progress: Progress = _quiet) -> list[Difference]:
    """Find every counter that differs from a recount and, unless `check`, set it right.

    A check reads one consistent view and holds nobody up. A rebuild lets writers of counters wait
    until it is done; what they add then comes on top of what was counted.
    """
    if check:
        with one_view():
            return [*_read(_differing(), [TOLERANCE] * 2), *_case_differences(progress)]
    with _writers_waiting():
        tallies = _set_tallies_right()
        cases = list(_case_differences(progress))
        rows = [(*one.key, *one.counted) for one in cases]
        overwrite(CaseTally._meta.db_table, CaseTallyKey._fields, CASE_COUNTS, rows)
    return [*tallies, *cases]


@contextmanager
def one_view() -> Iterator[None]:
    """Let all statements inside see the same moment of the database, without holding up writers."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            # Django would begin by taking the write lock; a reader needs none.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


@contextmanager
def _writers_waiting() -> Iterator[None]:
    with transaction.atomic():
        if connection.vendor == "postgresql":
            tables = ", ".join(table._meta.db_table for table in (Tally, CaseTally))
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        yield


def _set_tallies_right() -> list[Difference]:
    """Find the tallies that differ and overwrite them, both in the database; gives what they were."""
    keys, sums = ", ".join(TallyKey._fields), ", ".join(TALLY_SUMS)
    with connection.cursor() as cursor:
        # Whatever fails takes the temporary table along when its transaction is undone.
        cursor.execute(f"CREATE TEMPORARY TABLE differing AS {_differing()}", [TOLERANCE] * 2)
        # "WHERE true" lets SQLite tell the conflict's ON from that of a join.
        cursor.execute(
            f"INSERT INTO {Tally._meta.db_table} ({keys}, {sums})"
            f" SELECT {keys}, n, w, x FROM differing WHERE true"
            f" ON CONFLICT ({keys}) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in TALLY_SUMS)
        )
        found = list(_read("SELECT * FROM differing", []))
        cursor.execute("DROP TABLE differing")
    return found


def _differing() -> str:
    """The recount beside the tallies, where they differ, as one statement.

    An observation that another one replaces does not count, as in `ledger.actions.observe`.
    """
    observation = Observation._meta.db_table
    keys = ", ".join(TallyKey._fields)
    return f"""
        SELECT {keys}, SUM(kept_n) AS kept_n, SUM(kept_w) AS kept_w, SUM(kept_x) AS kept_x,
               CAST(SUM(n) AS integer) AS n, SUM(w) AS w, SUM(x) AS x
        FROM (
            SELECT o.item_id, o.division_id, COALESCE(o.unit_id, 0) AS unit_id_or_0,
                   COALESCE(s.kind_id, '') AS site_kind_code, o.month, o.value, o.sampled,
                   0 AS kept_n, 0.0 AS kept_w, 0.0 AS kept_x, COUNT(*) AS n, SUM(o.weight) AS w,
                   SUM(o.weight * COALESCE(o.number, 0.0)) AS x
            FROM {observation} o
            LEFT JOIN {Site._meta.db_table} s ON s.id = o.site_id
            WHERE NOT EXISTS (SELECT 1 FROM {observation} later WHERE later.replaces_id = o.id)
            GROUP BY o.item_id, o.division_id, COALESCE(o.unit_id, 0), COALESCE(s.kind_id, ''),
                     o.month, o.value, o.sampled
            UNION ALL
            SELECT {keys}, observations, weight, number, 0, 0.0, 0.0 FROM {Tally._meta.db_table}
        ) both_sides
        GROUP BY {keys}
        HAVING SUM(kept_n) <> SUM(n) OR ABS(SUM(kept_w) - SUM(w)) > %s * (1 + ABS(SUM(w)))
            OR ABS(SUM(kept_x) - SUM(x)) > %s * (1 + ABS(SUM(x)))
        ORDER BY {keys}
    """


def _read(statement: str, values: list[float]) -> Iterator[Difference]:
    """Differences as the database gives them."""
    width = len(TallyKey._fields)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(1000):
            for row in rows:
                key = TallyKey._make([*row[: width - 1], bool(row[width - 1])])
                numbers = tuple(float(value) for value in row[width:])
                yield Difference("tally", key, numbers[:3], numbers[3:])


def _case_differences(progress: Progress) -> Iterator[Difference]:
    counted: dict[CaseTallyKey, Mapping[str, int]] = {}
    for recount in RECOUNTS.values():
        counted.update(recount(progress))
    rows = CaseTally.objects.values_list(*CaseTallyKey._fields, *CASE_COUNTS)
    width = len(CaseTallyKey._fields)
    for row in rows.iterator(chunk_size=2000):
        key = CaseTallyKey(*row[:width])
        found = _in_order(counted.pop(key, {}))
        if found != row[width:]:
            yield Difference("cases", key, row[width:], found)
    nothing = (0,) * len(CASE_COUNTS)
    for key, counts in sorted(counted.items()):
        if any(counts.values()):
            yield Difference("cases", key, nothing, _in_order(counts))


def _in_order(counts: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(counts.get(name, 0) for name in CASE_COUNTS)
