"""Hot topics through the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.engine.text.tests.test_topics import MIXER
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.topics.making import find_city_topics


def test_a_machine_reads_topics_with_the_parts_of_their_heat_and_their_reports(city, client):
    codes = [
        submit_report(
            NewReport("api", f"云湾花园{text}", division=city.division()), apart=True
        ).code
        for text in MIXER
    ]
    find_city_topics(at=timezone.now())
    client.force_login(city.user("creation-office"))
    (line,) = client.get("/api/v1/topics").json()["items"]
    assert (line["place"], line["division"], line["reports_count"]) == ("云湾花园", "LC0101", 4)
    assert line["heat"] == pytest.approx(sum(line["parts"].values()))
    one = client.get(f"/api/v1/topics/{line['number']}").json()
    assert sorted(one["reports"]) == sorted(codes)
    assert sum(week["reports"] for week in one["weeks"]) == 4
    client.force_login(city.user("inspector", division="XC0101"))
    assert client.get("/api/v1/topics").json()["items"] == []
    assert client.get(f"/api/v1/topics/{line['number']}").status_code == 404
