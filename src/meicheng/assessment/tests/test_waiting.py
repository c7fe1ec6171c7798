"""Whoever asks for much is told so first, and the page follows without scripts."""

import pytest

from .test_marks import look, standard  # noqa: F401

ASKED = "framework=little&period=2026Q3"
PAGES = ["", "losses/", "mock/", "next-steps/", "what-if/", "trend/", "report.docx", "report.pdf"]


@pytest.fixture
def office(city, client, standard):  # noqa: F811
    lane = city.site("back-lane")
    for value in ["no", "yes", "yes"]:
        look(city, lane, "swept", value)
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def many(monkeypatch):
    """As if the machine read one answer in a second."""
    for name in ("A_SECOND", "COUNTED_A_SECOND"):
        monkeypatch.setattr(f"meicheng.assessment.views.asked.{name}", 1)


@pytest.mark.parametrize("page", PAGES)
def test_a_large_city_is_told_what_is_reckoned_and_the_page_follows(office, many, page):
    told = office.get(f"/assessment/{page}?{ASKED}")
    words = told.content.decode()
    assert told.status_code == 200
    assert "Reckoning from 3 answers of" in words
    assert "about 3 seconds" in words
    again = f"?{ASKED}&told=1"
    assert f'<meta http-equiv="refresh" content="0;url={again.replace("&", "&amp;")}">' in words
    assert ("Ask for the file again" in words) is page.startswith("report")
    follows = office.get(f"/assessment/{page}{again}")
    assert follows.status_code == 200
    assert b"Reckoning from" not in follows.content


@pytest.mark.parametrize("page", PAGES)
def test_a_small_city_waits_for_nothing(office, page):
    assert b"Reckoning from" not in office.get(f"/assessment/{page}?{ASKED}").content


def test_what_was_reckoned_meanwhile_is_there_at_once(office, many):
    office.get(f"/assessment/?{ASKED}&told=1")
    assert b"Reckoning from" not in office.get(f"/assessment/?{ASKED}").content


def test_a_slider_is_never_put_off(office, many):
    part = office.get(f"/assessment/what-if/?{ASKED}", headers={"hx-request": "true"})
    assert b"Reckoning from" not in part.content
