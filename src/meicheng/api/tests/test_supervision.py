"""Another system asks what is supervised, and which cards were given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.supervision.catching import catch_up
from meicheng.supervision.models import Clock


@pytest.fixture
def late(city, client):
    """Two cases of LC, late by more than three limits; the creation office asks."""
    cases = [city.case(state="in_progress") for _ in range(2)]
    Clock.objects.update(due_at=timezone.now() - timedelta(days=60), next_at=timezone.now())
    catch_up()
    client.force_login(city.user("creation-office"))
    return cases


def test_what_is_supervised_is_read_page_by_page(late, client):
    first = client.get("/api/v1/supervision", {"limit": 1}).json()
    assert [one["case"] for one in first["items"]] == [late[0].number]
    assert first["items"][0]["to"] == "city-lead"
    second = client.get("/api/v1/supervision", {"limit": 1, "cursor": first["next"]}).json()
    assert [one["case"] for one in second["items"]] == [late[1].number]
    assert client.get("/api/v1/supervision", {"to": "mayor"}).status_code == 422


def test_cards_of_a_month_are_counted_by_unit(late, client):
    month = timezone.localtime(late[0].clock.supervisions.first().passed_at).strftime("%Y-%m")
    found = client.get("/api/v1/supervision/cards", {"month": month}).json()
    assert found["month"] == month
    assert client.get("/api/v1/supervision/cards", {"month": "2026-13"}).status_code == 422
    total = sum(
        one["yellow"] + one["red"]
        for back in range(12)
        for one in client.get(
            "/api/v1/supervision/cards",
            {"month": (timezone.localtime() - timedelta(days=15 * back)).strftime("%Y-%m")},
        ).json()["units"]
    )
    assert total >= 4
