"""What a citizen does on the portal, with plain forms."""

import io
import re
import time
from datetime import date

import pytest
from django.core.cache import cache
from PIL import ExifTags, Image

from meicheng.cases.models import Case
from meicheng.files.models import StoredFile
from meicheng.portal import limits
from meicheng.voices import floods
from meicheng.voices.codes import shown
from meicheng.voices.models import Knock, Report

LITTER = "巷口垃圾成堆，好几天没人清理"


@pytest.fixture
def unhurried(monkeypatch):
    """Tests fill in forms faster than people."""
    monkeypatch.setattr(limits, "QUICKEST", 0)


@pytest.fixture
def here(city):
    """A place in the community LC0101."""
    site = city.site()
    return {"longitude": site.longitude, "latitude": site.latitude}


def hidden(page, name):
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"(?: value="([^"]*)")?', page.content.decode())
    return (found and found[1]) or ""


def send(client, **fields):
    """Open the form, fill it in and send it."""
    page = client.get("/p/")
    sent = {"key": hidden(page, "key"), "opened": hidden(page, "opened"), "body": LITTER}
    return client.post("/p/", {**sent, **fields})


def no_number_in(page):
    """Neither the number that was sent nor its masked form; three digits stand in many a token."""
    return not re.search(r"138 ?0000|138\*", page)


def test_three_steps_and_the_code_shows_how_far_it_is(city, client, here, unhurried):
    sent = send(client, photos=city.jpeg(), phone="138 0000 1234", **here)
    assert sent.status_code == 302
    report = Report.objects.get()
    page = client.get(sent.url).content.decode()
    assert shown(report.code) in page
    assert LITTER in page
    assert no_number_in(page)
    assert client.get(f"/p/{shown(report.code)}/photo/1")["Content-Type"] == "image/jpeg"
    assert report.extra == {}
    found = client.post("/p/follow/", {"code": report.code.lower()})
    assert found.url == f"/p/{shown(report.code)}/"


def test_without_a_position_the_community_is_enough(city, client, unhurried):
    sent = send(client, division=city.division("XC0101").pk, address="邮局门口")
    assert sent.status_code == 302
    assert Report.objects.get().division.code == "XC0101"


def test_what_others_reported_is_shown_first_and_can_be_joined(city, client, here, unhurried):
    send(client, **here)
    again = send(client, photos=city.jpeg(), **here)
    page = again.content.decode()
    case = Case.objects.get()
    assert again.status_code == 200
    assert case.number in page
    assert Report.objects.count() == 1, "nothing is taken before it is decided"
    fields = {
        "key": hidden(again, "key"),
        "opened": hidden(again, "opened"),
        "stored": hidden(again, "stored"),
        "body": LITTER,
        **here,
    }
    joined = client.post("/p/", {**fields, "decided": case.number})
    assert joined.status_code == 302
    report = Report.objects.latest("pk")
    assert (report.case, report.state) == (case, "joined")
    assert report.photos.count() == 1, "the photograph of the first sending is kept"


def test_another_problem_nearby_is_a_case_of_its_own(city, client, here, unhurried):
    send(client, **here)
    page = send(client, **here)
    fields = {"key": hidden(page, "key"), "opened": hidden(page, "opened"), "body": LITTER, **here}
    client.post("/p/", {**fields, "decided": "separate"})
    assert Case.objects.count() == 2


def test_only_a_case_that_was_shown_can_be_joined(city, client, here, unhurried):
    elsewhere = city.case(division="SF0101", state="registered")
    send(client, decided=elsewhere.number, **here)
    assert Report.objects.get().case != elsewhere


def test_without_a_place_the_photograph_tells_where_it_was_taken(city, client, here, unhurried):
    sent = send(client, photos=photographed(city.jpeg(), **here))
    assert sent.status_code == 302
    report = Report.objects.get()
    assert report.division.code == "LC0101"
    assert report.longitude == pytest.approx(here["longitude"], abs=1e-4)
    far = photographed(city.jpeg(), longitude=2.35, latitude=48.86)
    assert send(client, photos=far).status_code == 400, "taken outside the city: a place is needed"


def photographed(jpeg, longitude, latitude):
    """A photograph with a position in it, as phones write it."""
    picture = Image.open(jpeg)
    exif = picture.getexif()
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (latitude, 0.0, 0.0),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: (longitude, 0.0, 0.0),
    }
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    buffer.seek(0)
    buffer.name = "street.jpg"
    return buffer


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"body": ""}, '<a href="#id_body">什么问题？</a> 请用几句话说明问题'),
        ({"body": "字" * 100_000}, "5000"),
        ({"longitude": 0, "latitude": 0}, "0.00000"),
        ({"longitude": "", "latitude": ""}, "社区"),
        ({"longitude": "nan"}, "经度"),
        ({"phone": "call me"}, "call me"),
        ({"kind": "flying-saucer"}, "alert"),
        ({"body": "路灯不亮\ufffd"}, "UTF-8"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_the_words(
    city, client, here, fields, said, unhurried
):
    sent = send(client, **{**here, **fields})
    assert sent.status_code == 400
    assert said in sent.content.decode()
    if "body" not in fields:
        assert LITTER in sent.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xff\xd8\xff" + b"\0" * (21 * 1024 * 1024)]
)
def test_a_file_that_is_no_photograph_is_named(city, client, here, content, unhurried):
    lie = io.BytesIO(content)
    lie.name = "street.jpg"
    sent = send(client, photos=lie, **here)
    assert sent.status_code == 400
    assert not StoredFile.objects.exists()
    assert not Report.objects.exists()


def test_the_same_form_sent_twice_is_one_report(city, client, here, unhurried):
    page = client.get("/p/")
    fields = {
        "key": hidden(page, "key"),
        "opened": hidden(page, "opened"),
        "body": LITTER,
        "decided": "separate",
        **here,
    }
    first, second = client.post("/p/", fields), client.post("/p/", fields)
    assert first.url == second.url
    del fields["decided"]  # not asked again about what is near, itself among it
    assert client.post("/p/", fields).url == first.url
    assert Report.objects.count() == 1


def test_machines_are_taken_in_with_a_doubt_and_nobody_is_turned_away(city, client, here):
    trapped = send(client, website="http://spam.example", **here)
    assert trapped.status_code == 302
    quick = send(client, decided="separate", **here)
    assert quick.status_code == 302
    forged = client.post(
        "/p/", {"key": "x", "opened": "1:2:3", "body": LITTER, "decided": "separate", **here}
    )
    assert forged.status_code == 302
    assert Report.objects.filter(extra__doubt__isnull=False).count() == 3


def test_a_flood_from_one_connection_is_doubted(city, client, here, unhurried, settings):
    settings.REPORTS_PER_HOUR = 2
    for _ in range(3):
        assert send(client, decided="separate", **here).status_code == 302
    assert Report.objects.filter(extra__doubt__isnull=False).count() == 1


def test_a_flood_from_one_browser_is_doubted_and_its_neighbours_are_not(
    city, client, here, unhurried, settings
):
    """People of one office share a connection; each browser has a number of its own."""
    settings.REPORTS_PER_DEVICE = 1
    for _time in range(2):
        send(client, decided="separate", **here)
    send(type(client)(), decided="separate", **here)
    doubts = [one.extra.get("doubt") for one in Report.objects.order_by("pk")]
    assert [bool(one) for one in doubts] == [False, True, False]


def test_who_was_here_before_is_not_doubted_for_a_flood_from_the_same_address(
    city, client, here, unhurried, settings, monkeypatch
):
    settings.REPORTS_PER_HOUR = 1
    neighbour, newcomer = type(client)(), type(client)()
    hours_ago = time.time() - 7200
    with monkeypatch.context() as before:
        before.setattr(time, "time", lambda: hours_ago)
        neighbour.get("/p/")
    for one in (client, client, neighbour, newcomer):
        assert send(one, decided="separate", **here).status_code == 302
    doubts = [one.extra.get("doubt") for one in Report.objects.order_by("pk")]
    assert [bool(one) for one in doubts] == [False, True, False, True]


def test_all_server_processes_count_together_and_forget_after_a_day(city, rf, monkeypatch):
    asked = rf.get("/p/", REMOTE_ADDR="192.0.2.7")
    assert not limits.too_many(asked, "report", 1)
    cache.clear()  # another process has another memory
    assert limits.too_many(asked, "report", 1)
    assert "192.0.2.7" not in str(list(Knock.objects.values()))
    today = date(2026, 11, 26)
    assert floods.forget_knocks(today) == 0
    Knock.objects.update(hour=1)
    assert floods.forget_knocks(today) == 1


def test_a_wrong_code_is_said_and_guessing_ends(city, client, settings):
    settings.CODES_PER_HOUR = 2
    assert client.post("/p/follow/", {"code": "K7M4-QX9R-TW2H"}).status_code == 404
    assert client.post("/p/follow/", {"code": "no"}).status_code == 404
    assert client.post("/p/follow/", {"code": "K7M4-QX9R-TW2H"}).status_code == 429
    for code in ("NOCODE", "2222-2222-2222"):
        mistyped = client.get(f"/p/{code}/")
        assert mistyped.status_code == 404
        assert f'value="{code}"' in mistyped.content.decode(), "to be put right where it stands"


def finish(city, report):
    for step in ("register", "dispatch", "accept", "start", "resolve", "verify", "close"):
        city.take(Case.objects.get(pk=report.case_id), step, remark="已清运并冲洗")


def test_the_result_is_told_rated_and_contested_once(city, client, here, unhurried):
    address = send(client, **here).url.split("?")[0]
    report = Report.objects.get()
    assert client.post(f"{address}rate", {"rating": 5}).status_code == 400
    finish(city, report)
    page = client.get(address).content.decode()
    assert "已清运并冲洗" in page
    assert client.post(f"{address}rate", {"rating": 7}).status_code == 400
    assert client.post(f"{address}rate", {"rating": 2, "manner": 4}).status_code == 302
    assert Case.objects.get().rating == 2
    assert client.post(f"{address}contest", {"reason": ""}).status_code == 400
    assert client.post(f"{address}contest", {"reason": "又堆满了"}).status_code == 302
    assert Case.objects.get().state == "to_redo"
    assert "退回责任单位重办：“又堆满了”" in client.get(address).content.decode()


def test_the_public_page_names_no_person(city, client, here, unhurried):
    address = send(client, phone="13800001234", **here).url
    finish(city, Report.objects.get())
    page = client.get(address).content.decode()
    for role in ("dispatcher", "unit-worker", "creation-office"):
        assert city.user(role).display_name not in page
    assert no_number_in(page)


def test_a_stranger_sees_no_photograph(city, client, here, unhurried):
    send(client, photos=city.jpeg(), **here)
    file = StoredFile.objects.get()
    assert client.get(f"/files/{file.sha256}").status_code == 302
    report = Report.objects.get()
    assert client.get(f"/p/{shown(report.code)}/photo/2").status_code == 404


def test_pages_are_light_and_ask_few_questions(
    city, client, here, unhurried, django_assert_max_num_queries
):
    address = send(client, **here).url
    for number in (1, 20):
        for _ in range(number):
            city.report()
        with django_assert_max_num_queries(6):
            page = client.get("/p/", headers={"Accept-Encoding": "gzip"})
        assert page["Content-Encoding"] == "gzip"
        assert len(page.content) < 16_000, "with all its styles"
        with django_assert_max_num_queries(5):
            assert client.get(address).status_code == 200


def test_an_address_is_asked_for_only_where_mail_can_be_sent(
    city, client, here, unhurried, settings
):
    assert 'name="email"' not in client.get("/p/").content.decode()
    settings.MAIL = True
    assert 'name="email"' in client.get("/p/").content.decode()
    wrong = send(client, email="at home", **here)
    assert wrong.status_code == 400
    assert "at home" in wrong.content.decode()
    assert send(client, email="citizen@example.org", **here).status_code == 302
    assert b"citizen" not in bytes(Report.objects.get().email_sealed)


def test_more_than_is_read_is_said_to_be_too_much(city, client, here):
    sent = client.post("/p/", {"body": "字" * 1_500_000, **here})
    assert sent.status_code == 400
    assert "4 MB" in sent.content.decode()
    assert not Report.objects.exists()


def test_a_report_takes_the_same_number_of_statements_in_a_full_city(
    city, client, here, unhurried, django_assert_max_num_queries
):
    for number in (1, 15):
        for _ in range(number):
            city.case(state="registered", **here)
        page = client.get("/p/")
        fields = {"key": hidden(page, "key"), "opened": hidden(page, "opened"), "body": LITTER}
        with django_assert_max_num_queries(17):
            sent = client.post("/p/", {**fields, "photos": city.jpeg(), **here})
        assert sent.status_code == 200, "what is near is shown first"
        fields.update({"stored": hidden(sent, "stored"), "decided": "separate", **here})
        with django_assert_max_num_queries(18):
            assert client.post("/p/", fields).status_code == 302
        with django_assert_max_num_queries(3):
            assert client.get("/p/follow/").status_code == 200


def test_large_type_stays_until_it_is_put_back_and_leads_nowhere_else(city, client):
    large = client.post("/p/type", {"size": "large", "next": "/p/follow/"})
    assert large.url == "/p/follow/"
    page = client.get("/p/").content.decode()
    assert 'class="large"' in page
    assert 'href="tel:12345"' in page, "whoever would rather call reads the number"
    assert 'name="kind"' not in page, "and chooses among less"
    for elsewhere in ("https://evil.example/p/", "//evil.example/p/", "/p//../cases/", ""):
        answer = client.post("/p/type", {"size": "normal", "next": elsewhere})
        assert answer.url.startswith("/p/")
    assert 'class="large"' not in client.get("/p/").content.decode()


def test_a_city_that_is_not_set_up_yet_says_so_and_names_its_number(db, client):
    page = client.get("/p/").content.decode()
    assert "系统正在建设中" in page
    assert 'href="tel:12345"' in page
