"""Campaigns through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.campaigns.actions import Goal, order_campaign
from meicheng.organisation.models import Membership
from meicheng.places.time import city_day


@pytest.fixture
def campaign(city):
    today = city_day(timezone.now())
    return order_campaign(
        city.user("creation-office"), title="专项治理", lead=city.unit(),
        division=city.division("CITY"), areas=[city.division("LC")], kinds=[city.kind()],
        phases={"rectification": (today - timedelta(days=2), today + timedelta(days=9))},
        goals=[Goal("open", 3, today)], counted=["查扣车辆"], key="a",
    )  # fmt: skip


def test_a_machine_reads_campaigns_their_days_and_their_answer(city, client, campaign):
    city.case()
    client.force_login(city.user("creation-office"))
    (line,) = client.get("/api/v1/campaigns").json()["items"]
    assert (line["code"], line["areas"], line["kinds"]) == (
        campaign.code, ["LC"], ["exposed-litter"],
    )  # fmt: skip
    one = client.get(f"/api/v1/campaigns/{campaign.code}").json()
    assert [day["found"] for day in one["days"]] == [0, 0, 1]
    assert one["targets"][0]["met"] is True
    told = client.get(f"/api/v1/campaigns/{campaign.code}/effect").json()
    assert (told["verdict"], told["reasons"]) == ("cannot_tell", ["few_weeks"])
    assert len(told["weeks"]) == 26


def test_elsewhere_it_is_not_there(city, client, campaign):
    stranger = city.user("inspector", division="XC0101")
    assert Membership.objects.filter(user=stranger).exists()
    client.force_login(stranger)
    assert client.get("/api/v1/campaigns").json()["items"] == []
    assert client.get(f"/api/v1/campaigns/{campaign.code}").status_code == 404
