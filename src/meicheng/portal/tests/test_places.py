"""Saying where it is: by a code on a sign, by name, by the photograph; and finding the next toilet."""

import io

import pytest
from PIL import ExifTags, Image

from meicheng.cases.models import Case
from meicheng.places.models import MapLayer
from meicheng.places.naming import named_places
from meicheng.portal import limits
from meicheng.voices.models import Report

from .test_pages import LITTER, hidden, photographed, send


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Tests fill in forms faster than people."""
    monkeypatch.setattr(limits, "QUICKEST", 0)


@pytest.fixture
def lane(db):
    """A street of the base map in the first district."""
    line = {"type": "LineString", "coordinates": [[114.28, 34.185], [114.30, 34.185]]}
    feature = {"type": "Feature", "properties": {"name": "木槿巷"}, "geometry": line}
    return MapLayer.objects.create(
        code="lane", features={"type": "FeatureCollection", "features": [feature]}
    )


def test_the_code_on_a_toilet_door_says_where_it_is(city, client):
    toilet = city.site("public-toilet", name="柳池路公厕")
    page = client.get(f"/p/at/{toilet.code.lower()}/")
    assert "柳池路公厕" in page.content.decode()
    sent = send(client, site=toilet.code)
    assert sent.status_code == 302
    case = Case.objects.get()
    assert (case.site, case.division, case.longitude) == (toilet, toilet.division, toilet.longitude)


def test_a_pin_that_was_moved_away_is_no_longer_at_the_sign(city, client):
    toilet = city.site("public-toilet")
    send(client, site=toilet.code, longitude=toilet.longitude + 0.005, latitude=toilet.latitude)
    assert Case.objects.get().site is None


def test_an_unknown_code_still_lets_people_report(city, client):
    page = client.get("/p/at/NOTHING-1/")
    assert page.status_code == 404
    assert 'name="body"' in page.content.decode()


def test_a_place_is_found_by_a_name_that_stands_in_the_address(city, lane):
    city.site(name="柳池一巷")
    assert [one.name for one in named_places("木槿巷 3 号对面")] == ["木槿巷"]
    found = named_places("柳池")
    assert found[0].name == "柳池一巷"
    assert "柳池东社区" in [one.name for one in found]
    assert named_places("巷") == []
    assert named_places("'; DROP TABLE x; --") == []


def test_without_scripts_a_place_is_chosen_among_those_of_the_name(city, client, lane):
    opened = client.get("/p/")
    fields = {"key": hidden(opened, "key"), "opened": hidden(opened, "opened"), "body": LITTER}
    offered = client.post(
        "/p/", {**fields, "address": "木槿巷口", "find": "1", "photos": city.jpeg()}
    )
    assert 'value="114.290000,34.185000"' in offered.content.decode()
    fields["stored"] = hidden(offered, "stored")
    chosen = client.post("/p/", {**fields, "address": "木槿巷口", "spot": "114.290000,34.185000"})
    assert hidden(chosen, "longitude") == "114.290000"
    assert LITTER in chosen.content.decode()
    assert Report.objects.count() == 0, "nothing is sent while the place is chosen"
    fields.update(longitude="114.290000", latitude="34.185000", address="木槿巷口")
    assert client.post("/p/", fields).status_code == 302
    assert Report.objects.get().photos.count() == 1


def test_an_address_that_names_a_community_is_enough(city, client):
    assert send(client, address="杏川东社区邮局门口").status_code == 302
    assert Report.objects.get().division.code == "XC0101"


def test_the_beginning_of_a_photograph_tells_where_it_was_taken(city, client):
    site = city.site()
    photo = photographed(city.jpeg(width=640, height=480), site.longitude, site.latitude)
    head = io.BytesIO(photo.read()[:2000])
    head.name = "head"
    offered = client.post("/p/photo-place", {"head": head}).content.decode()
    assert f'value="{site.longitude:.3f}' in offered
    assert site.division.name in offered
    for nothing in (b"", b"no photograph", b"\xff\xd8\xff\xe1"):
        upload = io.BytesIO(nothing)
        upload.name = "head"
        assert b"data-spot" not in client.post("/p/photo-place", {"head": upload}).content


def test_a_photograph_from_elsewhere_offers_no_place(city, client):
    picture = Image.new("RGB", (8, 8))
    exif = picture.getexif()
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (48.0, 51.0, 0.0), 3: "E", 4: (2.0, 21.0, 0.0)}
    head = io.BytesIO()
    picture.save(head, "JPEG", exif=exif)
    head.seek(0)
    head.name = "head"
    assert b"data-spot" not in client.post("/p/photo-place", {"head": head}).content


def test_words_say_what_it_looks_like_before_anything_is_sent(city, client):
    page = client.post("/p/suggest", {"body": "巷口的路灯不亮了，晚上很黑"}).content.decode()
    assert 'data-kind="lamp-out"' in page
    assert client.post("/p/suggest", {"body": "黑"}).content.strip() == b""


def test_the_nearest_toilet_comes_first_with_its_hours(city, client):
    near = city.site("public-toilet", name="近处公厕", hours="24小时")
    far = city.site("public-toilet", name="远处公厕", division="SF0101")
    here = {"longitude": near.longitude + 0.001, "latitude": near.latitude}
    page = client.get("/p/find/", {"what": "toilets", **here}).content.decode()
    assert page.index(near.name_zh) < page.index(far.name_zh)
    assert "92 m" in page
    assert "开放中" in page
    by_name = client.get("/p/find/", {"what": "toilets", "q": "沙坊东社区"}).content.decode()
    assert by_name.index(far.name_zh) < by_name.index(near.name_zh)
    assert (
        client.get("/p/find/", {"what": "x", "longitude": "nan", "latitude": "0"}).status_code
        == 200
    )


def test_the_finders_map_asks_for_what_is_in_view(city, client):
    near = city.site("farmers-market", hours="全天开放")
    city.site("farmers-market", division="SF0101")
    box = {"bbox": "114.27,34.18,114.31,34.22", "zoom": "13", "what": "markets"}
    answer = client.get("/p/find/places.json", box, headers={"Accept-Language": "en"})
    (cell,) = answer.json()["cells"]
    assert cell["url"] == f"/p/at/{near.code}/"
    assert cell["label"].endswith(" 24 hours"), "in the reader's language"
    assert client.get("/p/find/places.json?bbox=1,2&zoom=x").status_code == 400
