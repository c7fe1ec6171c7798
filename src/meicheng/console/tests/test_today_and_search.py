"""The first page of everybody, and the box for searching."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport

ROLES = [
    "creation-office", "dispatcher", "unit-worker", "unit-lead", "inspector", "verifier",
    "collector", "district-lead", "city-lead", "auditor",
]  # fmt: skip


@pytest.fixture
def busy(city):
    """A case in every state that waits for somebody, one of them late."""
    for state in ("reported", "registered", "dispatched", "in_progress", "resolved", "verified"):
        city.case(state=state)
    city.case(state="closed")
    Case.objects.filter(state="in_progress").update(due_at=timezone.now() - timedelta(hours=2))
    return city


@pytest.mark.parametrize("role", ROLES)
def test_everybody_finds_the_first_page_useful(busy, client, role):
    client.force_login(busy.user(role))
    page = client.get("/")
    assert page.status_code == 200
    assert 'class="trend"' in page.content.decode()


@pytest.mark.parametrize(
    ("role", "states"),
    [
        ("dispatcher", {"reported", "registered", "verified"}),
        ("unit-worker", {"dispatched", "in_progress"}),
        ("verifier", {"resolved", "verified"}),
        ("auditor", {"in_progress"}),
    ],
)
def test_what_waits_is_what_the_next_step_of_is_mine(busy, client, role, states):
    client.force_login(busy.user(role))
    page = client.get("/").content.decode()
    shown = {case.state for case in Case.objects.all() if f"/cases/{case.number}/" in page}
    assert shown == states


def test_who_takes_no_step_is_not_told_that_something_waits_for_her(busy, client):
    for role, told in (("auditor", False), ("dispatcher", True)):
        client.force_login(busy.user(role))
        assert ("待我处理" in client.get("/").content.decode()) == told, role


def test_that_nothing_stands_out_is_said_only_where_nothing_waits_either(city, client):
    case = city.case(state="in_progress")
    client.force_login(city.who_takes(case, "extend"))
    assert "没有超出偶然波动的异常" in client.get("/").content.decode()
    city.take(case, "ask_extension")
    page = client.get("/").content.decode()
    assert "1 项待您审批" in page
    assert "没有超出偶然波动的异常" not in page


def test_who_manages_accounts_sees_no_case(busy, client):
    client.force_login(busy.user("administrator"))
    page = client.get("/").content.decode()
    assert "A-20" not in page
    assert "kpi" not in page


def test_an_empty_city_has_a_first_page_that_teaches(city, client):
    client.force_login(city.user("dispatcher"))
    page = client.get("/").content.decode()
    assert page.count('class="empty"') == 1


def test_the_first_page_asks_the_same_number_of_questions_for_more(
    city, client, django_assert_max_num_queries
):
    city.load_standards("sanitary-city-2021")
    client.force_login(city.user("creation-office"))
    for number in (1, 10):
        for _ in range(number):
            city.case(state="closed")
            city.case(state="dispatched", division="XC0101")
        # 46: what waits for a decision is one count for each kind of decision.
        with django_assert_max_num_queries(46):
            assert client.get("/").status_code == 200


def test_a_number_a_code_or_a_site_leads_straight_to_it(city, client):
    case, site = city.case(), city.site()
    report = submit_report(
        NewReport("portal", "路灯不亮", longitude=site.longitude, latitude=site.latitude)
    )
    client.force_login(city.user("dispatcher"))
    assert client.get("/search/", {"q": case.number.lower()}).url == f"/cases/{case.number}/"
    assert client.get("/search/", {"q": site.code}).url == f"/sites/{site.code}/"
    assert client.get("/search/", {"q": report.code}).url == f"/reports/{report.code}/"


def test_words_find_cases_sites_and_units(city, client):
    case, site = city.case(description="消失的井盖"), city.site(name="木槿巷")
    client.force_login(city.user("dispatcher"))
    assert case.number in client.get("/search/?q=消失的井盖").content.decode()
    assert site.code in client.get("/search/?q=木槿").content.decode()
    unit = city.unit()
    page = client.get("/search/", {"q": unit.name_zh[:5]}).content.decode()
    assert f"<mark>{unit.name_zh[:5]}</mark>{unit.name_zh[5:]}" in page
    for words in ("", "没有这样的东西"):
        page = client.get("/search/", {"q": words})
        assert page.status_code == 200
        assert 'empty"' in page.content.decode()


def test_nobody_finds_what_lies_outside_of_the_own_area(city, client):
    case = city.case(description="消失的井盖")
    client.force_login(city.user("district-lead", division="XC"))
    assert client.get("/search/", {"q": case.number}).status_code == 200
    assert case.number not in client.get("/search/?q=消失的井盖").content.decode()


def test_a_search_asks_the_same_number_of_questions_for_more(
    city, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    for number in (2, 20):
        for _ in range(number):
            city.case(description="井盖破损")
        with django_assert_max_num_queries(18):
            assert client.get("/search/?q=井盖").status_code == 200
