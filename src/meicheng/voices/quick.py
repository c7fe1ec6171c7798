"""A report, its case and all that belongs to them in one statement, where PostgreSQL is below.

`submit_report` writes the same rows one after the other; a test compares the two. Seven statements
of a transaction are seven ways to the server and back while a day's counter is locked; one
statement holds the lock only for itself.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from functools import cache
from itertools import count
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from meicheng.cases.actions import draft_case
from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, NumberCounter
from meicheng.ledger.actions import CASE_COUNTS, CaseTallyKey
from meicheng.ledger.events import make_event
from meicheng.ledger.models import CaseTally, Event, IdempotencyKey
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .actions import draft_report
from .checking import Checked
from .codes import new_code
from .models import Report

AHEAD = 50  # keys of cases that are asked for at once; what a process does not use is lost

_lock = threading.Lock()
_keys: dict[str, deque[int]] = {}


def submit_at_once(
    checked: Checked, *, user: User, key: str, request_hash: str, phone: str = ""
) -> tuple[Report, str] | None:
    """Write a report that opens a case of its own; the report and the case's number.

    None where the key of this user was used already; then nothing has changed. What to answer to
    the same key again is kept with it. 1 SQL statement, another for each `AHEAD` reports.
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
    case.pk = _next_key()
    event = make_event(
        chain=case.chain,
        sequence=1,
        previous_hash="",
        verb="reported",
        at=at,
        data={"kind": checked.kind.code, "source": checked.said.source},
    )
    case.events_count, case.head_hash, case.updated_at = 1, event.hash, at
    report = draft_report(checked, case, code=new_code(), joined=False, phone=phone)
    report.received_at = at
    day = city_day(at)
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
        *_values(once), day, f"A-{day:%Y%m%d}-", *_values(case), *_values(event),
        *_values(tally), *_values(report),
    ]  # fmt: skip
    connection.ensure_connection()
    # Prepared on the server: planning six inserts takes longer than doing them.
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        row = cursor.execute(_statement(), values, prepare=True).fetchone()
    if row is None:
        return None
    case.number, report.pk = row
    return report, case.number


@cache
def _statement() -> str:
    """The one statement; its values are those of `_values`, in the order of its parts."""
    counter, tally = NumberCounter._meta.db_table, CaseTally._meta.db_table
    added = ", ".join(f"{name} = {tally}.{name} + excluded.{name}" for name in CASE_COUNTS)
    number = "%s::text || lpad(last::text, greatest(4, length(last::text)), '0')"
    parts = {
        "once": _insert(IdempotencyKey, "", "ON CONFLICT (user_id, key) DO NOTHING RETURNING id"),
        "number": f"INSERT INTO {counter} (day, last) SELECT %s::date, 1 FROM once "
        f"ON CONFLICT (day) DO UPDATE SET last = {counter}.last + 1 RETURNING last",
        "the_case": _insert(Case, "FROM number", "RETURNING number", number=number),
        "the_event": _insert(Event, "FROM number"),
        "the_tally": _insert(
            CaseTally,
            "FROM number",
            f"ON CONFLICT ({', '.join(CaseTallyKey._fields)}) DO UPDATE SET {added}",
        ),
        "the_report": _insert(Report, "FROM number", "RETURNING id"),
    }
    withs = ", ".join(f"{name} AS ({sql})" for name, sql in parts.items())
    written = f"WITH {withs} SELECT the_case.number, the_report.id FROM the_case, the_report"
    places = count(1)
    return re.sub("%s", lambda _place: f"${next(places)}", written)


def _next_key() -> int:
    """A key for a case that nobody else gets."""
    name = connection.settings_dict["NAME"]
    with _lock:
        waiting = _keys.setdefault(name, deque())
        if waiting:
            return waiting.popleft()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Case._meta.db_table, AHEAD],
        )
        fresh = [int(row[0]) for row in cursor.fetchall()]
    with _lock:
        waiting.extend(fresh[1:])
    return fresh[0]


def _tally(key: CaseTallyKey, counts: Any) -> CaseTally:
    return CaseTally(**key._asdict(), **{name: counts.get(name, 0) for name in CASE_COUNTS})


def _insert(model: type[Model], source: str, tail: str = "", number: str = "") -> str:
    """INSERT … SELECT of one row; SQL itself writes the case's number, from what it is given."""
    fields = _fields(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(f"%s::{_type(field)}" for field in fields)
    if number:
        columns, places = f"number, {columns}", f"{number}, {places}"
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {places} {source} {tail}"


@cache
def _fields(model: type[Model]) -> list[Any]:
    """The columns that are given: all but a running key and the number of a case."""
    given = [field for field in model._meta.concrete_fields if field.name != "number"]
    return given if model is Case else [field for field in given if not field.primary_key]


def _type(field: Any) -> str:
    return str(field.db_type(connection)).split(" GENERATED")[0]


def _values(row: Model) -> list[Any]:
    return [
        Jsonb(value) if isinstance(value, dict | list) else value
        for value in (getattr(row, field.attname) for field in _fields(type(row)))
    ]
