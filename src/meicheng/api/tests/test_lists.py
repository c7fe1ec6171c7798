"""Problem lists through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.lists.models import ListItem, ProblemList
from meicheng.places.time import city_day


@pytest.fixture
def body(city):
    due = str(city_day(timezone.now()) + timedelta(days=3))
    items = [{"text": f"问题{n}", "unit": city.unit().code, "due": due} for n in (1, 2)]
    return {"title": "巡查清单", "source": "walk", "division": "LC", "items": items}


def test_a_machine_makes_a_list_that_its_unit_solves_and_another_strikes_off(city, call, body):
    made = call().post("/lists", body)
    assert made.status_code == 201, made.content
    code = made.json()["code"]
    item = f"/lists/{code}/items/1"
    assert call("unit-worker").post(f"{item}/solve", {"remark": "已清运"}).status_code == 200
    checked = call("verifier").post(f"{item}/strike-off", {"remark": "现场已核实"})
    assert checked.json()["status"] == "struck"
    told = call().get(f"/lists/{code}").json()
    assert (told["total"], told["struck"]) == (2, 1)
    assert [one["status"] for one in told["items"]] == ["struck", "open"]
    assert call().get("/lists").json()["items"][0]["code"] == code


def test_the_same_key_makes_one_list(call, body):
    caller = call()
    first, again = (caller.post("/lists", body, key="k1") for _ in range(2))
    assert first.json() == again.json()
    assert ProblemList.objects.count() == 1


def test_every_fault_is_named_with_its_item(call, body):
    body["items"][0]["unit"] = "nobody"
    body["items"][1]["due"] = "2020-01-01"
    answer = call().post("/lists", body)
    assert answer.status_code == 409
    assert {one["where"] for one in answer.json()["errors"]} == {"items.0.unit", "items.1.due"}
    assert not ListItem.objects.exists()


def test_a_step_out_of_turn_is_refused_and_one_without_the_right_too(city, call, body):
    code = call().post("/lists", body).json()["code"]
    item = f"/lists/{code}/items/1"
    assert call("verifier").post(f"{item}/strike-off", {}).status_code == 409
    assert call("verifier").post(f"{item}/solve", {"remark": "好"}).status_code == 403
    stranger = call("unit-worker", unit=city.unit("health"))
    assert stranger.post(f"{item}/solve", {"remark": "好"}).status_code == 404
    assert call().post(f"/lists/{code}/items/99999999999/solve", {}).status_code == 404
