"""Writing many rows at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from meicheng.ledger.models import Event
from meicheng.tables.bulk import insert, reserve_keys

AT = datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)


def event(sequence, **more):
    return Event(chain="x:1", sequence=sequence, verb="seen", at=AT, hash="h", **more)


def test_rows_come_back_as_they_were_written(db):
    words = "quotes \"'\\ tabs\t lines\n 汉字 \\N"
    insert([event(1, by_name=words, data={"words": words, "list": [1, None]}), event(2)])
    first, second = Event.objects.order_by("sequence")
    assert (first.by_name, first.data, first.at) == (
        words,
        {"words": words, "list": [1, None]},
        AT,
    )
    assert second.pk != first.pk
    assert second.by_id is None


def test_no_rows_are_nothing(db):
    insert([])
    assert reserve_keys(Event, 0) == []


def test_a_row_that_is_here_already_is_djangos_own_error(db):
    insert([event(1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([event(2), event(1)])
    assert Event.objects.count() == 1


def test_reserved_keys_are_nobody_elses(db):
    with transaction.atomic():
        insert([event(1)])
        keys = reserve_keys(Event, 3)
        rows = [event(10 + number) for number in range(3)]
        for row, key in zip(rows, keys, strict=True):
            row.pk = key
        insert(rows)
    assert len(set(keys)) == 3
    later = Event.objects.create(chain="x:1", sequence=2, verb="seen", at=AT, hash="h")
    assert later.pk not in {*keys, Event.objects.get(sequence=1).pk}
