"""Writing very many rows: COPY on PostgreSQL, `executemany` on SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from operator import attrgetter
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

TOGETHER = 20_000


class Rows:
    """Rows on their way into one table, with their keys already given.

    Take the columns of `columns` in that order, by default all of the table's. Called inside the
    caller's transaction; nothing is checked but what the database checks.
    """

    def __init__(self, model: type[models.Model], columns: Sequence[str] = ()) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        names = list(columns or fields)
        self._table = model._meta.db_table
        self._columns = [fields[name].column for name in names]
        self._values = attrgetter(*names)
        self._json = [i for i, n in enumerate(names) if isinstance(fields[n], models.JSONField)]
        self._times = [
            i
            for i, n in enumerate(names)
            if connection.vendor == "sqlite" and isinstance(fields[n], models.DateTimeField)
        ]
        self._kept: list[Sequence[Any]] = []
        self.count = 0

    def add(self, row: models.Model) -> None:
        """Take an unsaved row."""
        self.add_values(self._values(row))

    def add_values(self, values: Sequence[Any]) -> None:
        """Take a row as its values, in the order of the columns; JSON as text or not yet."""
        if self._json or self._times:
            changed = list(values)
            for place in self._json:
                if changed[place] is not None and not isinstance(changed[place], str):
                    changed[place] = json.dumps(changed[place], separators=(",", ":"))
            for place in self._times:
                value = changed[place]
                if value is not None:
                    # As Django writes it: UTC without a zone.
                    value = value if value.tzinfo is UTC else value.astimezone(UTC)
                    changed[place] = value.isoformat(" ").removesuffix("+00:00")
            values = changed
        self._kept.append(values)
        self.count += 1
        if len(self._kept) >= TOGETHER:
            self.write()

    def write(self) -> None:
        """Write what is kept; call it at the end."""
        if not self._kept:
            return
        columns = ", ".join(f'"{name}"' for name in self._columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                statement = f'COPY "{self._table}" ({columns}) FROM STDIN'
                with cursor.copy(statement) as copy:
                    for row in self._kept:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * len(self._columns))
                statement = f'INSERT INTO "{self._table}" ({columns}) VALUES ({places})'
                cursor.executemany(statement, self._kept)
        self._kept = []


@contextmanager
def rows(*tables: Rows) -> Iterator[None]:
    """Write the rest of all these tables at the end, in this order."""
    yield
    for table in tables:
        table.write()


@contextmanager
def quick_loading(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take foreign keys and plain indexes off while loading, and put them back afterwards.

    On PostgreSQL alone, where the checks of foreign keys would wait in memory for the end of the
    transaction and indexes are made faster at once than row by row. All of it happens in the
    caller's transaction: if anything fails, nothing has changed.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        _check_now(cursor)
        again = []
        for name in [model._meta.db_table for model in tables]:
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY conname",
                [name],
            )
            keys = cursor.fetchall()
            cursor.execute(
                "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
                "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass "
                "AND NOT i.indisunique ORDER BY c.relname",
                [name],
            )
            indexes = cursor.fetchall()
            for key, definition in keys:
                cursor.execute(f'ALTER TABLE "{name}" DROP CONSTRAINT "{key}"')
                again.append(f'ALTER TABLE "{name}" ADD CONSTRAINT "{key}" {definition}')
            for index, definition in indexes:
                cursor.execute(f'DROP INDEX "{index}"')
                again.append(definition)
    yield
    with connection.cursor() as cursor:
        _check_now(cursor)
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        # Indexes first: they are what the keys of other tables are looked up by.
        for statement in sorted(again, key=lambda words: words.startswith("ALTER")):
            cursor.execute(statement)
        for model in tables:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def _check_now(cursor: Any) -> None:
    """Check the keys of what was written so far: a table whose checks wait cannot be altered."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def after_keys(tables: Sequence[type[models.Model]]) -> None:
    """Let the next key follow the highest that was given."""
    statements = connection.ops.sequence_reset_sql(no_style(), list(tables))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
