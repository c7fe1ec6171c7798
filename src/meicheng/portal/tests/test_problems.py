"""What everybody sees of the city's problems, and what nobody does."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from meicheng.portal import limits
from meicheng.proofs.public import prepare
from meicheng.voices.models import Report

from .test_pages import hidden

PRIVATE = "我是李雷，电话13800001234，豫A12345的车堵在3栋2单元501室门口"


def test_only_what_was_registered_is_on_the_list(city, client):
    shown = city.case(source="portal", description="路边有一堆垃圾")
    for state in ("reported", "turned_down", "withdrawn"):
        city.case(source="portal", state=state)
    staff = city.case(source="staff")
    page = client.get("/p/problems/?state=all").content.decode()
    assert re.findall(r"/p/problems/(A-[\d-]+)/", page) == [shown.number]
    assert client.get(f"/p/problems/{staff.number}/").status_code == 404
    assert client.get(f"/p/problems/{shown.number}/").status_code == 200


def test_names_numbers_plates_and_doors_are_not_shown(city, client):
    case = city.case(source="portal", description=PRIVATE)
    case.address = "木槿巷3号院2单元501室"
    case.save(update_fields=["address"])
    for path in ("/p/problems/", f"/p/problems/{case.number}/"):
        page = client.get(path).content.decode()
        assert "木槿巷3号院" in page
        for private in ("李雷", "13800001234", "A12345"):
            assert private not in page, path
        assert "501室" not in page


def test_what_a_caller_said_is_not_shown_and_not_found(city, client):
    city.case(source="hotline", description="我家楼下的麻将馆每晚吵闹")
    assert "麻将馆" not in client.get("/p/problems/").content.decode()
    assert "/p/problems/A-" not in client.get("/p/problems/?q=麻将馆").content.decode()


def test_filters_narrow_list_and_map_alike(city, client):
    litter = city.case(source="portal", description="垃圾成堆")
    lamp = city.case("lamp-out", source="portal", division="SF0101")
    done = city.case(source="portal", state="closed")
    box = "bbox=114.2,34.1,114.5,34.3&zoom=19"

    def numbers(query):
        page = client.get(f"/p/problems/?{query}").content.decode()
        cells = client.get(f"/p/problems/cells.json?{query}&{box}").json()["cells"]
        listed = set(re.findall(r"/p/problems/(A-[\d-]+)/", page))
        assert {cell["url"].split("/")[-2] for cell in cells} == listed
        return listed

    assert numbers("") == {litter.number, lamp.number}
    assert numbers("state=done") == {done.number}
    assert numbers("kind=lamp-out") == {lamp.number}
    assert numbers("district=LC") == {litter.number}
    assert numbers("q=垃圾成堆") == {litter.number}
    assert numbers("state=x&kind=x&district=x") == {litter.number, lamp.number}


def test_from_afar_the_map_counts_and_tells_no_lateness(city, client):
    for _time in range(3):
        city.case(source="portal")
    cells = client.get("/p/problems/cells.json?bbox=114,34,115,35&zoom=11").json()["cells"]
    assert [cell["count"] for cell in cells] == [3]
    assert "late" not in cells[0]


def test_a_picture_is_shown_once_somebody_released_it(city, client):
    case = city.case(source="portal")
    photo = _photograph(case, city.photo())
    address = f"/p/problems/photo/{photo.pk}"
    picture = prepare(photo.file)
    assert client.get(address).status_code == 404
    picture.state = picture.State.READY
    picture.save()
    assert client.get(address)["Content-Type"] == "image/jpeg"
    assert address in client.get("/p/problems/").content.decode()
    hidden_case = _photograph(city.case(source="staff"), photo.file)
    assert client.get(f"/p/problems/photo/{hidden_case.pk}").status_code == 404


def test_who_meets_a_listed_problem_joins_it_and_gets_a_code(city, client, monkeypatch):
    monkeypatch.setattr(limits, "QUICKEST", 0)
    case = city.case(source="portal", state="dispatched")
    page = client.get(f"/p/?same={case.number}")
    names = ("key", "opened", "decided", "longitude", "latitude")
    fields = {name: hidden(page, name) for name in names}
    sent = client.post("/p/", {**fields, "kind": case.kind_id, "body": "我也遇到", "phone": ""})
    assert sent.status_code == 302
    report = Report.objects.get()
    assert (report.case, report.state) == (case, Report.State.JOINED)
    case.refresh_from_db()
    assert case.reports_count == 2


def test_the_list_asks_the_same_number_of_questions_for_one_and_for_many(city, client):
    def questions():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/p/problems/")
        return len(asked)

    city.case(source="portal")
    client.get("/p/problems/")
    few = questions()
    for _time in range(5):
        city.case(source="portal")
    assert questions() == few


def _photograph(case, file):
    return case.photos.create(file=file, moment="before", added_at=case.reported_at)
