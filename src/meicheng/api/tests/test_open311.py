"""What the public reads through Open311, and what it does not."""

from __future__ import annotations

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meicheng.accounts.tokens import make_token
from meicheng.api import keys
from meicheng.cases.actions import join_case
from meicheng.ledger.models import Event
from meicheng.organisation.models import ApiToken
from meicheng.organisation.personal import unseal
from meicheng.voices.actions import accept_report, turn_down_report
from meicheng.voices.models import Report

PHONE, PERSON = "13800001234", "王小明先生"
WORDS = f"路口的路灯不亮，请联系{PERSON}，电话{PHONE}。"


@pytest.fixture
def send(city, client):
    """Sends a request; gives its number."""
    keys.forget_known()
    site = city.site()

    def sending(**more):
        sent = {"service_code": "lamp-out", "lat": site.latitude, "long": site.longitude}
        return client.post("/open311/v2/requests.json", {**sent, "description": WORDS, **more})

    return sending


@pytest.fixture
def read(client):
    """Reads a request."""

    def reading(number, **query):
        (one,) = client.get(f"/open311/v2/requests/{number}.json", query).json()
        return one

    return reading


def reader(city, role="dispatcher", **where):
    """A key that may read reports."""
    return make_token(city.user(role, **where), "reader", ["reports:read"])[1]


def test_words_are_public_once_the_desk_has_read_them_and_name_nobody(city, send, read):
    number = send().json()[0]["service_request_id"]
    assert read(number)["description"] is None
    accept_report(Report.objects.get(case__number=number), by=city.user("dispatcher"))
    told = read(number)["description"]
    assert told.startswith("路口的路灯不亮，请联系王**先生")
    assert PHONE not in told


def test_what_was_turned_down_keeps_its_words_to_itself(city, send, read):
    number = send().json()[0]["service_request_id"]
    report = Report.objects.get(case__number=number)
    turn_down_report(report, by=city.user("dispatcher"), reason="不属于受理范围")
    told = read(number)
    assert (told["status"], told["description"]) == ("closed", None)
    assert "受理范围" not in told["status_notes"]


def test_what_came_by_phone_shows_its_kind_and_place_only(city, read):
    case = city.case(source="hotline", state="closed", description=WORDS)
    told = read(case.number)
    assert (told["description"], told["status"]) == (None, "closed")
    assert told["address"] == case.division.name


def test_a_key_that_may_read_reports_reads_words_in_its_own_district_only(city, read):
    here = city.case(source="hotline", description=WORDS)
    there = city.case(source="hotline", description=WORDS, division="XC0101")
    key = reader(city, "district-lead", division="LC")
    assert read(here.number, api_key=key)["description"].startswith("路口的路灯不亮")
    assert read(there.number, api_key=key)["description"] is None


def test_a_key_for_something_else_opens_nothing(city, client, send):
    writes = make_token(city.user("collector"), "app", ["cases:read"])[1]
    assert client.get("/open311/v2/requests.json", {"api_key": writes}).status_code == 403
    assert send(api_key=writes).status_code == 403
    ApiToken.objects.update(scopes=["reports:write"])
    keys.forget_known()
    assert send(api_key=writes).status_code == 201


def test_cases_that_the_city_found_itself_are_not_requests(city, client):
    own = city.case(source="staff")
    assert client.get(f"/open311/v2/requests/{own.number}.json").status_code == 404
    assert client.get("/open311/v2/requests.json").json() == []


def test_how_to_reach_somebody_is_sealed_and_her_name_is_not_kept(city, client, send):
    send(phone=PHONE, email="li@example.org", first_name="雷雷", last_name="李", device_id="dev-7")
    report = Report.objects.get()
    assert unseal(bytes(report.phone_sealed)) == PHONE
    assert unseal(bytes(report.email_sealed)) == "li@example.org"
    kept = str(report.__dict__) + str(report.case.__dict__)
    assert "雷雷" not in kept
    assert "dev-7" not in kept
    answer = client.get("/open311/v2/requests.xml").content.decode()
    assert all(word not in answer for word in (PHONE, "li@example.org", report.code))


def test_the_code_that_rates_a_report_is_told_to_its_sender_alone(client, send):
    told = send().json()[0]
    code = Report.objects.get().code
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in told["service_notice"]
    assert code[:4] not in client.get("/open311/v2/requests.json").content.decode()


def test_answers_to_what_a_kind_asks_stand_in_the_words_of_the_case(city, send):
    kind = city.kind("lamp-out")
    kind.asks = [{"code": "POLE", "type": "line", "zh": "灯杆编号", "en": "Pole", "required": True}]
    kind.save()
    assert send().status_code == 400
    assert send(**{"attribute[POLE]": "LC-0231"}).status_code == 201
    report = Report.objects.get()
    assert report.case.description.endswith("灯杆编号：LC-0231")
    assert report.extra["attribute[POLE]"] == "LC-0231"


def test_a_joined_request_tells_how_the_one_that_stays_goes(city, send, read):
    number = send().json()[0]["service_request_id"]
    stays = city.case("lamp-out", state="closed", source="portal")
    case = Report.objects.get(case__number=number).case
    join_case(case, to=stays, by=city.user("dispatcher"), remark="同一盏灯")
    told = read(number)
    assert told["status"] == "closed"
    assert stays.number in told["status_notes"]


def test_a_photograph_of_a_hundred_million_dots_is_refused_before_it_is_opened(send):
    buffer = io.BytesIO()
    Image.new("1", (10_000, 10_001)).save(buffer, "PNG")
    buffer.seek(0)
    buffer.name = "a.jpg"
    answer = send(media=buffer)
    assert answer.status_code == 400
    assert not Report.objects.exists()


def test_a_thousand_requests_cost_as_many_statements_as_ten(city, client):
    def statements(count):
        while len(client.get("/open311/v2/requests.json").json()) < count:
            city.case(source="portal", state="reported")
        with CaptureQueriesContext(connection) as seen:
            client.get("/open311/v2/requests.json")
        return len(seen)

    few = statements(3)
    assert statements(30) == few <= 3


def test_reading_many_with_a_key_is_kept_as_taking_out(city, client):
    city.case(source="portal")
    key = reader(city)
    client.get("/open311/v2/requests.json", {"api_key": key})
    assert not Event.objects.filter(verb="exported").exists()
    client.get("/open311/v2/requests.json", {"api_key": key, "page": "2"})
    event = Event.objects.get(verb="exported")
    assert key not in str(event.data)


def test_what_is_no_form_is_refused(client, db):
    for body, kind in ((b"{}", "application/json"), (b"x", "multipart/form-data; boundary=y")):
        answer = client.generic("POST", "/open311/v2/requests.xml", body, kind)
        assert answer.status_code == 400
        assert b"<errors><error><code>400</code>" in answer.content
    answer = client.generic("PUT", "/open311/v2/requests.json", b"")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    large = client.post(
        "/open311/v2/requests.json", {"description": "x"}, CONTENT_LENGTH=str(10**9)
    )
    assert large.status_code == 413
