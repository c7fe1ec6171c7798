"""Ordering campaigns, counting their days, and seeing where they stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from meicheng.campaigns.actions import (
    BadCampaign,
    Goal,
    compare_with,
    count_day,
    link_list,
)
from meicheng.campaigns.models import Campaign, DayCount
from meicheng.campaigns.queries import account_of, reach, running_with
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.lists.actions import Draft, make_list
from meicheng.organisation.permissions import NotAllowed


def test_a_campaign_is_ordered_with_its_phases_and_stands_in_the_ledger(order, today):
    made = order(goals=[Goal("open", 5, today)])
    assert made.code == f"ZX-{made.begins.year}-{made.pk:04d}"
    assert [phase.name for phase in made.phases.all()] == ["publicity", "rectification"]
    assert (made.acts, made.ends) == (today - timedelta(days=14), today + timedelta(days=14))
    assert not verify().faults
    Event.objects.filter(chain=made.chain).delete()
    assert [fault.chain for fault in verify().faults] == [made.chain]


def test_the_same_key_orders_one_campaign(order):
    assert order() == order()
    assert Event.objects.filter(verb="campaign_ordered").count() == 1


@pytest.mark.parametrize("role", ["dispatcher", "unit-lead", "auditor"])
def test_only_who_may_orders_one(city, order, role):
    with pytest.raises(NotAllowed):
        order(by=city.user(role))


def test_a_district_orders_its_own_alone(city, order):
    lead = city.user("district-lead")
    with pytest.raises(NotAllowed):
        order(by=lead)
    assert order(by=lead, division=city.division("LC"))


def wrong(today):
    day = timedelta(days=1)
    yield "title", {"title": " "}
    yield "areas", {"areas": ()}
    yield "kinds of problems", {"kinds": []}
    yield "was chosen twice", {"areas": ("LC", "LC01")}
    yield "phase of rectification", {"phases": {"publicity": (today, today)}}
    yield "in order", {"phases": {"rectification": (today, today - day)}}
    yield "each phase after", {"phases": {"publicity": (today, today + 3 * day),
                                          "rectification": (today + day, today + 9 * day)}}  # fmt: skip
    yield "two years", {"phases": {"rectification": (today, today + 731 * day)}}
    yield "figure from 0 to 100", {"goals": [Goal("on_time", 101, today)]}
    yield "after the campaign has begun", {"goals": [Goal("open", 1, today - 99 * day)]}
    yield "name of 40 characters", {"counted": ["x" * 41]}


def test_what_cannot_be_is_said_and_nothing_is_kept(order, today):
    for words, said in wrong(today):
        with translation.override("en"), pytest.raises(BadCampaign, match=words):
            order(**said)
    assert not Campaign.objects.exists()


def test_the_days_of_a_campaign_count_themselves(order, found):
    campaign = order(begins=-3, acts=-2)
    found(-10, due=-8)  # open and late since before it began
    found(-3, closed=-1, due=1)
    found(-2, closed=0, due=-1)  # late for a day
    found(-2, division="XC0101")
    found(-2, kind="lamp-out")
    found(-1, closed=-1, state="turned_down")
    days = account_of(campaign, now=timezone.now()).days
    assert [(one.found, one.solved, one.open, one.late) for one in days] == [
        (1, 0, 2, 1), (1, 0, 3, 1), (0, 1, 2, 2), (0, 1, 1, 1),
    ]  # fmt: skip


def test_targets_are_told_by_the_cases_themselves(order, found, today):
    yesterday = today - timedelta(days=1)
    goals = [Goal("open", 1, yesterday), Goal("found", 9, today + timedelta(days=3)),
             Goal("on_time", 60, today), Goal("failed", 10, today)]  # fmt: skip
    campaign = order(goals=goals)
    found(-5, closed=0, due=-1)  # open at the end of yesterday, late
    found(-5, due=4)
    found(-5, closed=-3, due=-2)
    aims = {one.target.measure: one for one in account_of(campaign, now=timezone.now()).aims}
    assert [(code, aims[code].now, aims[code].met) for code in ("open", "found", "on_time", "failed")] == [
        ("open", 2.0, False), ("found", 3.0, True), ("on_time", 50.0, False), ("failed", None, None),
    ]  # fmt: skip


def test_only_drawn_visits_tell_how_many_fail(city, order, office, today):
    from meicheng.ledger.actions import new_observation, observe

    campaign = order(items=[city.item()], goals=[Goal("failed", 30, today)])

    def answer(value, weight=1.0, sampled=True):
        return new_observation(item=city.item(), division=city.division(), value=value,
                               observed_at=timezone.now(), weight=weight, sampled=sampled)  # fmt: skip

    observe([answer("no"), answer("yes", 3.0), answer("na"), answer("no", sampled=False)])
    (aim,) = account_of(campaign, now=timezone.now()).aims
    assert (aim.now, aim.met) == (25.0, True)


def test_the_lead_unit_counts_a_day_and_may_correct_it(city, order, today):
    campaign = order()
    lead = city.user("unit-lead")
    count_day(lead, campaign, today, {"查扣车辆": 7})
    count_day(lead, campaign, today, {"查扣车辆": 8})
    assert DayCount.objects.get().count == 8
    kept = Event.objects.filter(verb="campaign_counted").order_by("sequence")
    assert [event.data["counts"]["查扣车辆"] for event in kept] == [7, 8]
    stranger = city.user("unit-worker", unit=city.unit("health"))
    with pytest.raises(NotAllowed):
        count_day(stranger, campaign, today, {"查扣车辆": 1})


def test_no_day_to_come_no_other_name_and_no_wild_number_is_counted(city, order, today):
    campaign, lead = order(), city.user("unit-lead")
    tomorrow = today + timedelta(days=1)
    for day, counts in ((tomorrow, {"查扣车辆": 1}), (today, {"人数": 1}), (today, {}),
                        (today, {"查扣车辆": 1_000_001})):  # fmt: skip
        with pytest.raises(BadCampaign):
            count_day(lead, campaign, day, counts)
    assert not DayCount.objects.exists()


def test_who_works_in_a_community_sees_the_campaign_of_its_district(city, order):
    campaign = order()
    assert list(reach(city.user("inspector", division="LC0101"))) == [campaign]
    assert list(reach(city.user("unit-lead"))) == [campaign]
    assert not reach(city.user("inspector", division="XC0101"))


def test_a_case_knows_the_campaign_in_which_it_was_found(order, found):
    campaign = order()
    (inside,), (before,), (elsewhere,) = found(-1), found(-60), found(-1, division="XC0101")
    assert running_with(inside) == [campaign]
    assert running_with(before) == running_with(elsewhere) == []


def test_no_area_of_the_campaign_is_compared_with_it(city, order, office):
    campaign = order()
    for code in ("LC", "LC0101", "CITY"):
        with pytest.raises(BadCampaign):
            compare_with(office, campaign, [city.division(code)])
    compare_with(office, campaign, [city.division("XC")])
    assert Event.objects.get(verb="campaign_compared").data == {"beside": ["XC"]}


def test_a_list_belongs_to_a_campaign_once(city, order, office, today):
    campaign = order()
    problems = make_list(office, title="清单", source="campaign", division=city.division("LC"),
                         items=[Draft("垃圾", city.unit(), today)], key="l")  # fmt: skip
    link_list(office, campaign, problems)
    link_list(office, campaign, problems)
    assert list(campaign.lists.all()) == [problems]
    assert Event.objects.filter(verb="campaign_listed").count() == 1


@pytest.mark.parametrize("many", [1, 30])
def test_a_campaign_costs_no_more_statements_for_more_cases(
    order, found, many, django_assert_max_num_queries
):
    campaign = order()
    found(-3, count=many)
    found(-9, closed=-2, due=-3, count=many)
    with django_assert_max_num_queries(12):
        account_of(campaign, now=timezone.now())
