"""A citizen is asked what helps whoever repairs it, and her answers stay with the case."""

from __future__ import annotations

import pytest

from meicheng.standards.actions import load_packs
from meicheng.voices.models import Report

WORDS = "路口的路灯不亮，晚上看不清路。"


@pytest.fixture
def form(city, client):
    """Sends the portal's form for a place in the city."""
    load_packs(frameworks=[], replace=True)  # the shipped kinds with what they ask
    site = city.site()

    def send(**more):
        said = {"key": "k", "longitude": site.longitude, "latitude": site.latitude, "body": WORDS}
        return client.post("/p/", {**said, **more}, headers={"Accept-Language": "zh-Hans"})

    return send


def test_the_questions_of_a_kind_are_asked_once_and_may_be_left_out(form):
    asked = form()
    assert asked.status_code == 200
    assert 'name="attribute[POLE]"' in asked.content.decode()
    assert not Report.objects.exists()
    assert form(asked="lamp-out").status_code == 302
    assert Report.objects.get().body == WORDS


def test_answers_stand_below_the_words_and_by_their_codes(form):
    sent = {"attribute[POLE]": "LC-0231", "attribute[SINCE]": "week", "attribute[LAMPS]": "3"}
    assert form(asked="lamp-out", **sent).status_code == 302
    report = Report.objects.get()
    assert report.body.splitlines() == [
        WORDS, "灯杆编号：LC-0231", "多久了：一周以上", "几盏不亮：3"
    ]  # fmt: skip
    assert report.case.description == report.body
    assert report.extra["attribute[POLE]"] == "LC-0231"
    assert report.kind_id == "lamp-out"


def test_an_answer_that_is_none_is_told_and_nothing_is_sent(form):
    answer = form(asked="lamp-out", **{"attribute[LAMPS]": "很多"})
    assert answer.status_code == 400
    assert "很多" in answer.content.decode()
    assert form(kind="food-hygiene", asked="food-hygiene").status_code == 400  # which shop?
    assert not Report.objects.exists()


def test_a_kind_that_asks_nothing_takes_no_longer(form):
    assert form(body="路面很脏，没有人扫。", kind="dirty-road").status_code == 302


def test_her_answers_stay_in_the_form_when_something_else_is_wrong_or_looked_for(form):
    answers = {"attribute[POLE]": "LC-0231", "attribute[LAMPS]": "3"}
    for wrong in ({"phone": "12"}, {"body": ""}, {"find": "1", "address": "柳池一巷"}):
        page = form(asked="lamp-out", **answers, **wrong)
        assert page.status_code in {200, 400}
        assert "LC-0231" in page.content.decode(), wrong
    assert not Report.objects.exists()


def test_who_says_it_is_the_same_need_not_answer_and_what_she_answered_is_kept(form, city):
    site = city.site()
    where = {"longitude": site.longitude, "latitude": site.latitude}
    case = city.case("food-hygiene", state="registered", **where)
    shop, more = "attribute[PREMISES]", "attribute[SEEN]"
    said = {"kind": "food-hygiene", "body": "这家店的后厨很脏。"}
    page = form(**said).content.decode()
    assert f'name="{shop}"' in page
    assert f'value="{case.number}" formnovalidate' in page, "browsers ask for no answer either"
    same = {**said, "asked": "food-hygiene", "decided": case.number}
    assert form(**same, **{more: "2026-02-31"}).status_code == 400
    assert form(**same, **{more: "2026-02-01"}).status_code == 302
    report = Report.objects.get()
    assert (report.case, report.extra[more]) == (case, "2026-02-01")
