"""Sites and the map, as inspectors and the office use them."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meicheng.inspections.models import Visit
from meicheng.ledger.actions import new_observation, observe
from meicheng.places.models import MapLayer


def test_a_site_shows_what_failed_last_and_no_longer_what_was_put_right(city, client):
    lane = city.site("back-lane")
    now = timezone.now()
    for item, values in {"swept": ["no", "yes"], "lamps-lit": ["yes", "no"]}.items():
        for days, value in zip((9, 2), values, strict=True):
            at = now - timezone.timedelta(days=days)
            observe(
                [
                    new_observation(
                        item=city.item(item),
                        site=lane,
                        division=lane.division,
                        observed_at=at,
                        value=value,
                    )
                ]
            )
    Visit.objects.create(site=lane, visited_at=now, by_name="巡查员甲", passed=3, failed=1)
    city.case(site=lane)
    client.force_login(city.user("inspector"))
    page = client.get(f"/sites/{lane.code}/").content.decode()
    assert city.item("lamps-lit").name_zh in page
    assert city.item("swept").name_zh not in page
    assert "巡查员甲" in page
    assert "A-" in page


def test_sites_are_found_by_name_kind_and_place(city, client):
    market = city.site("farmers-market", name="南门菜市场")
    lane = city.site("back-lane", division="XC0101", name="木槿巷")
    client.force_login(city.user("inspector"))

    def found(query):
        page = client.get(f"/sites/?{query}").content.decode()
        return {one.code for one in (market, lane) if f"/sites/{one.code}/" in page}

    assert found("") == {market.code, lane.code}
    assert found("q=南门") == {market.code}
    assert found("kind=back-lane") == {lane.code}
    assert found("division=LC") == {market.code}
    page = client.get("/sites/?kind=moon-base").content.decode()
    assert "moon-base" in page


def test_a_site_that_is_none_is_a_page_that_says_so(city, client):
    client.force_login(city.user("inspector"))
    assert client.get("/sites/NOWHERE/").status_code == 404


def test_the_sites_ask_the_same_number_of_questions_for_more(
    city, client, django_assert_max_num_queries
):
    client.force_login(city.user("inspector"))
    for number in (2, 20):
        sites = [city.site() for _ in range(number)]
        with django_assert_max_num_queries(13):
            assert client.get("/sites/").status_code == 200
        with django_assert_max_num_queries(18):
            assert client.get(f"/sites/{sites[0].code}/").status_code == 200


def test_the_map_counts_far_away_and_shows_single_cases_near(city, client):
    for _ in range(3):
        city.case(division="LC0101")
    city.case(division="XC0101")
    client.force_login(city.user("creation-office"))
    far = client.get("/map/cells.json?bbox=113,33,116,36&zoom=9").json()["cells"]
    assert sum(cell.get("count", 1) for cell in far) == 4
    near = client.get("/map/cells.json?bbox=113,33,116,36&zoom=18").json()["cells"]
    assert len(near) == 4
    assert all(cell["url"].startswith("/cases/A-") for cell in near)
    client.force_login(city.user("district-lead", division="XC"))
    mine = client.get("/map/cells.json?bbox=113,33,116,36&zoom=9").json()["cells"]
    assert sum(cell.get("count", 1) for cell in mine) == 1


def test_single_cases_on_the_map_take_the_same_number_of_statements_however_many(
    city, client, django_assert_num_queries
):
    client.force_login(city.user("creation-office"))
    near = "/map/cells.json?bbox=113,33,116,36&zoom=17"
    city.case(state="dispatched")
    client.get(near)  # what a process reads once
    with CaptureQueriesContext(connection) as few:
        client.get(near)
    for state in ("reported", "dispatched", "in_progress", "resolved", "suspended"):
        city.case("lamp-out", state=state)
        city.case(state=state)
    with django_assert_num_queries(len(few)):
        assert len(client.get(near).json()["cells"]) == 11


@pytest.mark.parametrize(
    "query", ["", "bbox=1,2,3&zoom=3", "bbox=a,b,c,d&zoom=3", "bbox=5,5,1,1&zoom=3", "bbox=1,1,2,2"]
)
def test_a_view_of_the_map_that_is_none_is_told_what_was_expected(city, client, query):
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/map/cells.json?{query}")
    assert answer.status_code == 400
    assert "bbox" in answer.json()["error"]


def test_the_base_map_is_the_citys_own_and_is_sent_once(city, client):
    MapLayer.objects.create(
        code="river",
        features={
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": "汝南河"},
                    "geometry": {"type": "LineString", "coordinates": [[114, 34], [115, 35]]},
                }
            ],
        },
    )
    answer = client.get("/map/layers.json")
    kinds = {one["properties"]["kind"] for one in json.loads(answer.content)["features"]}
    assert kinds == {"river", "division"}
    again = client.get("/map/layers.json", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
