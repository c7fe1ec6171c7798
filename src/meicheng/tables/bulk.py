"""Writing many rows at once, faster than the ORM's bulk insert: COPY, or one prepared statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, connections, models

PLAIN = {str, int, float, bool, type(None)}
AS_THEY_ARE = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
    models.ForeignKey,
)


def insert(rows: Sequence[models.Model]) -> None:
    """Write new rows of one table; keys are written where all rows have one.

    Inside the caller's transaction. Every field's own conversion is used, as `save` would; signals
    are not sent, and keys that the database gives are not read back.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key and field.get_internal_type().endswith("AutoField"))
        or rows[0].pk is not None
    ]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A copy goes past Django's cursor: its errors are made Django's here.
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
            ):
                for values in _values(rows, fields):
                    copy.write_row(values)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})", list(_values(rows, fields))
            )


def _values(
    rows: Sequence[models.Model], fields: Sequence[models.Field[Any, Any]]
) -> Iterator[list[Any]]:
    own = connections[connection.alias]  # `connection` looks itself up at every use
    reads = [_reader(field, own) for field in fields]
    for row in rows:
        yield [read(row) for read in reads]


def _reader(field: models.Field[Any, Any], own: Any) -> Callable[[Any], Any]:
    """How a field's value is got from a row; the plain kinds of values need no conversion."""
    name = field.attname

    def converted(row: Any) -> Any:
        return field.get_db_prep_save(field.pre_save(row, add=True), own)

    def plain(row: Any) -> Any:
        value = getattr(row, name)
        return value if type(value) in PLAIN else converted(row)

    return plain if isinstance(field, AS_THEY_ARE) else converted


def reserve_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for rows that will be written in this transaction, which nobody else gets (1 SQL).

    With them rows can name each other before any is written. On SQLite the transaction holds the
    database's only writer already.
    """
    if not count:
        return []
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), key, count],
            )
            return [int(found) for (found,) in cursor.fetchall()]
        cursor.execute(
            f"SELECT max(coalesce((SELECT max({key}) FROM {table}), 0), "
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0))",
            [table],
        )
        last = int(cursor.fetchone()[0])
        return list(range(last + 1, last + 1 + count))
