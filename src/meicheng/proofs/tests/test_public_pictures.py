"""Nothing is public until faces and plates are hidden and a person has looked."""

import io
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw

from meicheng.cases.models import CasePhoto
from meicheng.engine.provenance.hiding import Box, find_faces_and_plates, hide
from meicheng.ledger.verify import verify
from meicheng.proofs import public
from meicheng.proofs.actions import BadAnswer, hide_part, release, show_part
from meicheng.proofs.models import PublicPicture
from meicheng.voices.codes import new_code

from .conftest import photo, picture, work

PLATE = Box(0.4, 0.75, 0.22, 0.09)
INSIDE = (262, 366, 390, 398)


def with_plate():
    """A street with a car's blue plate."""
    shown = picture(7, after=True)
    canvas = ImageDraw.Draw(shown)
    left, top = int(PLATE.left * 640), int(PLATE.top * 480)
    canvas.rectangle([left, top, left + 140, top + 44], fill=(24, 70, 190))
    canvas.text((left + 8, top + 5), "A K 61X29", fill="white", font_size=30, stroke_width=1)
    return shown


def strokes(shown):
    """How often neighbouring dots within the plate differ strongly: what can be read."""
    dots = shown.crop(INSIDE).convert("L").tobytes()
    return sum(abs(one - two) > 40 for one, two in pairwise(dots))


def test_a_drawn_number_plate_is_found_and_cannot_be_read_any_more():
    found = find_faces_and_plates(with_plate())
    assert any(one.what == "plate" and one.overlaps(PLATE) > 0.8 for one in found)
    assert strokes(hide(with_plate(), found)) < strokes(with_plate()) / 8


@pytest.fixture
def case(city):
    case = city.case(state="closed")
    case.photos.all().delete()
    CasePhoto.objects.create(
        case=case, file=photo(with_plate()), moment="after", added_at=case.closed_at
    )
    return case


@pytest.fixture
def report(city, case):
    report = city.report(case=case)
    report.code = new_code()
    report.save()
    return report


def test_only_a_picture_that_somebody_released_is_public(city, case, report, client):
    address = f"/p/{report.code}/case-photo/1"
    assert client.get(address).status_code == 404  # before the worker saw it
    work()
    assert client.get(address).status_code == 404  # before a person saw it
    release(PublicPicture.objects.get(), by=city.user("verifier"))
    answer = client.get(address)
    assert strokes(Image.open(io.BytesIO(answer.content))) < strokes(with_plate()) / 8
    assert "case-photo/1" in client.get(f"/p/{report.code}/").content.decode()
    sha256 = case.photos.get().file.sha256
    assert client.get(f"/files/{sha256}").status_code == 302  # the original: sign in first


def test_when_looking_for_faces_fails_nothing_is_public(city, case, report, client, monkeypatch):
    def broken(_picture):
        raise RuntimeError("no detector")

    monkeypatch.setattr(public, "find_faces_and_plates", broken)
    work()
    found = PublicPicture.objects.get()
    assert found.state == "failed"
    with pytest.raises(BadAnswer):
        release(found, by=city.user("verifier"))
    assert client.get(f"/p/{report.code}/case-photo/1").status_code == 404
    assert "case-photo" not in client.get(f"/p/{report.code}/").content.decode()


def test_staff_hide_and_show_parts_with_a_reason_that_stays_on_record(city, case):
    work()
    found = PublicPicture.objects.select_related("file").get()
    before = public.hidden_jpeg(found)
    verifier = city.user("verifier")
    box = Box(0.1, 0.1, 0.2, 0.2)
    with pytest.raises(BadAnswer):
        hide_part(found, box, by=verifier, reason="")
    with pytest.raises(BadAnswer):
        hide_part(found, Box(1.1, 0.1, 0.2, 0.2), by=verifier, reason="a face")
    with pytest.raises(PermissionError):
        hide_part(found, box, by=city.user("unit-lead"), reason="a face")
    found = hide_part(found, box, by=verifier, reason="a face in the window")
    assert public.hidden_jpeg(found) not in {before, None}
    found = show_part(found, len(found.boxes) - 1, by=verifier, reason="a poster")
    assert public.hidden_jpeg(found) == before
    release(found, by=verifier)
    assert verify().faults == []


def test_the_page_of_what_is_hidden_is_for_those_who_may_change_it(city, case, client):
    work()
    address = f"/proofs/hidden/{case.photos.get().file.sha256}/"
    client.force_login(city.user("unit-lead"))
    assert client.get(address).status_code == 404
    client.force_login(city.user("verifier"))
    assert client.get("/proofs/hidden/next")["Location"] == address
    assert client.get(f"{address}picture").status_code == 200
    bad = {"left": "x", "top": "1", "width": "1", "height": "1", "reason": "a face"}
    assert client.post(address, bad).status_code == 400
    good = {"left": "10", "top": "10", "width": "20", "height": "20", "reason": "人脸"}
    assert client.post(address, good).status_code == 302
    assert PublicPicture.objects.get().boxes[-1]["what"] == "hand"
    assert client.post(address, {"release": "1"})["Location"] == "/proofs/hidden/next"
    assert PublicPicture.objects.get().state == "ready"
