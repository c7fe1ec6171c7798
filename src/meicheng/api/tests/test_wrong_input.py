"""What is sent by mistake, in haste or on purpose, and what is told then."""

import json
import secrets

import pytest
from django.http import UnreadablePostError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meicheng.accounts import tokens
from meicheng.cases.models import Case
from meicheng.voices.models import Report

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["\0", "\ud800", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
    st.lists(st.text(max_size=5), max_size=3),
)
FIELDS = [
    "body", "subject", "kind", "division", "address", "longitude", "latitude", "reported_at",
    "phone", "photos", "x",
]  # fmt: skip
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=8),
    st.fixed_dictionaries(
        {"body": st.text(min_size=1, max_size=40), "division": st.just("LC0101")},
        optional=dict.fromkeys(("subject", "address", "reported_at", "phone"), ODD),
    ),
    ODD,
)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["limit", "cursor", "kind", "division", "unit", "since", "until", "group", "state",
         "source", "level", "parent", "role", "period", "edition", "overdue", "outline"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=20),
    max_size=4,
)  # fmt: skip
ADDRESSES = st.sampled_from(
    ["/divisions", "/sites", "/units", "/cases", "/reports", "/marks", "/marks/sanitary-city",
     "/sites/x", "/cases/x", "/reports/x", "/units/x", "/divisions/x"]
)  # fmt: skip
BOUNDED = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@BOUNDED
@given(body=BODIES)
def test_no_report_that_can_be_thought_of_breaks_the_server(city, call, body):
    answer = call().post("/reports", json.dumps(body).encode())
    assert answer.status_code in {201, 400, 404, 409, 422}, (body, answer.content)
    told = answer.json()
    assert (answer.status_code == 201) == ("code" in told)


@BOUNDED
@given(address=ADDRESSES, query=QUERIES)
def test_no_question_that_can_be_thought_of_breaks_the_server(city, call, address, query):
    caller = call()
    answer = caller.client.get(
        f"/api/v1{address}", query, headers={"Authorization": f"Bearer {caller.key}"}
    )
    assert answer.status_code in {200, 400, 404, 422}, (address, query, answer.content)
    if answer.status_code != 200:
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"body": 7}, "文字"),
        ({"body": "字" * 6000}, "最多 5000 字"),
        ({"longitude": "x"}, "数字"),
        ({"longitude": 181}, "不大于 180.0"),
        ({"reported_at": "gestern"}, "带时区的时间，如 2026-11-23T19:40:00+08:00"),
        ({"photos": "x"}, "列表"),
        ({"colour": "red"}, "只能使用 openapi.json 列出的字段"),
    ],
)
def test_a_field_is_told_where_what_and_expected_in_chinese(city, call, change, expected):
    sent = {"body": "垃圾成堆", "division": "LC0101", **change}
    answer = call().post("/reports", sent, Accept_Language="zh-CN")
    (error,) = answer.json()["errors"]
    assert error["where"] == next(iter(change))
    assert error["expected"] == expected
    assert error["what"]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b'{"body": "x"}', 415),
        ("application/xml", b"<body/>", 415),
        ("application/json", b'{"body": NaN}', 400),
        ("application/json", b'{"body": "\xb3\xc7"}', 400),
        ("application/json", b'{"body": "a\\u0000b"}', 422),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"body": "' + b"x" * 5_000_000 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(city, call, content_type, body, status):
    caller = call()
    asked = {"Authorization": f"Bearer {caller.key}", "Idempotency-Key": "k"}
    answer = caller.client.post("/api/v1/reports", body, content_type=content_type, headers=asked)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert not Report.objects.exists()


def test_a_connection_that_breaks_in_the_middle_leaves_nothing(city, call, monkeypatch):
    def broken(*_size):
        raise OSError("connection reset")

    monkeypatch.setattr("django.test.client.FakePayload.read", broken)
    answer = call().post("/reports", {"body": "垃圾成堆", "division": "LC0101"})
    assert answer.status_code == 400
    assert "broke off" in answer.json()["detail"]
    assert issubclass(UnreadablePostError, OSError)
    assert not Report.objects.exists()


def test_a_sign_that_no_text_has_is_refused_in_an_address(city, call):
    assert call().get("/sites?kind=%00").status_code == 400
    assert call().get("/sites/%00").status_code == 400


def test_too_many_requests_of_a_token_have_to_wait(city, call, settings):
    settings.API_PER_MINUTE = 2
    caller = call()
    assert [caller.get("/units").status_code for _ in range(3)] == [200, 200, 429]
    assert 0 < int(caller.get("/units")["Retry-After"]) <= 61
    assert call().get("/units").status_code == 200  # another token, and a fresh count


def test_who_is_signed_in_needs_no_token_but_the_mark_of_a_form(city):
    case = city.case(state="reported")
    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/api/v1/cases").status_code == 401
    browser.force_login(city.user("dispatcher"))
    assert [one["number"] for one in browser.get("/api/v1/cases").json()["items"]] == [case.number]
    wrong = browser.get("/api/v1/cases", headers={"Authorization": "Bearer mc_x"})
    assert wrong.status_code == 401
    asked = {"Idempotency-Key": secrets.token_hex(8)}
    address = f"/api/v1/cases/{case.number}/register"
    bare = browser.post(address, b"{}", content_type="application/json", headers=asked)
    assert (bare.status_code, bare["Content-Type"]) == (403, "application/problem+json")
    mark = "x" * 32
    browser.cookies["csrftoken"] = mark
    asked["X-CSRFToken"] = mark
    done = browser.post(address, b"{}", content_type="application/json", headers=asked)
    assert done.status_code == 200, done.content
    assert Case.objects.get().state == "registered"


def test_people_read_the_description_without_anything_from_outside(city, client):
    page = client.get("/api/v1/docs", headers={"Accept-Language": "zh-CN"}).content.decode()
    for said in ("/api/v1/reports", "/api/v1/cases/{number}/{step}", "Idempotency-Key", "接口"):
        assert said in page
    assert "http://" not in page
    assert "https://" not in page
    described = json.loads(client.get("/api/v1/openapi.json").content)
    for ways in described["paths"].values():
        for method, said in ways.items():
            assert "default" in said["responses"]
            named = {one["name"] for one in said["parameters"]}
            assert method != "post" or "Idempotency-Key" in named
    assert set(tokens.SCOPES) == {scope for scope in tokens.SCOPES if ":" in scope}


def test_a_form_without_its_boundary_is_refused(call):
    caller = call()
    headers = caller._with({"Idempotency-Key": "no-boundary"})
    for path in ("photos", "filings"):
        answer = caller.client.generic(
            "POST", f"/api/v1/{path}", b"x", "multipart/form-data", headers=headers
        )
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
