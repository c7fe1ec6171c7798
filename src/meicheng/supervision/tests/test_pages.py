"""Units find what they have to answer; superiors find what is theirs."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.supervision.catching import catch_up
from meicheng.supervision.models import Clock, Supervision
from meicheng.supervision.queries import Filters, current, levels


@pytest.fixture
def late(city):
    """Two cases of urban management in LC and one in XC, late by more than three limits."""
    cases = [
        city.case(state="in_progress", division=where) for where in ("LC0101", "LC0102", "XC0101")
    ]
    for case in cases:
        Clock.objects.filter(pk=case.pk).update(
            due_at=timezone.now() - timedelta(days=60), next_at=timezone.now()
        )
    catch_up()
    return cases


def test_a_unit_sees_its_own_first_and_answers_there(city, client, late):
    lead = city.user("unit-lead", unit=city.unit())
    client.force_login(lead)
    page = client.get("/supervision/")
    assert page.status_code == 200
    assert [own for _one, own in page.context["lines"]] == [True, True]
    one = page.context["lines"][0][0]
    answered = client.post(
        f"/supervision/{one.pk}/answer", {"words": "今日18时前清理", "next": "/supervision/"}
    )
    assert answered.status_code == 302
    one.refresh_from_db()
    assert one.answer == "今日18时前清理"
    assert "今日18时前清理" in client.get("/supervision/").content.decode()
    assert "今日18时前清理" in client.get(f"/cases/{one.clock.case.number}/").content.decode()


def test_nobody_answers_for_another_unit_or_sees_it(city, client, late):
    client.force_login(city.user("unit-lead", unit=city.unit(district="XC")))
    assert len(client.get("/supervision/").context["lines"]) == 1
    other = Supervision.objects.filter(unit=city.unit()).first()
    assert client.post(f"/supervision/{other.pk}/answer", {"words": "x"}).status_code == 404
    client.force_login(city.user("dispatcher"))
    assert client.post(f"/supervision/{other.pk}/answer", {"words": "x"}).status_code == 403


def test_levels_cards_and_filters_count_each_case_once(city, client, late):
    office = city.user("creation-office")
    client.force_login(office)
    assert {one.to: one.count for one in levels(office)} == {
        "unit-lead": 0, "district-lead": 0, "city-lead": 3,
    }  # fmt: skip
    assert current(office, Filters(unit=city.unit().code)).count() == 2
    assert current(office, Filters(district="XC", unanswered=True)).count() == 1
    page = client.get("/supervision/", {"to": "city-lead"})
    assert page.context["found"].count == 3


def test_the_page_costs_the_same_however_much_is_supervised(
    city, client, late, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    with django_assert_max_num_queries(30):
        client.get("/supervision/")


def test_the_export_holds_what_the_page_shows(city, client, late):
    client.force_login(city.user("creation-office"))
    content = client.get("/supervision/supervision.xlsx", {"district": "LC"})
    book = load_workbook(io.BytesIO(content.content))
    assert book.worksheets[0].max_row == 2 + 2
    assert "LC" in str(book.worksheets[0]["B1"].value)


def test_the_office_edits_the_rules_and_two_do_not_overwrite_each_other(city, client):
    client.force_login(city.user("creation-office"))
    seen = client.get("/supervision/rules/").context["rules"].pk
    form = {"warn": ["60", ""], "colour": ["yellow", "red"], "overdue": ["0.5"], "to": ["city-lead"],
            "card": ["red"], "seen": str(seen)}  # fmt: skip
    assert client.post("/supervision/rules/", form).status_code == 302
    assert client.post("/supervision/rules/", {**form, "warn": ["70"]}).status_code == 400
    for bad in ({"warn": ["x"]}, {"overdue": ["nan"]}, {"overdue": ["1e999"]}, {"warn": ["150"]}):
        assert client.post("/supervision/rules/", {**form, "seen": "", **bad}).status_code == 400


def test_today_says_what_waits_for_an_answer(city, client, late):
    client.force_login(city.user("unit-lead", unit=city.unit()))
    assert client.get("/").context["to_answer"] == 2
    client.force_login(city.user("city-lead"))
    assert client.get("/").context["supervised"] == 3
