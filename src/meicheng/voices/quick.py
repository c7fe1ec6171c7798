"""A report, its case and all that belongs to them in one statement, where PostgreSQL is below.

`submit_report` writes the same rows one after the other; a test compares the two. Seven statements
of a transaction are seven ways to the server and back while a day's counter is locked; one
statement holds the lock only for itself.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from meicheng.cases.actions import draft_case
from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, NumberCounter
from meicheng.ledger.actions import CASE_COUNTS, CaseTallyKey
from meicheng.ledger.events import make_event
from meicheng.ledger.models import CaseTally, IdempotencyKey
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
    number = f"'A-{day:%Y%m%d}-' || lpad(last::text, greatest(4, length(last::text)), '0')"
    parts: list[tuple[str, list[Any]]] = [
        _insert(once, "", "ON CONFLICT (user_id, key) DO NOTHING RETURNING id"),
        (
            f"INSERT INTO {_table(NumberCounter)} (day, last) SELECT %s, 1 FROM once "
            f"ON CONFLICT (day) DO UPDATE SET last = {_table(NumberCounter)}.last + 1 "
            "RETURNING last",
            [day],
        ),
        _insert(case, "FROM number", "RETURNING number", number=number),
        _insert(event, "FROM number"),
        _insert(
            tally,
            "FROM number",
            f"ON CONFLICT ({', '.join(CaseTallyKey._fields)}) DO UPDATE SET "
            + ", ".join(f"{n} = {_table(CaseTally)}.{n} + excluded.{n}" for n in CASE_COUNTS),
        ),
        _insert(report, "FROM number", "RETURNING id"),
    ]
    names = ("once", "number", "the_case", "the_event", "the_tally", "the_report")
    withs = ", ".join(f"{name} AS ({sql})" for name, (sql, _) in zip(names, parts, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {withs} SELECT the_case.number, the_report.id FROM the_case, the_report",
            [value for _sql, values in parts for value in values],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    case.number, report.pk = row
    return report, case.number


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
            [_table(Case), AHEAD],
        )
        fresh = [int(row[0]) for row in cursor.fetchall()]
    with _lock:
        waiting.extend(fresh[1:])
    return fresh[0]


def _tally(key: CaseTallyKey, counts: Any) -> CaseTally:
    return CaseTally(**key._asdict(), **{name: counts.get(name, 0) for name in CASE_COUNTS})


def _table(model: type[Model]) -> str:
    return model._meta.db_table


def _insert(row: Model, source: str, tail: str = "", **written: str) -> tuple[str, list[Any]]:
    """INSERT … SELECT of one row's columns; `written` names columns that SQL itself writes."""
    columns, places, values = [], [], []
    for field in row._meta.concrete_fields:
        if field.primary_key and row.pk is None:
            continue
        columns.append(f'"{field.column}"')
        if field.name in written:
            places.append(written[field.name])
            continue
        value = getattr(row, field.attname)
        if field.get_internal_type() == "JSONField":
            value = Jsonb(value)
        else:
            value = field.get_db_prep_save(value, connection)
        cast = field.db_type(connection) or "text"
        places.append(f"%s::{cast.split(' GENERATED')[0]}")
        values.append(value)
    table = row._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(places)} {source} {tail}",
        values,
    )
