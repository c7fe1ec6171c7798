"""The pages of routines, as an office, a worker and a stranger use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.places.time import city_day
from meicheng.routines.models import Occurrence, Routine


@pytest.fixture
def today(city):
    return city_day(timezone.now())


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def said(city, today):
    city.site()
    return {"key": "k", "title": "背街小巷保洁", "note": "", "unit": city.unit().pk,
            "division": city.division("LC").pk, "site_kind": "back-lane", "rhythm": "days",
            "weekday": "1", "number": "1", "grace": "0", "begins": str(today), "ends": "",
            "items": [city.item("swept").pk], "photo": "on"}  # fmt: skip


@pytest.fixture
def routine(city, enter, said):
    enter(city.user("creation-office")).post("/routines/new/", said)
    return Routine.objects.get()


def test_the_office_orders_and_what_is_wrong_is_said(city, enter, said):
    client = enter(city.user("creation-office"))
    answer = client.post("/routines/new/", {**said, "number": ""})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "every 1 to 180 days" in page
    assert "背街小巷保洁" in page
    answer = client.post("/routines/new/", said, follow=True)
    made = Routine.objects.get()
    assert answer.redirect_chain[-1][0] == f"/routines/{made.code}/"
    assert "Every 1 days" in answer.content.decode()
    assert made.code in client.get("/routines/all/").content.decode()


def test_the_worker_finds_it_on_her_first_page_and_does_it(city, enter, routine, today):
    client = enter(city.user("unit-worker"))
    assert "1 to be done now" in client.get("/").content.decode()
    one = Occurrence.objects.get(day=today)
    where = f"/routines/times/{one.pk}/"
    assert where in client.get("/routines/").content.decode()
    item = city.item("swept")
    refused = client.post(where, {f"{item.pk}-value": "yes", "remark": "已扫"})
    assert refused.status_code == 400
    assert "已扫" in refused.content.decode()
    assert "A photograph is asked for" in refused.content.decode()
    client.post(where, {f"{item.pk}-value": "yes", "photo": city.jpeg()})
    one.refresh_from_db()
    assert one.done_at is not None
    assert client.get(f"/files/{one.photo.sha256}/small").status_code == 200
    assert where in client.get("/routines/?state=done").content.decode()
    stranger = enter(city.user("inspector", division="XC"))
    assert stranger.get(f"/files/{one.photo.sha256}/small").status_code == 404


def test_missed_times_are_shown_late(city, enter, routine, today):
    yesterday = today - timedelta(days=1)
    Occurrence.objects.filter(day=today).update(day=yesterday, due=yesterday)
    client = enter(city.user("unit-worker"))
    assert "1 missed in the last 30 days" in client.get("/").content.decode()
    page = client.get(f"/routines/{routine.code}/?state=missed").content.decode()
    one = Occurrence.objects.get(day=yesterday)
    assert f"/routines/times/{one.pk}/" in page
    page = client.get(f"/routines/times/{one.pk}/").content.decode()
    assert "stays missed" in page
    assert "<textarea" not in page


def test_the_office_asks_for_less(city, enter, routine):
    client = enter(city.user("creation-office"))
    where = f"/routines/{routine.code}/"
    assert client.post(f"{where}thin", {"reason": " "}).status_code == 400
    client.post(f"{where}thin", {"reason": "两月无问题"})
    routine.refresh_from_db()
    assert routine.number == 2
    client.post(f"{where}end", {"reason": "巡查已覆盖"})
    assert "巡查已覆盖" in client.get(where).content.decode()
    assert routine.code not in client.get("/routines/all/").content.decode()
    assert routine.code in client.get("/routines/all/?over=1").content.decode()


def test_the_meter_names_units_with_their_forms(city, enter, routine):
    page = enter(city.user("creation-office")).get("/routines/burden/").content.decode()
    assert city.unit().name_en in page
    assert "3 min a form" in page
    assert "No routine is needless" in page
    for wrong in ("0", "209913", "x", "202513"):
        assert (
            enter(city.user("auditor")).get(f"/routines/burden/?month={wrong}").status_code == 200
        )


def test_to_a_stranger_it_is_not_there(city, enter, routine):
    client = enter(city.user("inspector", division="XC"))
    one = Occurrence.objects.first()
    assert client.get(f"/routines/{routine.code}/").status_code == 404
    assert client.get(f"/routines/times/{one.pk}/").status_code == 404
    assert routine.code not in client.get("/routines/all/").content.decode()


def test_a_reader_is_offered_nothing_to_do(city, enter, routine, today):
    client = enter(city.user("auditor"))
    one = Occurrence.objects.get(day=today)
    assert "It is done" not in client.get(f"/routines/times/{one.pk}/").content.decode()
    assert "Ask for less" not in client.get(f"/routines/{routine.code}/").content.decode()


def test_a_machine_reads_routines_and_the_meter(city, client, routine, today):
    client.force_login(city.user("unit-lead"))
    (line,) = client.get("/api/v1/routines").json()["items"]
    assert (line["code"], line["items"]) == (routine.code, ["swept"])
    one = client.get(f"/api/v1/routines/{routine.code}").json()
    assert [time["day"] for time in one["times"]] == [str(today)]
    assert one["counts"] == {"due": 1, "missed": 0, "done": 0}
    (unit,) = client.get("/api/v1/burden").json()["units"]
    assert unit["by_source"]["routines"]["forms"] == unit["forms"]


def test_empty_pages_teach(city, enter):
    client = enter(city.user("creation-office"))
    assert "Order a routine" in client.get("/routines/all/").content.decode()
    assert "Routines make themselves" in client.get("/routines/").content.decode()
    assert "counted here by themselves" in client.get("/routines/burden/").content.decode()
