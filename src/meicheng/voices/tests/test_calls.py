"""What an operator of the hotline sees and does while somebody speaks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.knowledge.actions import Draft, write_article
from meicheng.ledger.models import Event
from meicheng.organisation.personal import digest
from meicheng.places.time import city_day
from meicheng.voices.calls import earlier_calls, similar_cases
from meicheng.voices.models import Report

LAMP = "巷口的路灯不亮了，晚上很黑"


@pytest.fixture
def desk(client, city):
    """The desk's page, open."""
    client.force_login(city.user("dispatcher"))
    return client


@pytest.fixture
def call(city):
    """What is filled in while somebody speaks."""
    return {"body": LAMP, "source": "hotline", "division": city.division("LC0101").pk,
            "phone": "13800001234", "key": "call-1"}  # fmt: skip


def test_earlier_matters_of_the_number_show_and_nobody_elses(city):
    mine = city.report("垃圾没人收", phone_digest=digest("13800001234"))
    city.report("别人的事", phone_digest=digest("13900009999"))
    far = city.report("另一个区", division="SF0101", phone_digest=digest("13800001234"))
    assert earlier_calls(city.user("dispatcher"), "138 0000 1234") == [far, mine]
    in_district = city.user("dispatcher", division="LC")
    assert earlier_calls(in_district, "13800001234") == [mine]
    assert earlier_calls(in_district, "12") == []


def test_the_open_case_that_holds_the_words_comes_first(city):
    at = (114.29, 34.19)
    lamp = city.case("lamp-out", description="巷口路灯不亮", longitude=at[0], latitude=at[1])
    litter = city.case(description="垃圾", longitude=at[0], latitude=at[1])
    city.case("lamp-out", state="closed", longitude=at[0], latitude=at[1])
    city.case("lamp-out", longitude=at[0] + 0.01, latitude=at[1])
    user = city.user("dispatcher")
    found = similar_cases(user, LAMP, kinds=["lamp-out"], position=at)
    assert [one.case for one in found] == [lamp, litter]
    assert found[0].metres == 0
    by_place = similar_cases(user, LAMP, kinds=["lamp-out"], division=city.division("LC0101"))
    assert lamp in [one.case for one in by_place]
    assert similar_cases(user, LAMP) == []


def test_what_is_known_shows_beside_the_form_with_and_without_scripts(desk, city, call):
    today = city_day(timezone.now())
    draft = Draft("路灯不亮了多久修好？", "两个工作日。", city.unit(), today + timedelta(days=9))
    article = write_article(draft, by=city.user("creation-office"))
    case = city.case("lamp-out", description="路灯不亮")
    city.report("以前的事", phone_digest=digest(call["phone"]))
    for page in (
        desk.post("/reports/new/beside", call),
        desk.post("/reports/new", {**call, "look": "1"}),
    ):
        told = page.content.decode()
        assert page.status_code == 200
        for known in (article.question, case.number, "以前的事", "路灯不亮"):
            assert known in told
        assert "13800001234" not in told.split('id="beside"')[-1]
    assert Report.objects.count() == 1, "nothing is taken while one looks"


def test_a_call_is_taken_and_handed_on_in_one_step(desk, city, call):
    for _time in range(2):  # the button was pressed twice
        answer = desk.post("/reports/new", {**call, "do": "dispatch"})
        assert answer.status_code == 302
    case = Case.objects.get()
    assert (case.state, case.unit) == ("dispatched", city.unit("housing-construction"))
    assert case.kind_id == "lamp-out"
    assert Report.objects.get().state == Report.State.ACCEPTED


def test_a_caller_joins_the_case_that_she_means(desk, city, call):
    case = city.case("lamp-out", state="dispatched")
    assert desk.post("/reports/new", {**call, "join": case.number}).status_code == 302
    assert Report.objects.get().case == case
    closed = city.case("lamp-out", state="closed")
    refused = desk.post("/reports/new", {**call, "key": "2", "join": closed.number})
    assert refused.status_code == 400
    assert Report.objects.count() == 1


def test_a_question_is_answered_at_once_and_kept_without_a_case(desk, city, call, client):
    said = {**call, "do": "answer", "reply": "两个工作日内修复。", "division": "", "article": "K-9"}
    for _time in range(2):
        assert desk.post("/reports/new", said).status_code == 302
    report = Report.objects.get()
    assert (report.case, report.state, report.reply) == (None, "answered", said["reply"])
    assert Event.objects.filter(chain=f"report:{report.pk}", verb="answered").count() == 1
    assert desk.get(f"/reports/{report.code}/").status_code == 200
    assert "已当场答复" in client.get(f"/p/{report.code}/").content.decode()
    empty = desk.post("/reports/new", {**said, "key": "2", "reply": " "})
    assert empty.status_code == 400


def test_who_may_only_report_is_offered_no_more(client, city, call):
    client.force_login(city.user("inspector"))
    page = client.get("/reports/new").content.decode()
    assert 'value="dispatch"' not in page
    assert 'value="answer"' not in page
    refused = client.post("/reports/new", {**call, "do": "answer", "reply": "好的"})
    assert refused.status_code == 403
    assert not Report.objects.exists()
