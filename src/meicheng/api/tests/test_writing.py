"""What another system does through the API, once."""

import io
import threading

import pytest
from django.db import connection
from django.forms.models import model_to_dict

from meicheng.cases.models import Case
from meicheng.ledger.models import CaseTally, Event, IdempotencyKey
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.notices.models import Notice
from meicheng.standards.actions import load_packs
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report

LITTER = "巷口垃圾成堆，好几天没人清理"


def test_a_report_gets_its_place_kind_and_case(city, call, here):
    answer = call().post("/reports", {"body": LITTER, **here})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    case = Case.objects.get()
    assert told == {
        "code": Report.objects.get().code,
        "state": "received",
        "case": case.number,
        "kind": "exposed-litter",
        "division": "LC0101",
    }
    assert rebuild(check=True) == []
    assert verify().found == 0


def test_the_same_problem_joins_and_the_same_key_repeats(city, call, here):
    caller = call()
    first = caller.post("/reports", {"body": LITTER, **here}, key="one")
    again = caller.post("/reports", {"body": LITTER, **here}, key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    joined = caller.post("/reports", {"body": LITTER, **here}, key="two")
    assert (joined.json()["state"], joined.json()["case"]) == ("joined", first.json()["case"])
    assert caller.post("/reports", {"body": LITTER, **here}, key="two").json() == joined.json()
    assert (Report.objects.count(), Case.objects.count()) == (2, 1)
    other = caller.post("/reports", {"body": "别的问题", **here}, key="one")
    assert other.status_code == 409
    assert Report.objects.count() == 2


LEFT_OUT = {"id", "pk", "code", "number", "case", "hash", "head_hash", "chain", "key"}


def rows():
    """All that a report leaves behind, without what differs by chance or by time."""
    found = {}
    for model in (Report, Case, Event, CaseTally):
        found[model.__name__] = [
            {
                name: value
                for name, value in model_to_dict(row).items()
                if name not in LEFT_OUT and not name.endswith("_at") and name != "at"
            }
            for row in model.objects.order_by("pk")
        ]
    return found


@pytest.mark.django_db(transaction=True)
def test_one_statement_leaves_the_same_rows_as_one_after_the_other(city, call, here):
    said = {"body": f"{LITTER}。联系物业无果", "subject": "垃圾", "address": "木槿巷 3 号", **here}
    call().post("/reports", {**said, "phone": "13800001234"})
    quick = rows()
    for model in (Report, Event, CaseTally):
        model.objects.all().delete()
    Case.objects.all().delete()
    submit_report(NewReport("api", **said), by=city.user("creation-office"), phone="13800001234")
    slow = rows()
    for found in (quick, slow):
        assert found["Report"][0].pop("phone_sealed", None) is None  # not editable, not listed
    assert quick == slow
    assert Report.objects.get().phone_masked == "138****1234"


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"body": ""}, 409, "body"),
        ({"body": "字" * 100_000}, 422, "body"),
        ({"body": None}, 422, "body"),
        ({"longitude": 0.0, "latitude": 0.0}, 409, "longitude"),
        ({"longitude": 500}, 422, "longitude"),
        ({"longitude": True}, 422, "longitude"),
        ({"latitude": None}, 409, "longitude"),
        ({"kind": "ufo"}, 404, "kind"),
        ({"longitude": None, "latitude": None}, 409, "division"),
        ({"longitude": None, "latitude": None, "division": "MARS"}, 404, "division"),
        ({"reported_at": "2026-09-01T10:00:00"}, 422, "reported_at"),
        ({"reported_at": "2099-09-01T10:00:00+08:00"}, 409, "reported_at"),
        ({"phone": "call me"}, 409, "phone"),
        ({"photos": ["0" * 64]}, 404, "photos"),
        ({"photos": ["street.jpg"]}, 422, "photos"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_a_report_that_cannot_be_says_where_and_leaves_nothing(
    city, call, here, change, status, where
):
    answer = call().post("/reports", {"body": LITTER, **here, **change})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert any(where in error["where"] for error in answer.json()["errors"]), answer.json()
    for model in (Report, Case, Event, IdempotencyKey):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe{}", b'{"body": "\xed\xa0\x80"}', b'"text"']
)
def test_a_body_that_is_no_json_object_is_a_problem(city, call, body):
    answer = call().post("/reports", body or b" ")
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"
    assert not Report.objects.exists()


def test_every_post_needs_a_key(city, call, client):
    caller = call()
    asked = {"Authorization": f"Bearer {caller.key}"}
    answer = client.post("/api/v1/reports", b"{}", content_type="application/json", headers=asked)
    assert answer.status_code in {400, 422}
    body = b'{"body": "x"}'
    answer = client.post("/api/v1/reports", body, content_type="application/json", headers=asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "Idempotency-Key"


def test_a_photograph_is_stored_first_and_named_by_its_report(city, call, client, here):
    caller = call()
    asked = {"Authorization": f"Bearer {caller.key}", "Idempotency-Key": "p"}
    photo = city.jpeg()
    stored = client.post("/api/v1/photos", {"file": photo}, headers=asked)
    assert stored.status_code == 201, stored.content
    sha256 = stored.json()["sha256"]
    answer = caller.post("/reports", {"body": LITTER, "photos": [sha256], **here})
    assert answer.status_code == 201
    assert Report.objects.get().photos.get().file.sha256 == sha256
    lie = io.BytesIO(b"PK\x03\x04")
    lie.name = "street.jpg"
    photo.seek(0)
    again = client.post("/api/v1/photos", {"file": photo}, headers=asked)
    assert (again.status_code, again.json()["sha256"]) == (201, sha256)
    reused = client.post(
        "/api/v1/photos", {"file": lie}, headers={**asked, "Accept-Language": "en"}
    )
    assert reused.status_code == 409
    assert "Idempotency-Key" in reused.json()["detail"]
    lie.seek(0)
    fresh = {**asked, "Idempotency-Key": "q", "Accept-Language": "en"}
    wrong = client.post("/api/v1/photos", {"file": lie}, headers=fresh)
    assert wrong.status_code == 415
    assert "street.jpg" in wrong.json()["detail"]


def test_a_case_is_worked_on_by_the_steps_it_offers(city, call, client):
    case = city.case(state="reported")
    desk = call("dispatcher")

    def steps(caller):
        found = caller.get(f"/cases/{case.number}").json()
        return [one["step"] for one in found["allowed_actions"]]

    assert "register" in steps(desk)
    assert desk.post(f"/cases/{case.number}/register").status_code == 200
    told = desk.post(f"/cases/{case.number}/dispatch", {"unit": "urban-management-LC"})
    assert told.json()["state"] == "dispatched"
    crew = call("unit-worker")
    assert {"accept", "send_back"} <= set(steps(crew))
    crew.post(f"/cases/{case.number}/accept")
    crew.post(f"/cases/{case.number}/start")
    asked = {"Authorization": f"Bearer {crew.key}", "Idempotency-Key": "p"}
    photo = client.post("/api/v1/photos", {"file": city.jpeg()}, headers=asked).json()["sha256"]
    without = crew.post(f"/cases/{case.number}/resolve", {"remark": "已清理"})
    assert without.status_code == 409
    done = crew.post(f"/cases/{case.number}/resolve", {"remark": "已清理", "photos": [photo]})
    assert done.json()["state"] == "resolved"
    events = desk.get(f"/cases/{case.number}").json()["events"]
    assert [event["verb"] for event in events] == [
        "reported", "register", "dispatch", "accept", "start", "resolve",
    ]  # fmt: skip


def test_a_step_that_takes_the_case_away_is_answered_as_before(city, call):
    case = city.case(state="dispatched")
    crew = call("unit-worker")
    address = f"/cases/{case.number}/send_back"
    first, again = (crew.post(address, {"remark": "不属于本单位"}, key="k") for _time in range(2))
    assert first.status_code == 200
    assert crew.get(f"/cases/{case.number}").status_code == 403
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_step_is_taken_once_and_only_on_what_was_seen(city, call):
    case = city.case(state="reported")
    desk = call("dispatcher")
    tag = desk.get(f"/cases/{case.number}")["ETag"]
    address = f"/cases/{case.number}/register"
    first = desk.post(address, key="k", If_Match=tag)
    assert desk.post(address, key="k", If_Match=tag).json() == first.json()
    stale = desk.post(f"/cases/{case.number}/turn_down", {"remark": "不是"}, If_Match=tag)
    assert stale.status_code == 412
    wrong = desk.post(address)
    assert wrong.status_code == 409
    assert "dispatch" in wrong.json()["allowed_actions"]
    assert desk.post(address, If_Match='"other-case"').status_code == 412


def test_a_step_is_taken_back_once_and_by_whom_took_it(city, call):
    case = city.case(state="reported")
    desk, other = call("dispatcher"), call("creation-office")
    desk.post(f"/cases/{case.number}/register")
    assert other.post(f"/cases/{case.number}/undo").status_code == 409
    first, again = (desk.post(f"/cases/{case.number}/undo", key="k") for _time in range(2))
    assert (first.status_code, first.json()["state"]) == (200, "reported")
    assert again.json() == first.json()
    assert desk.post(f"/cases/{case.number}/undo").status_code == 409


def test_a_comment_is_written_once_and_tells_whom_it_names(city, call):
    case, fang = city.case(state="dispatched"), city.user("creation-office", name="王芳")
    desk, address = call("dispatcher"), f"/cases/{case.number}/comments"
    for _ in range(2):
        answer = desk.post(address, {"remark": "@王芳 请看一下"}, key="k")
        assert (answer.status_code, answer.json()["version"]) == (201, case.events_count + 1)
    told = Notice.objects.get(kind="case.mention")
    assert (told.person, told.link) == (fang, f"/cases/{case.number}/")
    for wrong in ({"remark": " "}, {}, {"remark": "好", "unit": "x"}):
        assert desk.post(address, wrong).status_code == 422
    assert desk.post(address, {"remark": "@无此人 看"}).status_code == 409
    assert Event.objects.filter(chain=case.chain, verb="comment").count() == 1


@pytest.mark.parametrize(
    ("step", "body", "status"),
    [
        ("explode", {}, 404),
        ("dispatch", {}, 409),
        ("dispatch", {"unit": "urban-management-LC"}, 409),
        ("register", {"kind": "ufo"}, 404),
        ("register", {"unit": "urban-management-LC"}, 409),
        ("turn_down", {}, 409),
        ("join", {"case": "A-1"}, 404),
        ("register", {"colour": "red"}, 422),
    ],
)
def test_a_step_that_cannot_be_changes_nothing(city, call, step, body, status):
    case = city.case(state="reported")
    answer = call("dispatcher").post(f"/cases/{case.number}/{step}", body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert Case.objects.get().events_count == case.events_count
    assert call("auditor").post(f"/cases/{case.number}/register").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_same_report_sent_by_many_at_once_is_one(city, call, here):
    caller = call()
    answers = []

    def send():
        from django.test import Client

        from .conftest import Caller

        try:
            answers.append(
                Caller(Client(), caller.key).post("/reports", {"body": LITTER, **here}, key="same")
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
        if connection.vendor == "sqlite":
            thread.join()  # a test's database lies in memory, where SQLite lets nobody wait
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert Report.objects.count() == 1
    assert rebuild(check=True) == []


def test_what_a_kind_asks_is_answered_with_the_report(city, call, here):
    load_packs(frameworks=[], replace=True)  # the shipped kinds with what they ask
    caller = call()
    (lamp,) = [one for one in caller.get("/kinds").json()["items"] if one["code"] == "lamp-out"]
    assert [one["code"] for one in lamp["asks"]] == ["POLE", "SINCE", "LAMPS"]
    said = {"kind": "lamp-out", "body": "路灯不亮", **here}
    for wrong in ({"POLES": "1"}, {"SINCE": "for ever"}, {"LAMPS": "many"}):
        answer = caller.post("/reports", {**said, "answers": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["where"]) == (409, "answers")
    assert not Report.objects.exists()
    answers = {"POLE": "LC-0231", "SINCE": ["week"]}
    assert caller.post("/reports", {**said, "answers": answers}).status_code == 201
    report = Report.objects.get()
    assert report.body == "路灯不亮\n灯杆编号：LC-0231\n多久了：一周以上"
    assert report.extra["attribute[SINCE]"] == "一周以上"
