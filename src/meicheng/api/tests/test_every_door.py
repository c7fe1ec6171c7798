"""Wrong input through portal, API and Open311: refused in words, nothing changed; odd input is taken."""

from __future__ import annotations

import io
import zipfile
from secrets import token_hex

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.voices.models import Report

DOORS = ["portal", "api", "json", "xml"]
WORDS = "路面很脏，没有人扫。"


@pytest.fixture
def say(city, client, call):
    """Says something at a place through a door; the answer."""
    site, caller = city.site(), call()

    def send(door, body=WORDS, *, sea=False, file=None):
        longitude, latitude = (123.9, 30.0) if sea else (site.longitude, site.latitude)
        if door == "api":
            if file is not None:
                headers = {"Authorization": f"Bearer {caller.key}", "Idempotency-Key": token_hex(8)}
                return client.post("/api/v1/photos", {"file": file}, headers=headers)
            place = {"longitude": longitude, "latitude": latitude}
            return caller.post("/reports", {"body": body, "kind": "dirty-road", **place})
        extra = {"photos" if door == "portal" else "media": file} if file else {}
        if door == "portal":
            said = {"key": token_hex(8), "longitude": longitude, "latitude": latitude, "body": body,
                    "kind": "dirty-road", "decided": "separate"}  # fmt: skip
            return client.post("/p/", {**said, **extra})
        said = {"service_code": "dirty-road", "lat": latitude, "long": longitude,
                "description": body}  # fmt: skip
        return client.post(f"/open311/v2/requests.{door}", {**said, **extra})

    return send


def nothing_written():
    return not any(model.objects.exists() for model in (Report, Case, Event))


@pytest.mark.parametrize("door", DOORS)
def test_words_that_cannot_be_taken_are_refused_in_words(say, door):
    """Open311 takes no words at all: the standard asks for a service and a place only."""
    empty = ["", " \n "] if door in {"portal", "api"} else []
    for body in ["😀😀😀", "？！……", "字" * 100_000, "路\0脏", *empty]:
        answer = say(door, body)
        assert 400 <= answer.status_code < 500, body[:10]
        assert len(answer.content.decode()) > 20
    assert nothing_written()


@pytest.mark.parametrize("door", DOORS)
def test_a_place_in_the_sea_is_refused(say, door):
    answer = say(door, sea=True)
    assert 400 <= answer.status_code < 500
    assert nothing_written()


def packed():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "not a picture")
    return buffer.getvalue()


def huge():
    buffer = io.BytesIO()
    Image.new("1", (10_001, 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


FILES = {
    "a zip called jpg": packed,
    "a video": lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 2000,
    "a hundred megapixels": huge,
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("door", ["portal", "api", "json"])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_photograph_is_refused_by_its_content(say, door):
    for name, content in FILES.items():
        file = SimpleUploadedFile("street.jpg", content(), content_type="image/jpeg")
        answer = say(door, file=file)
        assert 400 <= answer.status_code < 500, name
        assert "street.jpg" in answer.content.decode(), name
    assert nothing_written()


ODD = ["脏", "'; DROP TABLE voices_report; --", "قمامة في الشارع", "The lamp is out since Monday."]


@pytest.mark.parametrize("door", DOORS)
def test_odd_words_are_taken_as_they_are_and_scripts_are_left_out(say, door):
    for body in [*ODD, "<script>alert(1)</script> 垃圾"]:
        assert say(door, body).status_code in {201, 302}, body
    assert set(Report.objects.values_list("body", flat=True)) == {*ODD, "垃圾"}
