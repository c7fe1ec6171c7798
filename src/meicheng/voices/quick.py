"""A report, its case and all that belongs to them in one statement, where PostgreSQL is below.

`submit_report` writes the same rows one after the other; a test compares the two. Seven statements
of a transaction are seven ways to the server and back, and planning each takes longer than doing
it; one prepared statement goes there once. It also looks whether an open case is close by.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import count
from math import cos, radians
from typing import Any

import psycopg
from django.db import IntegrityError, connection
from django.db.models import Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from meicheng.cases.actions import draft_case
from meicheng.cases.ahead import forget, next_key, next_serial, put_back
from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, CaseText, NumberCounter
from meicheng.cases.numbers import written
from meicheng.cases.rules import rules
from meicheng.cases.text import text_of
from meicheng.engine.space import cells_around
from meicheng.ledger.actions import CASE_COUNTS, CaseTallyKey
from meicheng.ledger.events import link_event
from meicheng.ledger.models import CaseTally, Event, IdempotencyKey
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .actions import draft_report
from .checking import FALLBACK, SAME_WITHIN, SAME_WITHIN_M, Checked
from .codes import new_code
from .models import Report

METRES_A_DEGREE = 111_000  # of latitude, a little less than it is anywhere but at the equator
# Its values stand in the order of `_near`; a match sends the report the slower way.
_SQUARE = (
    "AND cell = ANY(%s::bigint[]) AND kind_id = %s::varchar "
    "AND longitude BETWEEN %s::float8 AND %s::float8 AND latitude BETWEEN %s::float8 AND %s::float8"
)
_NEAR = (
    f"SELECT 1 FROM {Case._meta.db_table} WHERE closed_at IS NULL {_SQUARE} "
    "AND reported_at >= %s::timestamptz UNION ALL "
    f"SELECT 1 FROM {Case._meta.db_table} WHERE state = 'closed' {_SQUARE} "
    "AND closed_at >= %s::timestamptz"
)

# A number that was taken ahead holds if the day's counter stands there or beyond.
_GIVEN_OUT = (
    f"SELECT 1 FROM {NumberCounter._meta.db_table} WHERE day = %s::date AND last >= %s::integer"
)


def submit_at_once(
    checked: Checked, *, user: User, key: str, request_hash: str, phone: str = ""
) -> tuple[Report, str] | None:
    """Write a report that opens a case of its own; the report and the case's number.

    None where the key of this user was used already, or where an open case stands so close that
    the report may belong to it; then nothing has changed, and `submit_report` decides. What to
    answer to the same key again is kept with it. 1 SQL statement; others where keys
    and numbers have to be taken (see `cases.ahead`).
    """
    at = timezone.now()
    case = draft_case(
        kind=checked.kind,
        division=checked.division,
        description=checked.body or checked.subject,
        source=checked.said.source,
        address=checked.said.address,
        longitude=checked.said.longitude,
        latitude=checked.said.latitude,
        reported_at=checked.reported_at,
    )
    day = city_day(at)
    serial = next_serial(day)
    case.pk, case.number = next_key(), written(day, serial)
    said = {"kind": checked.kind.code, "source": checked.said.source}
    event = link_event(case, "reported", by=None, at=at, data=said)
    case.updated_at = at
    report = draft_report(checked, case, code=new_code(), joined=False, phone=phone)
    report.received_at = at
    answer = {
        "code": report.code,
        "state": report.state,
        "kind": checked.kind.code,
        "division": checked.division.code,
    }
    once = IdempotencyKey(
        key=key, user=user, request_hash=request_hash, status=201, answer=answer, created_at=at
    )
    ((tally_key, counts),) = contribution(case).items()
    tally = _tally(tally_key, counts)
    values = [
        *_values(once), *_near(checked), day, serial, *_values(case), *_values(text_of(case)),
        *_values(event),
        *_values(tally), *_values(report),
    ]  # fmt: skip
    connection.ensure_connection()
    # Prepared on the server: planning six inserts takes longer than doing them.
    try:
        with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
            row = cursor.execute(_statement(), values, prepare=True).fetchone()
    except IntegrityError:
        forget()  # what was taken ahead is another's: the database was put back to an older state
        return None
    if row is None:
        put_back(day, serial)
        return None
    (report.pk,) = row
    return report, case.number


def _near(checked: Checked) -> list[Any]:
    """The values of `_NEAR`: cases of the kind, open or closed lately, in a square around."""
    said = checked.said
    cells: list[int] = []
    square = (0.0, 0.0, 0.0, 0.0)
    if said.longitude is not None and said.latitude is not None and checked.kind.code != FALLBACK:
        north = SAME_WITHIN_M / METRES_A_DEGREE * 1.05
        east = north / max(0.01, cos(radians(said.latitude)))
        cells = cells_around(said.longitude, said.latitude, SAME_WITHIN_M)
        square = (
            said.longitude - east, said.longitude + east,
            said.latitude - north, said.latitude + north,
        )  # fmt: skip
    within = [cells, checked.kind.pk, *square]
    return [
        *within, checked.reported_at - SAME_WITHIN,
        *within, checked.reported_at - rules().relapse_within,
    ]  # fmt: skip


@cache
def _statement() -> str:
    """The one statement; its values are those of `_values`, in the order of its parts."""
    tally = CaseTally._meta.db_table
    added = ", ".join(f"{name} = {tally}.{name} + excluded.{name}" for name in CASE_COUNTS)
    parts = {
        "once": _insert(
            IdempotencyKey,
            f"WHERE NOT EXISTS ({_NEAR}) AND EXISTS ({_GIVEN_OUT})",
            "ON CONFLICT (user_id, key) DO NOTHING RETURNING id",
        ),
        "the_case": _insert(Case, "FROM once"),
        "the_text": _insert(CaseText, "FROM once"),
        "the_event": _insert(Event, "FROM once"),
        "the_tally": _insert(
            CaseTally,
            "FROM once",
            f"ON CONFLICT ({', '.join(CaseTallyKey._fields)}) DO UPDATE SET {added}",
        ),
        "the_report": _insert(Report, "FROM once", "RETURNING id"),
    }
    withs = ", ".join(f"{name} AS ({sql})" for name, sql in parts.items())
    statement = f"WITH {withs} SELECT id FROM the_report"
    places = count(1)
    return re.sub("%s", lambda _place: f"${next(places)}", statement)


def _tally(key: CaseTallyKey, counts: Any) -> CaseTally:
    return CaseTally(**key._asdict(), **{name: counts.get(name, 0) for name in CASE_COUNTS})


def _insert(model: type[Model], source: str, tail: str = "") -> str:
    """INSERT … SELECT of one row."""
    fields = _fields(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(f"%s::{_type(field)}" for field in fields)
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {places} {source} {tail}"


@cache
def _fields(model: type[Model]) -> list[Any]:
    """The columns that are given: all but a running key, which only a case has beforehand."""
    given = model._meta.concrete_fields
    return [field for field in given if model in (Case, CaseText) or not field.primary_key]


def _type(field: Any) -> str:
    return str(field.db_type(connection)).split(" GENERATED")[0]


def _values(row: Model) -> list[Any]:
    return [
        Jsonb(value) if isinstance(value, dict | list) else value
        for value in (getattr(row, field.attname) for field in _fields(type(row)))
    ]
