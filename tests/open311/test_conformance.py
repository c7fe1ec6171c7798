"""A client written from the specification walks every call, in both formats."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from meicheng.accounts.tokens import make_token
from meicheng.api import keys
from meicheng.cases.models import CasePhoto
from meicheng.proofs.models import PublicPicture
from meicheng.standards.actions import load_packs
from meicheng.voices.actions import accept_report
from meicheng.voices.models import Report

from .client import (
    Client,
    check_definition,
    check_error,
    check_requests,
    check_services,
    check_taken,
)

WORDS = "路口的路灯不亮，晚上看不清路。"


def within(client):
    """Sends requests to the server in this process."""

    def send(address, body, kind):
        if body is None:
            answer = client.get(address)
        else:
            answer = client.generic("POST", address, body, kind)
        return answer.status_code, answer.headers, answer.content

    return send


@pytest.fixture(params=["json", "xml"])
def client311(request, client, city):
    load_packs(frameworks=[], replace=True)  # the shipped kinds with what they ask
    keys.forget_known()
    return Client("http://testserver/open311/v2", request.param, send=within(client))


@pytest.fixture
def at(city):
    """The form fields of a place in the city."""
    site = city.site()
    return [("lat", str(site.latitude)), ("long", str(site.longitude))]


def test_a_client_finds_its_way_from_discovery_to_the_answer(client311, city, at):
    above = Client(client311.base.removesuffix("/v2"), client311.form, send=client311.send)
    top = above.get("discovery").value
    endpoint = top["endpoints"][0]
    assert {"changeset", "contact", "key_service", "endpoints"} <= set(top)
    assert endpoint["specification"].endswith("GeoReport_v2")
    assert set(endpoint["formats"]) == {"text/xml", "application/json"}
    assert endpoint["url"] == client311.base

    services = {one["service_code"]: one for one in check_services(client311.get("services"))}
    assert services["lamp-out"]["metadata"] == "true"
    assert services["dirty-road"]["metadata"] == "false"
    asked = check_definition(client311.get("services/lamp-out"), "lamp-out")
    assert [one["code"] for one in asked] == ["POLE", "SINCE", "LAMPS"]
    assert check_definition(client311.get("services/dirty-road"), "dirty-road") == []

    sent = [("service_code", "lamp-out"), *at, ("description", WORDS), ("email", "a@example.org"),
            ("phone", "13800001234"), ("first_name", "雷"), ("last_name", "李"), ("device_id", "d"),
            ("attribute[POLE]", "LC-0231"), ("attribute[SINCE]", "week")]  # fmt: skip
    number = check_taken(client311.post(sent))["service_request_id"]
    (found,) = check_requests(client311.get(f"requests/{number}"))
    assert found["service_request_id"] == number
    assert (found["status"], found["service_code"]) == ("open", "lamp-out")
    assert found in check_requests(client311.get("requests", status="open"))
    assert check_requests(client311.get("requests", status="closed")) == []


def test_what_was_sent_again_is_the_same_request(client311, at):
    sent = [("service_code", "manhole"), *at, ("description", "井盖缺失，很危险。")]
    first = check_taken(client311.post(sent))
    assert check_taken(client311.post(sent)) == first
    assert len(check_requests(client311.get("requests"))) == 1


def test_a_place_is_said_by_position_address_or_number(client311, city, at):
    base = [("service_code", "noise"), ("description", "深夜施工，无法休息。")]
    site = city.site()
    ways = [at, [("address_string", "柳池东社区幸福路12号")], [("address_id", "XC0101")],
            [("address_id", site.code)]]  # fmt: skip
    numbers = [check_taken(client311.post(base + way))["service_request_id"] for way in ways]
    rows = check_requests(client311.get("requests", service_request_id=",".join(numbers)))
    told = {one["service_request_id"]: one["address_id"] for one in rows}
    assert [told[number] for number in numbers][1:3] == ["LC0101", "XC0101"]


def test_pictures_come_by_multipart_and_go_out_only_when_released(client311, city, at):
    picture = city.jpeg(width=320, height=240).read()
    sent = [("service_code", "exposed-litter"), *at, ("description", "墙角一堆垃圾。")]
    number = check_taken(client311.post_with(sent, "a.jpg", picture, "image/jpeg"))
    number = number["service_request_id"]
    (before,) = check_requests(client311.get(f"requests/{number}"))
    assert before["media_url"] is None
    photo = CasePhoto.objects.get(case__number=number)
    PublicPicture.objects.create(file=photo.file, state=PublicPicture.State.READY)
    (after,) = check_requests(client311.get(f"requests/{number}"))
    assert after["media_url"].startswith(client311.base + "/media/")


def test_a_page_has_its_links_and_none_is_told_twice(client311, city, at):
    for row in range(5):
        sent = [("service_code", "other"), *at, ("description", f"第{row}件事情请处理。")]
        check_taken(client311.post(sent))
    seen = []
    for page, links in (
        ("1", {"next"}),
        ("2", {"first", "prev", "next"}),
        ("3", {"first", "prev"}),
    ):
        said = client311.get("requests", page=page, page_size="2")
        seen += [one["service_request_id"] for one in check_requests(said)]
        told = {part.rpartition('rel="')[2].strip('"') for part in said.headers["Link"].split(", ")}
        assert told == links
    assert len(set(seen)) == len(seen) == 5
    assert check_requests(client311.get("requests", page="9")) == []


def test_ninety_days_are_told_at_once(client311, city):
    now = datetime.now(UTC)
    old = city.case(source="portal", reported_at=now - timedelta(days=200))
    new = city.case(source="portal", reported_at=now - timedelta(days=2))

    def numbers(**query):
        return [
            one["service_request_id"] for one in check_requests(client311.get("requests", **query))
        ]

    def day(days):
        return (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert numbers() == [new.number]
    assert numbers(start_date=day(201)) == [old.number]
    assert numbers(end_date=day(150)) == [old.number]
    assert numbers(start_date=day(201), end_date=day(199)) == [old.number]
    assert numbers(service_request_id=old.number, start_date="rubbish") == [old.number]
    assert "90" in check_error(client311.get("requests", start_date=day(100), end_date=day(1)), 400)


@pytest.mark.parametrize(
    ("status", "query"),
    [
        (404, {"service_code": "no-such"}),
        (400, {"status": "half-open"}),
        (400, {"start_date": "2026-01-01"}),
        (400, {"start_date": "2026-02-30T00:00:00Z"}),
        (400, {"end_date": "gestern"}),
        (400, {"start_date": "0001-01-01T00:00:00+14:00"}),
        (400, {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-02-01T00:00:00Z"}),
        (400, {"page": "0"}),
        (400, {"page": "-1"}),
        (400, {"page": "zwei"}),
        (400, {"page_size": "1001"}),
        (400, {"page_size": "٣"}),
        (400, {"service_request_id": ",".join(f"A-{n}" for n in range(1001))}),
        (400, {"service_code": "a\0b"}),
        (403, {"api_key": "mc_nobody"}),
    ],
)
def test_a_wrong_question_is_told_what_was_expected(client, db, city, status, query):
    for form in ("json", "xml"):
        answer = client.get(f"/open311/v2/requests.{form}", query)
        assert answer.status_code == status
        assert answer.content.count(str(status).encode()) >= 1


def test_unknown_things_are_not_found(client311):
    check_error(client311.get("requests/A-00000000-0000"), 404)
    check_error(client311.get("services/no-such"), 404)
    check_error(client311.get("tokens/AAAABBBBCCCC"), 404)
    check_error(client311.get("nothing"), 404)


def test_wrong_requests_are_refused_and_nothing_is_written(client311, city, at, settings):
    words = ("description", WORDS)
    code = ("service_code", "lamp-out")
    refused = [
        (400, [*at, words]),
        (404, [("service_code", "no-such"), *at, words]),
        (400, [code, words]),
        (400, [code, ("lat", "34.2"), words]),
        (400, [code, ("lat", "nan"), ("long", "114"), words]),
        (400, [code, ("lat", "30.0"), ("long", "123.9"), words]),  # in the sea
        (404, [code, ("address_id", "nowhere"), words]),
        (400, [code, *at, ("description", "字" * 100_000)]),
        (400, [code, *at, ("description", "😀😀😀")]),
        (400, [code, *at, words, ("phone", "keine")]),
        (400, [code, *at, words, ("email", "keine")]),
        (400, [code, *at, words, ("media_url", "javascript:alert(1)")]),
        (400, [code, *at, words, ("attribute[NO]", "x")]),
        (400, [code, *at, words, ("attribute[SINCE]", "for ever")]),
        (400, [code, *at, words, ("attribute[LAMPS]", "viele")]),
        (400, [("service_code", "food-hygiene"), *at, words]),  # a required attribute
        (403, [code, *at, words, ("api_key", "mc_nobody")]),
    ]
    for status, sent in refused:
        check_error(client311.post(sent), status)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "not a picture")
    sent = [code, *at, words]
    check_error(client311.post_with(sent, "a.jpg", packed.getvalue(), "image/jpeg"), 400)
    settings.UPLOAD_LIMIT = 1000
    big = city.jpeg(width=400, height=400).read()
    check_error(client311.post_with(sent, "a.jpg", big, "image/jpeg"), 413)
    assert check_requests(client311.get("requests")) == []


def test_an_api_key_is_asked_for_where_the_city_says_so(client311, city, at, settings):
    settings.OPEN311_KEYS = True
    sent = [("service_code", "lamp-out"), *at, ("description", WORDS)]
    check_error(client311.post(sent), 403)
    _row, key = make_token(city.user("collector"), "app", ["reports:write"])
    check_taken(Client(client311.base, client311.form, key, client311.send).post(sent))


def test_another_jurisdiction_is_not_found(client311, settings):
    settings.OPEN311_JURISDICTION = "city.example"
    check_services(client311.get("services", jurisdiction_id="city.example"))
    check_services(client311.get("services"))
    assert "city.example" in check_error(
        client311.get("services", jurisdiction_id="elsewhere"), 404
    )


def test_a_flood_waits_with_tokens_and_nobody_is_turned_away(client311, city, at, settings):
    settings.REPORTS_PER_HOUR = 3
    sent = [("service_code", "other"), *at]
    taken = [
        check_taken(client311.post([*sent, ("description", f"第{number}次反映同一个问题。")]))
        for number in range(6)
    ]
    tokens = [one["token"] for one in taken if one.get("token")]
    assert len(tokens) == 3
    assert len(check_requests(client311.get("requests"))) == 3
    (waiting,) = client311.get(f"tokens/{tokens[0]}").value
    assert waiting == {"service_request_id": None, "token": tokens[0]}
    accept_report(Report.objects.get(code=tokens[0]), by=city.user("dispatcher"))
    (looked_at,) = client311.get(f"tokens/{tokens[0]}").value
    check_requests(client311.get(f"requests/{looked_at['service_request_id']}"))
