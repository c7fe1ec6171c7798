"""Making lists, solving their items, and striking them off by another person."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.lists.actions import BadList, Draft, make_list, send_back, solve, strike_off
from meicheng.lists.models import ListItem, ProblemList
from meicheng.organisation.models import Membership
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day


@pytest.fixture
def item(new_list):
    return new_list().items.get()


@pytest.fixture
def worker(city):
    return city.user("unit-worker")


@pytest.fixture
def verifier(city):
    return city.user("verifier")


def test_an_item_is_solved_by_its_unit_and_struck_off_by_another(city, item, worker, verifier):
    photo = city.photo()
    solved = solve(worker, item, "已清运", photo)
    assert (solved.status, solved.solved_by, solved.proof) == ("solved", worker, photo)
    struck = strike_off(verifier, item)
    struck.refresh_from_db()
    assert (struck.status, struck.struck_by) == ("struck", verifier)


def test_nobody_strikes_off_what_they_solved(city, item, worker):
    Membership.objects.create(user=worker, role="verifier", division=city.division("LC"))
    solve(worker, item, "已清运", city.photo())
    with pytest.raises(NotAllowed), translation.override("en"):
        strike_off(worker, item)
    item.refresh_from_db()
    assert item.status == "solved"


def test_nor_does_the_database_let_them(city, item, worker):
    solve(worker, item, "已清运", city.photo())
    with pytest.raises(IntegrityError), transaction.atomic():
        ListItem.objects.filter(pk=item.pk).update(
            status="struck", struck_by=worker, struck_at=timezone.now()
        )


def test_a_struck_item_without_a_name_is_impossible(item):
    with pytest.raises(IntegrityError), transaction.atomic():
        ListItem.objects.filter(pk=item.pk).update(status="struck")


def test_another_unit_does_not_solve_it(city, item):
    stranger = city.user("unit-worker", unit=city.unit("health"))
    with pytest.raises(NotAllowed):
        solve(stranger, item, "已清运")


@pytest.mark.parametrize("role", ["dispatcher", "auditor", "unit-worker", "collector"])
def test_only_who_may_makes_a_list(city, new_list, role):
    with pytest.raises(NotAllowed):
        new_list(by=city.user(role))
    assert not ProblemList.objects.exists()


def test_a_district_makes_lists_of_its_own_alone(city, new_list):
    lead = city.user("district-lead", division="XC")
    with pytest.raises(NotAllowed):
        new_list(by=lead)


def test_without_proof_somebody_says_what_they_saw(item, worker, verifier):
    solve(worker, item, "已清运")
    with pytest.raises(BadList), translation.override("en"):
        strike_off(verifier, item)
    assert strike_off(verifier, item, "现场已核实").struck_remark == "现场已核实"


def test_what_is_not_solved_goes_back_with_the_reason(city, item, worker, verifier):
    solve(worker, item, "已清运", city.photo())
    returned = send_back(verifier, item, "仍有垃圾")
    assert (returned.status, returned.solved_by, returned.proof) == ("returned", None, None)
    assert returned.returned_reason == "仍有垃圾"
    assert solve(worker, item, "再次清运", city.photo()).returned_reason == ""


def test_what_came_back_is_opened_after_it_was_struck_off(city, item, worker, verifier):
    solve(worker, item, "已清运", city.photo())
    strike_off(verifier, item)
    returned = send_back(verifier, item, "反弹")
    assert (returned.status, returned.struck_by) == ("returned", None)


@pytest.mark.parametrize("step", [strike_off, lambda who, item: send_back(who, item, "没做")])
def test_an_open_item_is_not_checked_yet(item, verifier, step):
    with pytest.raises(BadList), translation.override("en"):
        step(verifier, item)


def test_remarks_are_needed(item, worker):
    with pytest.raises(BadList):
        solve(worker, item, "  ")


def test_the_same_key_makes_one_list(new_list):
    first, again = new_list(key="plan-7"), new_list(key="plan-7")
    assert first == again
    assert ProblemList.objects.count() == 1
    assert Event.objects.filter(chain=first.chain).count() == 1


def test_a_key_of_somebody_else_is_another_list(city, new_list):
    lead = city.user("district-lead")
    assert new_list(key="1") != new_list(key="1", by=lead)


def test_every_fault_is_named_at_once_and_nothing_is_made(city, office, today):
    drafts = [
        Draft("", city.unit(), today),
        Draft("垃圾", "nobody", today),
        Draft("垃圾", city.unit(), today - timedelta(days=1)),
        Draft("垃圾", city.unit(district="XC"), today, division=city.division("LC0101")),
        Draft("垃圾", city.unit(), today, division=city.division("XC")),
        Draft("垃圾", city.unit(), today, criterion="sanitary/9", item="no-such"),
    ]
    with translation.override("en"), pytest.raises(BadList) as caught:
        make_list(office, title="", source="walk", division=city.division("LC"), items=drafts,
                  key="x")  # fmt: skip
    rows = {(fault.row, fault.field) for fault in caught.value.faults}
    assert rows >= {(0, "title"), (1, "text"), (2, "unit"), (3, "due"), (4, "unit"),
                    (5, "division"), (6, "criterion"), (6, "item")}  # fmt: skip
    assert "expected the code of a unit" in str(caught.value)
    assert not ProblemList.objects.exists()
    assert not ListItem.objects.exists()


def test_an_empty_list_is_refused(new_list):
    with translation.override("en"), pytest.raises(BadList, match="at least one problem"):
        new_list(count=0)


def test_a_criterion_may_be_named_by_its_code_alone(city, office, today):
    city.load_standards("sanitary-city-2021")
    from meicheng.standards.models import Criterion

    criterion = Criterion.objects.select_related("framework").first()
    unit = city.unit()
    made = make_list(
        office, title="下一步", source="next_steps", division=city.division("CITY"),
        items=[Draft("补短板", unit, today, criterion=criterion.code)], key="steps",
        framework=criterion.framework, period="2026Q3",
    )  # fmt: skip
    kept = made.items.get()
    assert kept.criterion == f"{criterion.framework.code}/{criterion.code}"
    assert kept.division == unit.division


def test_the_last_day_ends_at_midnight_of_the_city(item, today):
    """A quarter to midnight in Shanghai is still the last day; UTC's day is another."""
    shanghai = ZoneInfo("Asia/Shanghai")
    late = datetime.combine(item.due, datetime.min.time(), shanghai) + timedelta(hours=23.75)
    assert not item.is_overdue(city_day(late))
    assert item.is_overdue(city_day(late + timedelta(minutes=20)))


def test_the_history_of_a_list_is_held_by_the_ledger(city, item, worker, verifier):
    solve(worker, item, "已清运", city.photo())
    strike_off(verifier, item)
    made = item.list
    verbs = list(Event.objects.filter(chain=made.chain).values_list("verb", flat=True))
    assert verbs == ["list_made", "list_item_solved", "list_item_struck"]
    assert not verify().faults
    Event.objects.filter(chain=made.chain, verb="list_item_solved").delete()
    assert [fault.chain for fault in verify().faults] == [made.chain]


@pytest.mark.parametrize("count", [3, 60])
def test_a_long_list_costs_no_more_statements(new_list, django_assert_max_num_queries, count):
    with django_assert_max_num_queries(14):
        new_list(count)
