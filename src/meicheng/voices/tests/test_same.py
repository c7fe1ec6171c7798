"""The same problem in other words, reports like one, and words found however old."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from meicheng.cases.models import Case
from meicheng.demo.little import City
from meicheng.voices import queries
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report
from meicheng.voices.topics.alike import reports_like
from meicheng.voices.topics.same import possible_cases

LON, LAT = 114.28, 34.19
METRE = 1 / 111_200


def say(city: City, text: str, *, east_m: float = 0, days_ago: float = 0, **more: object) -> Report:
    return submit_report(
        NewReport(
            "portal",
            text,
            longitude=LON + east_m * METRE / 0.83,
            latitude=LAT,
            division=city.division(),
            reported_at=timezone.now() - timedelta(days=days_ago),
            **more,  # type: ignore[arg-type]
        ),
        apart=True,
    )


def test_the_same_in_other_words_some_metres_off_is_likely_the_same(city: City):
    lamp = say(city, "路灯不亮三天了，晚上看不见路", days_ago=2)
    rubbish = say(city, "墙角一大堆垃圾没人清理", days_ago=1, east_m=30)
    again = say(city, "这儿的路灯坏了，一片漆黑", east_m=45)
    found = possible_cases(again)
    assert [one.case for one in found] == [lamp.case]
    assert found[0].metres == pytest.approx(45, abs=2)
    assert rubbish.case not in [one.case for one in found]


def test_what_is_closed_or_lies_in_the_next_street_is_not_suggested(city: City):
    say(city, "路灯不亮三天了", days_ago=2, east_m=400)
    gone = say(city, "路灯不亮三天了", days_ago=2)
    Case.objects.filter(pk=gone.case_id).update(closed_at=timezone.now())
    assert possible_cases(say(city, "路灯不亮三天了")) == []


def test_without_a_position_the_address_tells(city: City):
    same = submit_report(
        NewReport(
            "hotline", "归德路12号门口路灯不亮", division=city.division(), address="归德路12号门口"
        ),
        apart=True,
    )
    other = submit_report(
        NewReport(
            "hotline", "归德路12号门口路灯坏了", division=city.division(), address="归德路12号门口"
        ),
        apart=True,
    )
    assert [(one.case, one.metres) for one in possible_cases(other)] == [(same.case, None)]


def test_the_desk_sees_it_on_the_report_and_joins_with_one_press(city: City, client: Client):
    first = say(city, "路灯不亮三天了，晚上看不见路", days_ago=2)
    again = say(city, "这儿的路灯坏了，一片漆黑", east_m=45)
    client.force_login(city.user("dispatcher"))
    page = client.get(f"/reports/{again.code}/").content.decode()
    assert "可能是同一问题" in page
    assert again.case is not None
    assert first.case is not None
    client.post(
        f"/reports/{again.code}/decide/join",
        {"join-seen": again.case.events_count, "join-to": first.case.number},
    )
    again.refresh_from_db()
    assert again.case == first.case


def test_it_costs_one_statement_however_many_cases_there_are(
    city: City, django_assert_num_queries: DjangoAssertNumQueries
):
    report = say(city, "路灯不亮三天了")
    possible_cases(report)
    for count in (1, 10):
        for number in range(count):
            say(city, "路灯不亮三天了", east_m=number)
        with django_assert_num_queries(1):
            possible_cases(report)


def test_reports_like_one_are_found_by_what_they_say_wherever_they_are(city: City, client: Client):
    own = say(city, "搅拌站半夜施工噪音扰民，粉尘污染")
    like = say(city, "混凝土搅拌站噪音大，粉尘多，没法睡觉", east_m=900, days_ago=300)
    for number, text in enumerate(["路灯不亮", "占道经营卖水果", "下水道堵塞积水", "流浪狗咬人"]):
        say(city, text, east_m=number)
        say(city, f"又是{text}", east_m=number)
    found = reports_like(own, city.user("creation-office"))
    assert [one.report for one in found] == [like]
    client.force_login(city.user("creation-office"))
    assert like.code in client.get(f"/reports/{own.code}/like").content.decode()
    assert reports_like(own, city.user("district-lead", division="XC")) == []


def test_for_words_that_hardly_anybody_uses_not_all_cases_are_read(city: City):
    own = say(city, "路灯歪斜")
    for number, text in enumerate(["路灯下面", "井盖", "垃圾", "噪音"]):
        say(city, f"{text}的问题", east_m=number)
    office = city.user("creation-office")
    with CaptureQueriesContext(connection) as asked:
        assert reports_like(own, office) == []
    words = [one["sql"] for one in asked if "cases_casetext" in one["sql"]]
    assert all("LIMIT" in sql or "WHERE" in sql for sql in words), words


def test_words_are_found_in_reports_older_than_the_newest(
    city: City, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "WORDS_IN", 2)
    old = say(city, "搅拌站半夜施工噪音扰民", days_ago=200)
    for number in range(4):
        say(city, "路灯不亮", east_m=number)
    client.force_login(city.user("creation-office"))
    assert old.code in client.get("/reports/?state=all&q=搅拌站").content.decode()
    assert old.code not in client.get("/reports/?state=answered&q=搅拌站").content.decode()


def test_words_are_found_in_the_newest_reports_though_all_are_of_one_moment(
    city: City, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "WORDS_IN", 2)
    for number in range(4):
        say(city, "斑马线褪色", east_m=number)
    Report.objects.update(case=None, reported_at=timezone.now())
    asked = queries.ReportFilters(words="斑马线")
    assert queries.report_list(city.user("creation-office"), asked, page=1).shown.count == 4
