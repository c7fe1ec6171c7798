"""The pages of surveys, as the office, an interviewer and whoever answers use them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.surveys.closing import close_wave
from meicheng.surveys.models import Answer, Questionnaire, Ticket, Wave
from meicheng.surveys.reading import read_form
from meicheng.surveys.ready import READY, ready
from meicheng.surveys.tickets import shown
from meicheng.surveys.workbooks import read_file, xlsform


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def citizen(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def closed(office, wave, codes, answer):
    values = ["good", "fair", "bad", "good"]
    for number, (_cell, code) in enumerate(codes):
        answer(code, sex="fm"[number % 2], streets=values[number % 4], parks="good")
    return close_wave(office, wave)


def test_the_office_takes_a_ready_one_plans_a_wave_and_prints_letters(city, enter, office):
    city.load_standards(
        "sanitary-city-2021", "civilised-city-2021", "urban-management-service-2020"
    )
    Division.objects.filter(level="community").update(population=2620)
    client = enter(office)
    assert "Residents&#x27; happiness" in client.get("/surveys/questionnaires/").content.decode()
    page = client.post("/surveys/questionnaires/residents-happiness/take", follow=True)
    assert "Satisfied" in page.content.decode()
    today = city_day(timezone.now())
    said = {
        "questionnaire": "residents-happiness", "key": "k", "title": "幸福感", "audience": "households",
        "areas": [city.division("LC").pk], "level": "district", "count": "30", "clusters": "0",
        "opens": str(today), "closes": str(today + timedelta(days=9)), "persons": "2.6", "passers": "1000",
        "panel": "", "margin-sex-f": "49",
    }  # fmt: skip
    refused = client.post("/surveys/new/", said)
    assert refused.status_code == 400
    assert "enter a share for every answer" in refused.content.decode()
    assert "幸福感" in refused.content.decode()
    page = client.post("/surveys/new/", {**said, "margin-sex-m": "51"}, follow=True)
    wave = Wave.objects.get()
    assert page.redirect_chain[-1][0] == f"/surveys/{wave.code}/"
    assert wave.margins == {"sex": {"f": 0.49, "m": 0.51}}
    letters = client.post(f"/surveys/{wave.code}/letters", {"stratum": ""}).content.decode()
    assert letters.count("<svg") == Ticket.objects.count() == 30
    assert letters.count("前作答") == 30
    assert f"柳池东社区 · {wave.code}" in letters, "whoever carries it reads where"
    page = client.get(f"/surveys/{wave.code}/").content.decode()
    assert "Letters printed" in page
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/surveys/{wave.code}/drawn.xlsx").content)
    )
    assert book.worksheets[0].max_row == 32
    assert wave.code in client.get("/surveys/").content.decode()


def test_a_quiet_community_comes_into_the_form_by_a_link(city, enter, office, form):
    page = (
        enter(office)
        .get("/surveys/new/?questionnaire=clean&area=LC0101&area=XC0102")
        .content.decode()
    )
    chosen = re.findall(r'<option value="(\d+)" selected', page)
    wanted = {str(city.division(code).pk) for code in ("LC0101", "XC0102")}
    assert wanted <= set(chosen)
    assert "area=LC0101" in enter(office).get("/surveys/new/?area=LC0101").content.decode()


def test_a_questionnaire_that_cannot_be_read_is_refused_with_every_place(enter, office):
    client = enter(office)
    text = """
settings: {form_id: x y, title: {zh: 题}}
survey:
- {type: select_one colours, name: a, label: {zh: 颜色}}
- {type: photo, name: b, label: {zh: 照片}}
- {type: text, name: a, label: {zh: 说明}, relevant: "${zz} = 'x'"}
- {type: text, name: c, label: {en: only}, relevant: "count(${a})"}
- {type: begin_group, name: g}
"""
    sent = io.BytesIO(text.encode())
    sent.name = "x.yaml"
    page = client.post("/surveys/questionnaires/", {"file": sent})
    assert page.status_code == 400
    words = page.content.decode()
    for part in ("settings, row 2, form_id", "the list “colours”", "“photo” is no kind", "stands twice",
                 "“zz” is not asked before", "cannot be read at character 1", "a group is not ended"):  # fmt: skip
        assert part in words, part
    assert not Questionnaire.objects.exists()
    for wrong in (b"PK\x03\x04 no workbook", b"\xff\xfe\x00", b"- 1", b""):
        sent = io.BytesIO(wrong)
        sent.name = "x.xlsx"
        assert client.post("/surveys/questionnaires/", {"file": sent}).status_code == 400


@pytest.mark.parametrize("code", READY)
def test_a_ready_questionnaire_goes_out_as_an_xlsform_and_comes_back_the_same(code, db):
    form = read_form(ready(code))
    assert read_form(read_file(xlsform(form, ready(code), 1))) == form
    for question in form.questions:
        assert question.label.en, question.name
        assert all(choice.label.en for choice in question.choices)


def test_somebody_answers_page_by_page_without_scripts(citizen, wave, codes):
    code = shown(codes[0][1])
    start = citizen.post("/s/", {"code": code.lower().replace("-", " ")})
    assert start["Location"] == f"/s/{code}/"
    here = f"/s/{code}/"
    page = citizen.get(here).content.decode()
    assert "About you" in page
    assert "page 1 of 4" not in page  # the words on why are not asked yet
    missing = citizen.post(here, {"page": "you"})
    assert missing.status_code == 400
    assert "Please answer this question" in missing.content.decode()
    assert citizen.post(here, {"page": "you", "sex": "f"})["Location"] == f"{here}?page=city"
    gone = citizen.post(here, {"page": "city", "streets": "bad", "parks": "nonsense"})
    assert "Choose among the answers offered" in gone.content.decode()
    assert citizen.post(here, {"page": "city", "streets": "bad"})["Location"] == f"{here}?page=why"
    # Later, with the same code, what was filled in stands there.
    assert 'value="bad" checked' in citizen.get(f"{here}?page=city").content.decode()
    assert citizen.post(here, {"page": "why", "why": "<b>巷口</b>", "back": "1"})[
        "Location"
    ].endswith("=city")
    assert (
        citizen.post(here, {"page": "why", "why": "<b>巷口</b>"})["Location"]
        == f"{here}?page=check"
    )
    check = citizen.get(f"{here}?page=check").content.decode()
    assert "&lt;b&gt;巷口" in check
    thanks = citizen.post(f"{here}send")
    assert "Your answer was taken" in thanks.content.decode()
    assert Answer.objects.get().said == {"sex": "f", "streets": "bad", "why": "<b>巷口</b>"}
    assert citizen.post(f"{here}send").status_code == 404
    assert citizen.get(here).status_code == 404


def test_a_skip_that_no_longer_holds_takes_its_answer_along(citizen, wave, codes):
    here = f"/s/{codes[0][1]}/"
    citizen.post(here, {"page": "you", "sex": "m"})
    citizen.post(here, {"page": "city", "streets": "bad"})
    citizen.post(here, {"page": "why", "why": "脏"})
    assert citizen.post(here, {"page": "city", "streets": "good"})["Location"].endswith("=check")
    citizen.post(f"{here}send")
    assert Answer.objects.get().said == {"sex": "m", "streets": "good"}


def test_a_code_that_is_none_or_a_survey_that_is_over_is_said(citizen, wave, codes):
    assert citizen.post("/s/", {"code": "abc"}).status_code == 400
    assert citizen.get("/s/AAAA-AAAA-AAAA/").status_code == 404
    assert citizen.get("/s/%00/").status_code == 400
    yesterday = wave.opens - timedelta(days=1)
    Wave.objects.update(opens=yesterday, closes=yesterday)
    page = citizen.get(f"/s/{codes[0][1]}/")
    assert page.status_code == 409
    assert "This survey has ended" in page.content.decode()


def test_an_interviewer_begins_at_a_door_and_notes_who_refused(city, enter, wave):
    client = enter(city.user("inspector", division="LC"))
    cell = wave.cells.get(code="LC0101/household")
    here = f"/surveys/{wave.code}/interview/"
    page = client.get(f"{here}?cell={cell.pk}").content.decode()
    assert "Begin an interview" in page
    assert "XC" not in page
    begun = client.post(f"{here}{cell.pk}/begin")
    assert begun["Location"].startswith("/s/")
    client.post(begun["Location"], {"page": "you", "sex": "f"})
    client.post(begun["Location"], {"page": "city", "streets": "good"})
    assert "To the next interview" in client.post(f"{begun['Location']}send").content.decode()
    client.post(f"{here}{cell.pk}/missed", {"why": "refused"})
    cell.refresh_from_db()
    assert (cell.answered, cell.refused, Answer.objects.get().interview) == (1, 1, True)
    other = wave.cells.get(code="XC0101/household")
    assert client.post(f"{here}{other.pk}/begin").status_code == 403


def test_results_are_shown_with_how_sure_they_are_and_go_out_as_a_workbook(enter, city, closed):
    client = enter(city.user("auditor"))
    page = client.get(f"/surveys/{closed.code}/results/").content.decode()
    assert "60 of 60 who were drawn answered (100 %)" in page
    assert "design effect" in page
    assert page.count("<figure") == 4
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/surveys/{closed.code}/results.xlsx").content)
    )
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert closed.title in rows[0][0]
    good = next(row for row in rows if row[0] == "Streets" and row[1] == "Satisfied")
    assert good[3] < good[2] < good[4]
    index = client.get("/surveys/index/happiness/").content.decode()
    assert "The whole city" in index
    shapes = client.get("/surveys/index/happiness.json").json()["features"]
    assert len(shapes) == 6
    assert client.get("/surveys/index/happiness.xlsx").status_code == 200
    assert client.get("/surveys/index/impression/").status_code == 200
    assert client.get("/surveys/index/other/").status_code == 404


def test_the_pages_need_as_many_statements_whatever_there_is(
    enter, city, closed, django_assert_max_num_queries
):
    client = enter(city.user("auditor"))
    for path in ("/surveys/", f"/surveys/{closed.code}/", f"/surveys/{closed.code}/results/",
                 "/surveys/index/happiness/", "/surveys/questionnaires/"):  # fmt: skip
        with django_assert_max_num_queries(16):
            assert client.get(path).status_code == 200
