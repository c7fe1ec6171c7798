"""Who sees a photograph, and how it is sent."""

import io

import pytest
from PIL import Image

from meicheng.files.actions import BadFile, store_photo
from meicheng.files.models import StoredFile


def seen_by(client, city, role, file, **more):
    client.force_login(city.user(role, **more))
    return client.get(f"/files/{file.sha256}").status_code


def test_a_cases_photograph_is_seen_by_those_who_see_the_case(city, client):
    case = city.case(state="closed")
    file = case.photos.first().file
    assert seen_by(client, city, "dispatcher", file) == 200
    assert seen_by(client, city, "unit-worker", file, unit=case.unit) == 200
    assert seen_by(client, city, "district-lead", file, division="XC") == 404
    assert client.get(f"/files/{file.sha256}/240").status_code == 404
    assert seen_by(client, city, "administrator", file) == 404
    client.logout()
    assert client.get(f"/files/{file.sha256}").status_code == 302


def test_a_photograph_that_belongs_to_nothing_is_seen_by_nobody(city, client):
    assert seen_by(client, city, "creation-office", city.photo()) == 404
    client.force_login(city.user("creation-office"))
    assert client.get("/files/" + "0" * 64).status_code == 404


def test_a_photograph_is_sent_once_and_never_taken_for_something_else(city, client):
    file = city.case(state="closed").photos.first().file
    client.force_login(city.user("dispatcher"))
    whole = client.get(f"/files/{file.sha256}")
    assert (whole["Content-Type"], whole["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "private" in whole["Cache-Control"]
    small = client.get(f"/files/{file.sha256}/small")
    assert Image.open(io.BytesIO(small.content)).width <= 480
    for width in (240, 960):
        answer = client.get(f"/files/{file.sha256}/{width}")
        assert Image.open(io.BytesIO(answer.content)).width <= width
    assert client.get(f"/files/{file.sha256}/100").status_code == 404
    again = client.get(f"/files/{file.sha256}", headers={"If-None-Match": whole["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_where_a_photograph_was_taken_is_kept_apart_from_what_is_shown(city, client):
    picture = Image.new("RGB", (64, 48), "green")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 12.0, 0.0), 3: "E", 4: (114.0, 18.0, 0.0)})
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    buffer.seek(0)
    file = store_photo(buffer, name="here.jpg")
    assert (file.longitude, file.latitude) == pytest.approx((114.3, 34.2))
    from meicheng.files.actions import path_of

    assert not dict(Image.open(path_of(file.sha256)).getexif())


def bomb():
    """A small file that would open to 100 megapixels."""
    buffer = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def half():
    """A photograph of which the second half did not arrive."""
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 90).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()[: buffer.tell() // 2]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04zip", id="a zip"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 64, id="a broken JPEG"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * (21 * 1024 * 1024), id="21 MB"),
        pytest.param(half(), id="half a JPEG"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="a drawing with scripts"),
        pytest.param(bomb(), id="100 megapixels"),
    ],
)
def test_a_file_that_is_no_photograph_is_refused_by_name(db, content):
    with pytest.raises(BadFile, match=r"street\.jpg"):
        store_photo(io.BytesIO(content), name="street.jpg")
    assert not StoredFile.objects.exists()
