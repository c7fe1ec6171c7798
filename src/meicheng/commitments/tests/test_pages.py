"""The pages of commitments, as an office, a unit, a citizen and another system use them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from meicheng.accounts.tokens import make_token
from meicheng.appraisal.bulletin import write_bulletin
from meicheng.appraisal.months import current_month
from meicheng.commitments.following import follow_commitments
from meicheng.commitments.models import Commitment


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def said(city, today):
    return {"key": "k", "words": "年底前积存案件不超过 5 件", "unit": city.unit().pk, "post": "环卫科科长",
            "metric": "open", "direction": "most", "figure": "5", "public": "on",
            "start": str(today - timedelta(days=20)), "due": str(today + timedelta(days=20))}  # fmt: skip


def test_the_office_writes_one_down_and_what_is_wrong_is_said(city, enter, said):
    client = enter(city.user("creation-office"))
    answer = client.post("/commitments/new/", {**said, "metric": "entered", "criterion": "x/1"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "There is no criterion x/1" in page
    assert "Say what it is measured in" in page  # all at once
    assert said["words"] in page
    said["beginning"] = "9"  # belongs to what is entered, and is not read here
    answer = client.post("/commitments/new/", said, follow=True)
    one = Commitment.objects.get()
    assert answer.redirect_chain[-1][0] == f"/commitments/{one.code}/"
    page = answer.content.decode()
    assert "On track" in page
    assert "as good as promised" in page
    assert f"/cases/?group=open&amp;unit={city.unit().code}" in page
    assert one.code in client.get("/commitments/").content.decode()


def test_the_unit_enters_a_value_and_sees_it_on_the_line(city, enter, promised, today):
    one = promised(
        metric="entered", measured_in="公里", direction="least", figure=10.0, beginning=0.0
    )
    client = enter(city.user("unit-worker"))
    path = f"/commitments/{one.code}/"
    answer = client.post(
        f"{path}enter", {"day": str(today + timedelta(days=2)), "value": "3", "remark": "月报"}
    )
    assert answer.status_code == 400
    assert "The day lies between" in answer.content.decode()
    filled = {"day": str(today), "value": "2", "remark": "月报", "proof": city.jpeg()}
    page = client.post(f"{path}enter", filled, follow=True).content.decode()
    assert "Behind" in page
    assert "2 公里" in page
    assert "asks for 3.3 公里" in page
    proof = client.get(f"{path}proofs/{one.readings.last().pk}")
    assert proof["Content-Type"] == "image/jpeg"
    assert "1 behind" in client.get("/").content.decode()
    book = load_workbook(io.BytesIO(client.get(f"{path}readings.xlsx").content))
    assert book.worksheets[0]["B4"].value == 2


def test_changes_stand_on_the_page_of_the_public_without_an_account(city, client, enter, promised):
    one, hidden = promised(public=True), promised(words="内部目标")
    enter(city.user("creation-office"))
    changed = {
        "words": one.words,
        "figure": "9",
        "due": str(one.due),
        "post": one.post,
        "public": "on",
    }
    path = f"/commitments/{one.code}/change"
    refused = client.post(path, {**changed, "reason": ""})
    assert refused.status_code == 400
    client.post(path, {**changed, "reason": "辖区扩大"})
    client.logout()
    page = client.get("/p/commitments/").content.decode()
    assert "辖区扩大" in page
    assert "5 → 9" in page
    assert hidden.words not in page


def test_the_bulletin_says_what_was_kept_and_what_is_behind(city, promised, today):
    city.case(state="in_progress")
    kept = promised(words="积存不多", due=today, start=today - timedelta(days=20), figure=3.0)
    promised(words="清零", figure=0.0)
    city.case(state="in_progress")
    follow_commitments(today + timedelta(days=7))
    kept.refresh_from_db()
    assert kept.outcome == "kept"
    words = [
        sentence.text
        for section in write_bulletin(current_month()).sections
        for sentence in section.sentences
    ]
    assert any("积存不多" in one for one in words)


def test_another_system_reads_them(city, client, promised):
    one = promised()
    _token, key = make_token(city.user("creation-office"), "t", ["commitments:read"])
    asked = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    (found,) = client.get("/api/v1/commitments?state=running", **asked).json()["items"]
    assert (found["code"], found["standing"], found["figure"]) == (one.code, "on_track", 5.0)
    whole = client.get(f"/api/v1/commitments/{one.code}", **asked).json()
    assert [value["value"] for value in whole["values"]] == [0.0, 0.0]
    assert whole["changes"][0]["what"] == "made"
    assert client.get("/api/v1/commitments/CN-1", **asked).status_code == 404
