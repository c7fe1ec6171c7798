"""Promises: made, read from the data, told of, stated at their date, changed in the open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meicheng.assessment.counted import cases as counted_cases
from meicheng.commitments.actions import BadCommitment, change, enter_value, withdraw
from meicheng.commitments.following import follow_commitments
from meicheng.commitments.judging import standing
from meicheng.commitments.measuring import measure, period_of
from meicheng.commitments.models import Commitment, Reading
from meicheng.commitments.queries import lines, published, waiting, whole
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.lists.actions import Draft, make_list
from meicheng.notices.models import Notice
from meicheng.organisation.permissions import NotAllowed
from meicheng.standards.models import Framework


def stands(one, day):
    return standing(one, list(one.readings.all()), today=day)


def test_a_promise_is_read_at_its_beginning_and_as_of_yesterday(city, promised, today):
    for days in (30, 30, 4):  # two stood open when it began, one more came since
        city.case(state="in_progress", reported_at=timezone.now() - timedelta(days=days))
    one = promised(figure=0.0)
    first, last = one.readings.all()
    assert (first.day, first.value) == (one.start - timedelta(days=1), 2.0)
    assert (last.day, last.value) == (today - timedelta(days=1), 3.0)
    assert stands(one, today).state == "behind"  # the path asks for 1.4


def test_the_day_reads_it_every_week_and_never_twice(promised, today):
    one = promised()
    assert follow_commitments(today) == 0
    assert follow_commitments(today + timedelta(days=7)) == 1
    assert follow_commitments(today + timedelta(days=7)) == 0
    days = [read.day for read in one.readings.all()]
    assert days == [
        one.start - timedelta(days=1),
        today - timedelta(days=1),
        today + timedelta(days=6),
    ]


def test_at_its_date_it_is_stated_from_the_data_then_and_stays_so(city, promised, today):
    lead = city.user("unit-lead")
    one = promised(due=today + timedelta(days=3), figure=1.0)
    city.case(state="in_progress")
    city.case(state="in_progress")
    assert follow_commitments(one.due) == 0  # its date is not over
    after = one.due + timedelta(days=9)  # the worker stood still meanwhile
    while follow_commitments(after):
        pass
    one.refresh_from_db()
    assert (one.outcome, one.stated_from.day, one.stated_from.value) == ("broken", one.due, 2.0)
    told = Notice.objects.get(person=lead, kind="commitment.stated")
    assert told.link == f"/commitments/{one.code}/"
    said = Event.objects.filter(chain=one.chain).last()
    assert (said.verb, said.data["outcome"], said.data["value"]) == (
        "commitment_stated",
        "broken",
        2.0,
    )
    assert verify().faults == []
    with pytest.raises(BadCommitment):
        withdraw(city.user("creation-office"), one, "不算了")


def test_shares_of_cases_are_those_that_the_pages_count(city, promised, today):
    for days, state in ((10, "closed"), (9, "closed"), (8, "in_progress"), (7, "closed")):
        city.case(state=state, reported_at=timezone.now() - timedelta(days=days))
    city.case(kind="lamp-out", state="closed", reported_at=timezone.now() - timedelta(days=9))
    later = today + timedelta(days=10)  # the limits of all lie before it
    found = measure(promised(metric="on_time", direction="least", figure=90.0), later)
    counted = counted_cases(period_of(later), city.division("LC"), ["on_time", "due"])
    litter = counted["exposed-litter"]
    assert (found.hits, found.among) == (litter["on_time"], litter["due"])
    # The limit of the one in progress has not run out yet; the lamp is another unit's.
    assert found.among == 3
    assert found.low < found.value < found.high or found.value in {0.0, 100.0}
    everybody = promised(unit=None, metric="on_time", direction="least", figure=90.0)
    assert measure(everybody, later).among == 4


def test_problems_of_a_list_count_when_they_are_struck_off(city, promised, today):
    due = today + timedelta(days=5)
    listed = make_list(city.user("creation-office"), title="清单", source="mock", key="x",
                       division=city.division("LC"), items=[Draft("一", city.unit(), due),
                       Draft("二", city.unit(), due), Draft("三", city.unit("health"), due)])  # fmt: skip
    listed.items.filter(position=1).update(
        status="struck", struck_at=timezone.now() - timedelta(days=2),
        struck_by=city.user("verifier"), solved_by=city.user("unit-worker"),
        solved_at=timezone.now() - timedelta(days=3),
    )  # fmt: skip
    one = promised(metric="list", problem_list=listed, direction="least", figure=100.0)
    found = one.readings.last()
    assert (found.value, found.hits, found.among, found.low) == (50.0, 1, 2, None)
    assert one.readings.first().value == 0.0


def test_marks_of_a_place_are_those_of_the_marks_page(city, promised, today):
    city.load_standards("sanitary-city-2021")
    with pytest.raises(BadCommitment):
        promised(unit=None, metric="marks", direction="least", figure=800.0)
    standard = Framework.objects.get()
    with pytest.raises(BadCommitment):
        promised(unit=None, metric="marks", framework=standard, part="no-such", direction="least")
    one = promised(unit=None, metric="marks", framework=standard, direction="least", figure=800.0)
    assert stands(one, today).why == "no_value"  # nothing was looked at
    with pytest.raises(BadCommitment):  # a unit has no marks of its own
        promised(metric="marks", framework=standard, direction="least", figure=800.0)


def test_what_no_data_tells_is_entered_with_a_proof(city, promised, today):
    worker = city.user("unit-worker")
    one = promised(metric="entered", measured_in="公里", direction="least", figure=10.0,
                   beginning=0.0, start=today - timedelta(days=10), due=today + timedelta(days=10))  # fmt: skip
    assert waiting(worker, today=today).to_enter == 0
    read = enter_value(worker, one, day=today, value=6.0, remark="施工月报", proof=city.jpeg(),
                       proof_name="月报.jpg")  # fmt: skip
    assert read.proof is not None
    assert stands(one, today).state == "on_track"
    enter_value(worker, one, day=today, value=3.0, remark="更正：重复计了一段")
    assert stands(one, today).state == "behind"
    assert waiting(worker, today=today).behind == 1
    for day, words in ((today + timedelta(days=1), "x"), (today, " ")):
        with pytest.raises(BadCommitment):
            enter_value(worker, one, day=day, value=1.0, remark=words)
    with pytest.raises(NotAllowed):
        enter_value(
            city.user("unit-worker", unit=city.unit("health")),
            one,
            day=today,
            value=9.0,
            remark="x",
        )
    assert one.readings.filter(by=worker).count() == 2
    follow_commitments(one.due + timedelta(days=30))  # it is waited for
    one.refresh_from_db()
    assert one.outcome == ""
    follow_commitments(one.due + timedelta(days=31))
    one.refresh_from_db()
    assert (one.outcome, one.stated_from.value) == ("broken", 3.0)


def test_who_promised_is_told_at_half_time_and_30_days_before_once(city, promised, today):
    lead = city.user("unit-lead")
    one = promised(start=today, due=today + timedelta(days=100))
    for day in range(101):
        follow_commitments(today + timedelta(days=day))
    told = Notice.objects.filter(person=lead, kind="commitment.due").values_list("key", flat=True)
    assert sorted(told) == [
        f"commitment:{one.pk}:half:{one.due}",
        f"commitment:{one.pk}:soon:{one.due}",
    ]


def test_a_change_needs_a_reason_and_shows_what_was_before(city, promised, today):
    office = city.user("creation-office")
    one = promised(public=True)
    same = {"words": one.words, "figure": 5.0, "due": one.due, "post": one.post, "public": True}
    for reason, said in (("", {**same, "figure": 8.0}), ("没有变化", same)):
        with pytest.raises(BadCommitment):
            change(office, one, reason, **said)
    with pytest.raises(NotAllowed):  # nobody lowers what she promised herself
        change(city.user("unit-lead"), one, "完不成", **{**same, "figure": 8.0})
    change(
        office, one, "街道范围扩大", **{**same, "figure": 8.0, "due": one.due + timedelta(days=9)}
    )
    one.refresh_from_db()
    assert one.figure == 8.0
    (public,) = published(today=today)
    (event,) = public.changes
    assert event.data["before"]["figure"] == 5.0
    assert event.data["reason"] == "街道范围扩大"
    withdraw(office, one, "单位撤并")
    assert published(today=today)[0].line.promise.outcome == "withdrawn"


@pytest.mark.parametrize(
    "said",
    [
        {"words": " "}, {"post": ""}, {"figure": float("nan")}, {"metric": "on_time", "figure": 101.0},
        {"metric": "guess"}, {"direction": "about"}, {"metric": "entered"}, {"metric": "list"},
        {"start": 0, "due": 0}, {"start": 10, "due": 5}, {"start": -400}, {"due": -1},
    ],
)  # fmt: skip
def test_what_no_promise_can_be_changes_nothing(promised, today, said):
    for name in ("start", "due"):
        if name in said:
            said = {**said, name: today + timedelta(days=said[name])}
    with pytest.raises(BadCommitment):
        promised(**said)
    assert not Commitment.objects.exists()
    assert not Reading.objects.exists()


def test_the_same_form_twice_promises_once(promised):
    assert promised(key="k") == promised(key="k")
    assert Commitment.objects.count() == 1


def test_a_page_of_promises_asks_the_same_however_many_there_are(promised, today):
    counted = []
    for _more in range(2):
        promised()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            lines(whole(Commitment.objects.all()), today=today)
        counted.append(len(asked))
    assert counted == [2, 2]
