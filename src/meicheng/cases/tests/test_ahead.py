"""Numbers that are taken ahead of need."""

from datetime import date

import pytest

from meicheng.cases import ahead
from meicheng.cases.models import NumberCounter
from meicheng.cases.numbers import take_number

DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def clock(db, monkeypatch):
    """A clock that a test moves by hand."""
    ahead.forget()
    now = [1000.0]
    monkeypatch.setattr("meicheng.cases.ahead.time.monotonic", lambda: now[0])
    yield now
    ahead.forget()


def test_rare_cases_are_numbered_without_gaps(clock):
    found = []
    for _ in range(4):
        clock[0] += 60
        found.append(ahead.next_serial(DAY))
    assert found == [1, 2, 3, 4]
    assert take_number(DAY) == ["A-20261123-0005"]


def test_in_a_rush_the_counter_is_asked_ever_less(clock, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        found = [ahead.next_serial(DAY) for _ in range(120)]
    assert len(set(found)) == 120
    assert NumberCounter.objects.get().last >= 120


def test_a_number_that_was_not_needed_goes_to_the_next_case():
    serial = ahead.next_serial(DAY)
    ahead.put_back(DAY, serial)
    assert ahead.next_serial(DAY) == serial


def test_nothing_that_was_taken_holds_once_the_database_is_an_older_one():
    taken = [ahead.next_serial(DAY) for _ in range(4)]
    NumberCounter.objects.all().delete()
    ahead.put_back(DAY, taken[-1])
    assert ahead.next_serial(DAY) == 1
