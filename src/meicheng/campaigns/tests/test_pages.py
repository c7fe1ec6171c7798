"""The pages of campaigns, as an office, a lead unit and a reader use them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from meicheng.campaigns.models import Campaign, DayCount


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def filled(city, today, **said):
    lc = city.division("LC")
    return {
        "key": "k", "title": "电动三轮车专项治理", "purpose": "", "division": city.division("CITY").pk,
        "lead": city.unit().pk, "areas": [lc.pk], "kinds": [city.kind().pk], "items": [],
        "publicity": "", "rectification": str(today), "consolidation": str(today + timedelta(days=20)),
        "ends": str(today + timedelta(days=30)), "counted": "查扣车辆\n宣传场次",
        "measure_1": "open", "figure_1": "10", "by_1": str(today + timedelta(days=30)), **said,
    }  # fmt: skip


def test_the_office_orders_a_campaign_and_sees_it(city, enter, office, today):
    client = enter(office)
    answer = client.post("/campaigns/new", filled(city, today), follow=True)
    made = Campaign.objects.get()
    assert answer.redirect_chain[-1][0] == f"/campaigns/{made.code}/"
    assert [str(one.ends) for one in made.phases.all()] == [
        str(today + timedelta(days=19)), str(today + timedelta(days=30)),
    ]  # fmt: skip
    assert made.counted == ["查扣车辆", "宣传场次"]
    page = answer.content.decode()
    assert "Open cases, at most" in page
    assert made.title in client.get("/campaigns/").content.decode()


def test_what_is_missing_is_said_and_what_was_typed_stays(city, enter, office, today):
    said = filled(city, today, kinds=[], figure_1="")
    answer = enter(office).post("/campaigns/new", said)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "A target needs a figure and a day" in page
    assert "电动三轮车专项治理" in page
    answer = enter(office).post("/campaigns/new", filled(city, today, kinds=[]))
    assert "Choose the kinds of problems" in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_lead_unit_enters_a_day(city, enter, order, today):
    campaign = order()
    client = enter(city.user("unit-lead"))
    where = f"/campaigns/{campaign.code}/count"
    client.post(where, {"day": str(today), "count-0": "12"})
    assert DayCount.objects.get().count == 12
    for said in ({"day": "soon", "count-0": "1"}, {"day": str(today), "count-0": "many"}):
        answer = client.post(where, said)
        assert answer.status_code == 400
        assert "expected" in answer.content.decode() or "Enter a day" in answer.content.decode()
    book = load_workbook(io.BytesIO(client.get(f"/campaigns/{campaign.code}/days.xlsx").content))
    rows = list(book.worksheets[2].values)
    assert rows[1][-1] == "查扣车辆"
    assert rows[-1][-1] == 12


def test_the_answer_says_when_it_cannot_be_told(city, enter, order, office):
    campaign = order()
    client = enter(office)
    page = client.get(f"/campaigns/{campaign.code}/effect").content.decode()
    assert "It cannot be told whether it worked." in page
    assert "too few areas" in page
    client.post(f"/campaigns/{campaign.code}/beside", {"area": ["SF0101"], "outcome": "cases"})
    assert [one.code for one in campaign.beside.all()] == ["SF0101"]
    client.post(f"/campaigns/{campaign.code}/beside", {"area": ["SF0101"], "alike": "1"})
    assert not campaign.beside.exists()
    book = load_workbook(io.BytesIO(client.get(f"/campaigns/{campaign.code}/effect.xlsx").content))
    assert book.worksheets[0].max_row > 26


def test_to_a_stranger_a_campaign_is_not_there(city, enter, order):
    campaign = order()
    stranger = city.user("inspector", division="XC0101")
    assert enter(stranger).get(f"/campaigns/{campaign.code}/").status_code == 404
    assert campaign.title not in enter(stranger).get("/campaigns/").content.decode()


def test_an_auditor_reads_and_changes_nothing(city, enter, order, today):
    campaign = order()
    client = enter(city.user("auditor"))
    assert client.get(f"/campaigns/{campaign.code}/").status_code == 200
    assert client.post(f"/campaigns/{campaign.code}/count",
                       {"day": str(today), "count-0": "1"}).status_code == 403  # fmt: skip
    assert client.get("/campaigns/new").status_code == 403


def test_the_page_of_a_case_names_its_campaign(city, enter, order, found):
    campaign = order()
    (case,) = found(-1)
    page = enter(city.user("dispatcher")).get(f"/cases/{case.number}/").content.decode()
    assert f'href="/campaigns/{campaign.code}/"' in page


def test_a_page_without_campaigns_teaches(enter, office):
    assert "Order a campaign" in enter(office).get("/campaigns/").content.decode()
