"""Numbers of cases."""

from __future__ import annotations

from datetime import date

import pytest

from meicheng.cases.numbers import take_number

pytestmark = pytest.mark.django_db


def test_numbers_run_on_within_a_day_and_begin_again_on_the_next():
    assert take_number(date(2026, 11, 23)) == ["A-20261123-0001"]
    assert take_number(date(2026, 11, 23), 2) == ["A-20261123-0002", "A-20261123-0003"]
    assert take_number(date(2026, 11, 24)) == ["A-20261124-0001"]
