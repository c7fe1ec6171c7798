"""`meicheng ledger rebuild`: counters that went wrong are found, named and set right."""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import CaseTally, Tally
from meicheng.ledger.rebuild import rebuild
from meicheng.project.commands import run


def look(city, value="yes", **fields):
    site = fields.pop("site", None) or city.site()
    return observe(
        [
            new_observation(
                item=city.item("swept"),
                division=site.division,
                site=site,
                observed_at=timezone.now(),
                value=value,
                **fields,
            )
        ]
    )[0]


def test_counters_of_a_working_city_hold_what_is_counted(city):
    for value in ("yes", "no", "na"):
        look(city, value, weight=2.5)
    for state in ("reported", "closed", "turned_down", "suspended"):
        city.case(state=state)
    assert rebuild(check=True) == []


def test_a_corrected_observation_counts_once(city):
    site = city.site()
    wrong = look(city, "no", site=site)
    look(city, "yes", site=site, replaces=wrong)
    assert rebuild(check=True) == []
    assert {row.value: row.observations for row in Tally.objects.all()} == {"yes": 1, "no": 0}


def test_a_counter_that_was_tampered_with_is_named(city, capsys):
    look(city)
    Tally.objects.update(observations=7)
    assert run(["ledger", "rebuild", "--check"]) == 1
    assert "observations 7, counted 1" in capsys.readouterr().out
    assert Tally.objects.get().observations == 7


def test_a_counter_that_was_lost_comes_back(city, capsys):
    look(city, number=3.0, weight=2)
    city.case(state="closed")
    before = [list(table.objects.order_by("pk").values()) for table in (Tally, CaseTally)]
    keys = [[{**row, "id": 0} for row in rows] for rows in before]
    Tally.objects.all().delete()
    CaseTally.objects.all().delete()
    assert run(["ledger", "rebuild"]) == 0
    after = [list(table.objects.order_by("pk").values()) for table in (Tally, CaseTally)]
    assert [
        sorted(map(str, ({**row, "id": 0} for row in rows if any_count(row)))) for rows in after
    ] == [sorted(map(str, (row for row in rows if any_count(row)))) for rows in keys]
    assert run(["ledger", "rebuild", "--check"]) == 0


def any_count(row):
    return any(row.get(name) for name in ("observations", "received", "closed"))


def test_a_counter_of_nothing_goes_to_zero(city):
    CaseTally.objects.create(
        kind=city.kind(), division=city.division(), unit_id_or_0=0, month=202601, closed=4
    )
    assert len(rebuild()) == 1
    assert CaseTally.objects.get().closed == 0


@pytest.mark.parametrize("more", [0, 40])
def test_the_check_of_observations_is_one_statement(city, more, django_assert_num_queries):
    for _ in range(1 + more):
        look(city)
    with django_assert_num_queries(3):  # observations, cases, their counters
        rebuild(check=True)
