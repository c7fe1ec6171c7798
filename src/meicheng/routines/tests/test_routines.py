"""Routines: they make themselves, are done in time or missed for good, and are kept few."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from meicheng.inspections.actions import Answer, record_visit
from meicheng.ledger.models import Event, Observation
from meicheng.ledger.verify import verify
from meicheng.notices.models import Notice
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day, midnight, month_of, months_later
from meicheng.routines.actions import (
    BadRoutine,
    do_occurrence,
    end_routine,
    order_routine,
    thin_routine,
)
from meicheng.routines.burden import OF_PLACES, SOURCES, burden, burden_of_places, minutes_of
from meicheng.routines.dropping import suggestions
from meicheng.routines.making import make_occurrences, tell_missed
from meicheng.routines.models import Occurrence, Routine
from meicheng.routines.queries import counts, occurrences, waiting
from meicheng.routines.rhythm import days_of
from meicheng.routines.rules import costs


@pytest.fixture
def today(city):
    return city_day(timezone.now())


@pytest.fixture
def lane(city):
    return city.site()


@pytest.fixture
def order(city, lane, today):
    """Order a routine: every day at the back lanes of LC, whether they are swept."""

    def make(**said):
        options = {
            "title": "背街小巷日常保洁", "unit": city.unit(), "division": city.division("LC"),
            "site_kind": lane.kind, "rhythm": "days", "number": 1, "begins": today,
            "items": [city.item("swept")], "key": "k", **said,
        }  # fmt: skip
        return order_routine(options.pop("by", city.user("creation-office")), **options)

    return make


@pytest.fixture
def now_due(order, today):
    """A routine's time that is due today."""
    return order().occurrences.get(day=today)


def older(routine, days):
    """The routine as if all of it had happened so many days earlier."""
    by = timedelta(days=days)
    for one in routine.occurrences.order_by("day"):
        Occurrence.objects.filter(pk=one.pk).update(day=one.day - by, due=one.due - by)
    Routine.objects.filter(pk=routine.pk).update(
        since=routine.since - by,
        made_until=routine.made_until - by,
        told_until=routine.told_until - by,
    )


@given(
    st.sampled_from([("working", 0), ("weekly", 5), ("days", 3), ("monthly", 31)]),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 90),
    st.integers(0, 90),
)
def test_days_found_in_two_parts_are_those_found_at_once(rhythm, since, part, rest):
    def days(first, last):
        return days_of(*rhythm, since=since, first=first, last=last,
                       works=lambda day: day.isoweekday() < 6)  # fmt: skip

    middle = since + timedelta(days=part)
    end = middle + timedelta(days=rest)
    assert days(since, end) == days(since, middle) + days(middle + timedelta(days=1), end)


def test_a_routine_makes_itself_for_every_site_two_weeks_ahead(city, order, today):
    city.site()
    city.site(division="XC0101")
    routine = order()
    assert routine.occurrences.count() == 2 * 15  # two lanes of LC, today and 14 days
    assert make_occurrences(today) == 0
    assert make_occurrences(today + timedelta(days=1)) == 1
    assert make_occurrences(today + timedelta(days=1)) == 0
    assert routine.occurrences.count() == 2 * 16
    one = routine.occurrences.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Occurrence.objects.create(routine=routine, day=one.day, due=one.due, site=one.site)


def test_what_could_not_be_asked_is_said_and_not_missed(order, today):
    routine = order()
    Occurrence.objects.filter(routine=routine).delete()
    Routine.objects.update(made_until=today - timedelta(days=4), since=today - timedelta(days=9))
    make_occurrences(today)
    assert routine.occurrences.order_by("day").first().day == today
    event = Event.objects.get(chain=routine.chain, verb="routine_not_asked")
    assert event.data["days"] == [str(today - timedelta(days=n)) for n in (3, 2, 1)]
    assert not verify().faults


def test_the_unit_does_it_with_a_photograph_and_answers(city, order, today):
    one = order(photo=True).occurrences.get(day=today)
    worker = city.user("unit-worker")
    with translation.override("en"):
        with pytest.raises(BadRoutine, match="photograph is asked for"):
            do_occurrence(worker, one, answers={"swept": "yes"})
        with pytest.raises(BadRoutine, match="answer yes or no"):
            do_occurrence(worker, one, answers={"swept": "maybe"}, photo=city.jpeg())
        done = do_occurrence(worker, one, answers={"swept": "no"}, photo=city.jpeg(), remark="已扫")
        with pytest.raises(BadRoutine, match="done already"):
            do_occurrence(worker, one, answers={"swept": "yes"}, photo=city.jpeg())
    assert (done.done_by, done.answers, done.photo is not None) == (worker, {"swept": "no"}, True)
    event = Event.objects.get(chain=done.routine.chain, verb="routine_done")
    assert event.data["answers"] == {"swept": "no"}
    assert not Observation.objects.exists()  # the unit's own look counts for no mark
    assert not verify().faults


def test_another_unit_does_not_do_it(city, now_due):
    stranger = city.user("unit-worker", unit=city.unit(district="XC"))
    with pytest.raises(NotAllowed):
        do_occurrence(stranger, now_due, answers={"swept": "yes"})
    assert not occurrences(stranger).exists()


def test_what_is_missed_stays_missed_and_its_lead_is_told_once(city, order, today):
    lead, worker = city.user("unit-lead"), city.user("unit-worker")
    routine = order(grace=1)
    older(routine, 3)  # three, two and one day ago; the last may still be done
    assert waiting(worker, today=today).missed == 2
    missed = routine.occurrences.order_by("day").first()
    with translation.override("en"), pytest.raises(BadRoutine, match="it is missed"):
        do_occurrence(worker, missed, answers={"swept": "yes"})
    late = routine.occurrences.get(day=today - timedelta(days=1))
    do_occurrence(worker, late, answers={"swept": "yes"})
    assert (tell_missed(today), tell_missed(today)) == (1, 0)
    notice = Notice.objects.get(person=lead, kind="routine.missed")
    assert notice.link == f"/routines/{routine.code}/?state=missed"
    assert counts(occurrences(worker), today=today) == {"due": 1, "missed": 2, "done": 1}


def test_nothing_is_done_before_its_day(city, order, today):
    later = order().occurrences.get(day=today + timedelta(days=1))
    with translation.override("en"), pytest.raises(BadRoutine, match="cannot be done before"):
        do_occurrence(city.user("unit-worker"), later, answers={"swept": "yes"})


def test_made_rarer_it_comes_half_as_often_from_tomorrow(city, order, today):
    routine = order(rhythm="days", number=2)
    thinned = thin_routine(city.user("creation-office"), routine, "两月无问题")
    assert thinned.number == 4
    days = list(thinned.occurrences.values_list("day", flat=True))
    assert days == [today, *[today + timedelta(days=n) for n in (2, 6, 10, 14)]]
    with translation.override("en"), pytest.raises(BadRoutine, match="wait until then"):
        thin_routine(city.user("creation-office"), thinned, "再减")


def test_ended_it_asks_no_more_and_keeps_what_was_done(city, order, today):
    routine = order()
    one = do_occurrence(city.user("unit-worker"), routine.occurrences.get(day=today),
                        answers={"swept": "yes"})  # fmt: skip
    end_routine(city.user("creation-office"), routine, "巡查已覆盖")
    assert list(routine.occurrences.all()) == [one]
    assert make_occurrences(today + timedelta(days=30)) == 0
    with pytest.raises(BadRoutine):
        end_routine(city.user("creation-office"), routine, "巡查已覆盖")


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"number": 0}, {"rhythm": "weekly", "number": 8}, {"rhythm": "never"},
     {"grace": 15}, {"items": []}, {"begins": date(2020, 1, 1)}, {"key": ""}],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_what_cannot_be_is_refused_whole(order, wrong):
    with pytest.raises(BadRoutine):
        order(**wrong)
    assert not Routine.objects.exists()
    assert not Event.objects.filter(verb="routine_ordered").exists()


def test_a_kind_without_sites_is_refused_and_the_same_key_orders_once(city, order):
    with translation.override("en"), pytest.raises(BadRoutine, match="0 such sites"):
        order(division=city.division("XC"))
    assert order() == order()
    assert Routine.objects.count() == 1


def test_the_meter_counts_forms_photographs_and_minutes(city, order, today):
    worker = city.user("unit-worker")
    order(photo=True, rhythm="monthly", number=today.day)
    city.case(state="resolved")  # one form, one photograph
    (line,) = burden(worker, month_of(timezone.now()))
    assert (line.unit, line.forms, line.photos) == (city.unit(), 2, 2)
    cost = costs()
    assert line.minutes == sum(minutes_of(cost[code], 1, 1) for code in ("routines", "cases"))
    assert burden(city.user("inspector", division="XC"), month_of(timezone.now())) == []
    after = months_later(month_of(timezone.now()), 1)
    earlier = [one for one in burden(worker, after) if one.unit == city.unit()]
    assert earlier[0].earlier == {month_of(timezone.now()): line.minutes}


def test_visits_are_asked_of_the_people_of_a_district(city):
    site, inspector = city.site(), city.user("inspector")
    answers = [Answer(city.item("swept"), "no", photo=city.photo())]
    record_visit(site=site, by=inspector, answers=answers, key="x")
    month = month_of(timezone.now())
    (line,) = burden_of_places(inspector, month)
    assert (line.unit, line.forms, line.photos) == (city.division("LC"), 1, 1)
    assert line.minutes == minutes_of(costs()["visits"], 1, 1)
    assert burden_of_places(city.user("district-lead", division="XC"), month) == []


def test_every_source_of_the_meter_has_its_minutes():
    assert {*SOURCES, *OF_PLACES} == set(costs())


def answered(routine, user, values, today):
    """Times of a routine that were done on days before today with these answers."""
    at = timezone.now()
    Occurrence.objects.bulk_create(
        Occurrence(routine=routine, day=today - timedelta(days=n), due=today - timedelta(days=n),
                   site=routine.occurrences.first().site, done_at=at, done_by=user,
                   answers={"swept": value})
        for n, value in enumerate(values, 1)
    )  # fmt: skip


def test_answers_that_never_differed_are_a_reason_to_ask_less(city, order, today):
    routine, worker = order(), city.user("unit-worker")
    answered(routine, worker, ["yes"] * 29, today)
    assert suggestions([routine], today=today) == []
    Occurrence.objects.filter(routine=routine, day=today).update(
        answers={"swept": "yes"}, done_at=timezone.now(), done_by=worker
    )
    (found,) = suggestions([routine], today=today)
    assert (found.reason, found.value, found.among) == ("same", "yes", 30)
    assert found.lost == pytest.approx(0.0950, abs=5e-4)
    Occurrence.objects.filter(routine=routine, day=today).update(answers={"swept": "no"})
    assert suggestions([routine], today=today) == []


def test_what_visits_see_at_the_same_place_need_not_be_asked_again(city, order, lane, today):
    routine, worker = order(), city.user("unit-worker")
    answered(routine, worker, ["yes", "no"] * 5, today)
    assert suggestions([routine], today=today) == []
    visit = record_visit(site=lane, by=city.user("inspector"),
                         answers=[Answer(city.item("swept"), "yes")])  # fmt: skip
    (found,) = suggestions([routine], today=today)
    assert (found.reason, found.among, found.share) == ("seen", 11, 1.0)
    long_ago = midnight(today - timedelta(days=40))
    Observation.objects.filter(origin=visit.origin).update(observed_at=long_ago)
    assert suggestions([routine], today=today) == []


def test_many_routines_cost_no_more_statements(order, today, django_assert_num_queries):
    for many in (1, 5):
        routines = [order(key=f"{many}-{number}") for number in range(many)]
        with django_assert_num_queries(4):
            suggestions(routines, today=today)
