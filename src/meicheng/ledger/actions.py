"""Writing to the ledger: observations with their tallies, and counts of cases.

Every function here is called inside the transaction of the action that it belongs to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit, User
from meicheng.places.models import Division, Site
from meicheng.places.time import month_of
from meicheng.standards.freezing import freeze_scored
from meicheng.standards.models import Item
from meicheng.tables.bulk import insert

from .models import CaseTally, Observation, Tally


class TallyKey(NamedTuple):
    """What a tally counts."""

    item_id: int
    division_id: int
    unit_id_or_0: int
    site_kind_code: str
    month: int
    value: str
    sampled: bool


class CaseTallyKey(NamedTuple):
    """What a count of cases belongs to."""

    kind_id: str
    division_id: int
    unit_id_or_0: int
    month: int


CASE_COUNTS = (
    "received",
    "received_in_time",
    "receipt_known",
    "answered_in_time",
    "answer_known",
    "registered",
    "due",
    "on_time",
    "closed",
    "first_time_right",
    "not_relapsed",
    "redone",
    "late_stages",
    "rated",
    "satisfied",
)


def new_observation(
    *,
    item: Item,
    division: Division,
    observed_at: datetime,
    value: str,
    site: Site | None = None,
    unit: Unit | None = None,
    number: float | None = None,
    weight: float = 1,
    sampled: bool = True,
    source: str = "",
    origin: str = "",
    remark: str = "",
    photo: StoredFile | None = None,
    by: User | None = None,
    replaces: Observation | None = None,
    external_key: str | None = None,
) -> Observation:
    """An observation ready for `observe` (not yet in the database)."""
    return Observation(
        item=item,
        site=site,
        division=division,
        unit=unit,
        observed_at=observed_at,
        month=month_of(observed_at),
        value=value,
        number=number,
        weight=weight,
        sampled=sampled,
        source=source,
        origin=origin,
        remark=remark,
        photo=photo,
        recorded_by=by,
        replaces=replaces,
        external_key=external_key,
    )


def tally_key(observation: Observation) -> TallyKey:
    """The tally that an observation counts in."""
    return TallyKey(
        observation.item_id,
        observation.division_id,
        observation.unit_id or 0,
        observation.site.kind_id if observation.site_id else "",
        observation.month,
        observation.value,
        observation.sampled,
    )


@transaction.atomic
def observe(observations: Sequence[Observation]) -> list[Observation]:
    """Write observations and count them; a correction takes what it replaces out of the count."""
    written = Observation.objects.bulk_create(observations, batch_size=500)
    _tally(written)
    return written


@transaction.atomic
def observe_many(observations: Sequence[Observation]) -> None:
    """As `observe`, for thousands at once whose keys nobody asks for."""
    insert(observations)
    _tally(observations)


def _tally(written: Sequence[Observation]) -> None:
    """Add observations to the tallies, and take those that they replace out.

    The editions of standards that they score are in use from now on, and change no more.
    """
    deltas: dict[TallyKey, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for observation in written:
        for sign, counted in ((1, observation), (-1, observation.replaces)):
            if counted is None:
                continue
            delta = deltas[tally_key(counted)]
            delta[0] += sign
            delta[1] += sign * counted.weight
            delta[2] += sign * counted.weight * (counted.number or 0.0)
    add_to_tallies(deltas)
    if written:
        freeze_scored({observation.item_id for observation in written})


def add_to_tallies(deltas: Mapping[TallyKey, Sequence[float]]) -> None:
    """Add (observations, weight, number) to tallies, making those that are missing."""
    _upsert(
        Tally._meta.db_table,
        TallyKey._fields,
        ("observations", "weight", "number"),
        [(*key, *values) for key, values in sorted(deltas.items())],
    )


def count_cases(deltas: Mapping[CaseTallyKey, Mapping[str, int]]) -> None:
    """Add to the counts of cases, making those that are missing."""
    rows = [
        (*key, *(counts.get(name, 0) for name in CASE_COUNTS))
        for key, counts in sorted(deltas.items())
        if any(counts.values())
    ]
    _upsert(CaseTally._meta.db_table, CaseTallyKey._fields, CASE_COUNTS, rows)


def difference(
    before: Mapping[CaseTallyKey, Mapping[str, int]],
    after: Mapping[CaseTallyKey, Mapping[str, int]],
) -> dict[CaseTallyKey, Counter[str]]:
    """What must be added so that counts that held `before` hold `after`."""
    change: dict[CaseTallyKey, Counter[str]] = defaultdict(Counter)
    for key, counts in after.items():
        change[key].update(counts)
    for key, counts in before.items():
        change[key].subtract(counts)
    return change


def overwrite(
    table: str, keys: Sequence[str], sums: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Set counters to what was counted, whatever they held; for `ledger.rebuild` alone."""
    _write(table, keys, sums, rows, "{name} = excluded.{name}")


def _upsert(
    table: str, keys: Sequence[str], sums: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add to counters.

    Rows arrive sorted by key, so that two transactions take their locks in the same order.
    """
    _write(table, keys, sums, rows, "{name} = {table}.{name} + excluded.{name}")


def _write(
    table: str,
    keys: Sequence[str],
    sums: Sequence[str],
    rows: Iterable[Sequence[Any]],
    update: str,
) -> None:
    """One statement per batch, the same SQL on PostgreSQL and SQLite."""
    rows = list(rows)
    columns = [*keys, *sums]
    batch = 900 // len(columns)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        places = ", ".join("(" + ", ".join(["%s"] * len(columns)) + ")" for _ in part)
        updates = ", ".join(update.format(name=name, table=table) for name in sums)
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places} "
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for row in part for value in row])
