"""A list costs the database as little for many rows as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

LISTS = ["cases", "reports", "sites", "units", "divisions", "kinds", "standards", "notices",
         "campaigns", "chronic", "routines", "lists", "supervision", "commitments"]  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_same_number_of_questions_for_more(city, call, name):
    caller = call()

    def grow():
        for place in ("LC0101", "XC0101", "SF0101"):
            city.report(case=city.case(division=place, state="in_progress"), division=place)
            city.site(division=place)

    def asked():
        with CaptureQueriesContext(
            connection,
        ) as found:
            answer = caller.get(f"/{name}")
        assert answer.status_code == 200, answer.content
        return len(found), len(answer.json()["items"])

    grow()
    asked()  # what is looked up once and kept
    few, _rows = asked()
    for _ in range(3):
        grow()
    many, rows = asked()
    assert many == few <= 12
    if name in {"cases", "reports", "sites"}:
        assert rows >= 12
