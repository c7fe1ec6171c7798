"""Who did not rate may be drawn by lot and called, so that satisfaction is everybody's."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.organisation.permissions import NotAllowed
from meicheng.organisation.personal import digest, seal
from meicheng.places.time import city_day, midnight
from meicheng.voices.callbacks.actions import draw_call_backs, draw_daily, frame, note_call
from meicheng.voices.callbacks.models import CallBack, CallBackDraw
from meicheng.voices.callbacks.queries import calls_to_make, drawn_again, satisfaction
from meicheng.voices.checking import BadReport
from meicheng.voices.models import Report
from meicheng.voices.personal import erase_contact

MONTH, DAY = 202610, date(2026, 11, 15)


@pytest.fixture
def answered(city, settings):
    """Ten answered in October: four rated, of whom three content; five of the others left a number."""
    settings.CALL_BACKS = 3
    at = midnight(date(2026, 10, 12))
    made = []
    for number in range(10):
        case = city.case(state="closed")
        Case.objects.filter(pk=case.pk).update(closed_at=at)
        rated = number < 4
        phone = "" if number == 9 else f"1390000000{number}"
        made.append(
            city.report(
                case=case,
                state="answered",
                source="hotline",
                rating=(5, 4, 4, 1)[number] if rated else None,
                rated_at=at + timedelta(days=1) if rated else None,
                phone_sealed=seal(phone) if phone else None,
                phone_digest=digest(phone) if phone else "",
            )
        )
    return made


def test_the_lot_falls_once_a_month_on_those_who_did_not_rate_and_left_a_number(answered):
    assert draw_daily(date(2026, 11, 14)) == 0
    assert draw_daily(DAY) == 1
    assert draw_daily(DAY) == 0
    draw = CallBackDraw.objects.get()
    counts = (draw.month, draw.answered, draw.rated, draw.satisfied, draw.frame)
    assert counts == (MONTH, 10, 4, 3, 5)
    drawn = set(draw.calls.values_list("report", flat=True))
    assert len(drawn) == 3
    assert drawn <= {one.pk for one in answered[4:9]}
    assert drawn_again(draw) == list(draw.calls.values_list("report", flat=True))
    assert Event.objects.get(chain=f"callbacks:{MONTH}").data["seed"] == draw.seed


def test_what_the_called_say_stands_for_all_who_did_not_rate(city, answered):
    draw = draw_call_backs(MONTH)
    calls = list(draw.calls.all())
    by = city.user("dispatcher")
    assert satisfaction(MONTH).estimate is None
    note_call(calls[0], by=by, outcome="reached", rating=5)
    note_call(calls[1], by=by, outcome="reached", rating=2, manner=3, remark="还在漏")
    note_call(calls[2], by=by, outcome="refused")
    found = satisfaction(MONTH)
    assert (found.silent, found.no_number, found.drawn) == (6, 1, 3)
    assert (found.called.hits, found.called.among, found.refused) == (1, 2, 1)
    assert found.estimate.share == pytest.approx((3 + 6 * 0.5) / 10)
    assert found.estimate.low < found.estimate.least < found.estimate.share < found.estimate.high


def test_who_rates_by_herself_after_the_draw_counts_once_and_is_not_called(city, answered):
    draw = draw_call_backs(MONTH)
    drawn = draw.calls.first()
    Report.objects.filter(pk=drawn.report_id).update(rating=5, rated_at=timezone.now())
    assert drawn not in calls_to_make(city.user("dispatcher"))
    found = satisfaction(MONTH)
    assert (found.rated.among, found.called.among) == (4, 1)
    assert len(frame(MONTH, draw.drawn_at)) == draw.frame, "the frame of then can be had again"


def test_a_call_is_tried_three_times_and_written_down_by_who_may_see_numbers(city, answered):
    call = draw_call_backs(MONTH).calls.first()
    by = city.user("dispatcher")
    for wrong in (
        {"outcome": "reached"},
        {"outcome": "waiting"},
        {"outcome": "reached", "rating": 9},
        {"outcome": "refused", "rating": 4},
    ):
        with pytest.raises(BadReport):
            note_call(call, by=by, **wrong)
    with pytest.raises(NotAllowed):
        note_call(call, by=city.user("inspector"), outcome="refused")
    for _ in range(3):
        note_call(call, by=by, outcome="not_reached")
    with pytest.raises(BadReport):
        note_call(call, by=by, outcome="reached", rating=5)
    assert call not in calls_to_make(by)
    noted = Event.objects.filter(chain=f"report:{call.report_id}", verb="called_back")
    assert noted.count() == 3


def test_who_deletes_her_number_is_not_called(city, answered):
    call = draw_call_backs(MONTH).calls.first()
    erase_contact(call.report)
    assert CallBack.objects.get(pk=call.pk).outcome == "refused"


def test_an_operator_calls_one_after_the_other(city, client, answered):
    draw_call_backs(MONTH)
    client.force_login(city.user("dispatcher"))
    first = calls_to_make(city.user("dispatcher")).first()
    assert (
        reverse("voices:call", args=[first.pk])
        in client.get(reverse("voices:calls")).content.decode()
    )
    address = reverse("voices:call", args=[first.pk])
    assert "1390000000" not in client.get(address).content.decode()
    assert client.post(address, {"show": "1", "reason": ""}).status_code == 400
    page = client.post(address, {"show": "1", "reason": "回访"}).content.decode()
    assert "1390000000" in page
    assert client.post(address, {"outcome": "reached"}).status_code == 400
    sent = client.post(address, {"outcome": "reached", "rating": "4"})
    following = calls_to_make(city.user("dispatcher")).first()
    assert sent["Location"] == reverse("voices:call", args=[following.pk])
    client.force_login(city.user("inspector"))
    assert client.get(address).status_code == 403


def test_the_page_of_satisfaction_shows_who_did_not_say(
    city, client, answered, django_assert_max_num_queries
):
    now = timezone.now()
    day = city_day(now)
    month = day.year * 100 + day.month
    Case.objects.update(closed_at=now)
    draw = draw_call_backs(month)
    for call in draw.calls.all():
        note_call(call, by=city.user("dispatcher"), outcome="reached", rating=5)
    client.force_login(city.user("auditor"))
    with django_assert_max_num_queries(60):
        page = client.get(reverse("voices:satisfied")).content.decode()
    assert "90%" in page.replace(" ", "") or "90 %" in page
