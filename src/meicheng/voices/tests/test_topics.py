"""The city's hot topics: found each night, looked at by the staff, taken along as a workbook."""

from __future__ import annotations

import io
from datetime import UTC, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from meicheng.cases.actions import dispatch_case, register_case
from meicheng.demo.little import City
from meicheng.engine.text.tests.test_topics import MIXER, OTHER, PARKING
from meicheng.project.commands import run
from meicheng.voices.actions import answer_report, submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report
from meicheng.voices.personal import withdraw_report_words
from meicheng.voices.topics.making import find_city_topics, read_daily
from meicheng.voices.topics.models import PlaceName, Topic


def say(
    city: City, text: str, *, days_ago: float = 1, division: str = "LC0101", **more: object
) -> Report:
    report = submit_report(
        NewReport(
            "portal",
            text,
            division=city.division(division),
            reported_at=timezone.now() - timedelta(days=days_ago),
        ),
        apart=True,
    )
    Report.objects.filter(pk=report.pk).update(**more)
    return report


def mixer(city: City) -> list[Report]:
    return [say(city, f"云湾花园{text}", days_ago=9 - day) for day, text in enumerate(MIXER)]


@pytest.fixture
def talk(city: City) -> City:
    """Two topics in two districts, and what single people say."""
    mixer(city)
    for day, text in enumerate(PARKING):
        say(city, f"丽水新城{text}", days_ago=30 + day, division="XC0101")
    for text in OTHER:
        say(city, text)
    return city


def test_what_many_report_becomes_topics_with_place_heat_and_parts(talk: City):
    find_city_topics(at=timezone.now())
    first, second = Topic.objects.all()
    assert (first.place, first.reports_count) == ("云湾花园", 4)
    assert (second.place, second.division) == ("丽水新城", talk.division("XC0101"))
    assert first.heat == pytest.approx(first.messages)
    assert first.heat > second.heat > 0
    assert set(PlaceName.objects.values_list("name", flat=True)) == {"云湾花园", "丽水新城"}


def test_votes_heat_a_topic_and_answers_cool_it(talk: City):
    find_city_topics(at=timezone.now())
    topic = Topic.objects.get(place="丽水新城")
    before = topic.heat
    report = topic.reports.first()
    assert report is not None
    Report.objects.filter(pk=report.pk).update(votes=63)
    find_city_topics(at=timezone.now())
    topic.refresh_from_db()
    hot = topic.heat
    assert hot > before + 1
    answer_report(report.report, by=talk.user("dispatcher"), reply="已经查处。")
    find_city_topics(at=timezone.now())
    topic.refresh_from_db()
    assert before < topic.heat < hot
    assert topic.answered > 0


def test_a_topic_keeps_its_number_while_it_grows_and_goes_when_its_reports_go(talk: City):
    find_city_topics(at=timezone.now())
    topic = Topic.objects.get(place="云湾花园")
    say(talk, f"云湾花园{MIXER[0]}，又来了")
    find_city_topics(at=timezone.now())
    topic.refresh_from_db()
    assert topic.reports_count == 5
    say(talk, "路灯不亮")
    find_city_topics(at=timezone.now() + timedelta(days=400))
    topic.refresh_from_db()
    assert (topic.heat, topic.reports_count) == (0, 5)  # over, and still to be read


def test_the_unit_that_has_most_of_its_cases_answers_for_a_topic(city: City):
    for report in mixer(city):
        case = register_case(report.case, by=city.user("dispatcher"))
        dispatch_case(case, to=city.unit("housing-construction"), by=city.user("dispatcher"))
    find_city_topics(at=timezone.now())
    assert Topic.objects.get().unit == city.unit("housing-construction")


def test_a_title_goes_with_the_words_that_it_was_taken_from(city: City):
    reports = mixer(city)
    find_city_topics(at=timezone.now())
    topic = Topic.objects.get()
    theirs = next(one for one in reports if one.body.startswith(topic.what[:8]))
    withdraw_report_words(theirs)
    topic.refresh_from_db()
    assert topic.what
    assert topic.what not in theirs.body
    assert any(topic.what in one.body for one in reports)


def test_the_worker_finds_them_once_a_day(
    talk: City, django_assert_num_queries: DjangoAssertNumQueries
):
    today = timezone.localdate()
    read_daily(today)
    assert Topic.objects.count() == 2
    with django_assert_num_queries(1):
        read_daily(today)


def test_each_number_of_the_pages_leads_to_its_reports(talk: City, client: Client):
    find_city_topics(at=timezone.now())
    client.force_login(talk.user("creation-office"))
    topic = Topic.objects.get(place="云湾花园")
    listing = client.get("/reports/topics/").content.decode()
    assert f"/reports/topics/{topic.pk}/#messages" in listing
    page = client.get(f"/reports/topics/{topic.pk}/").content.decode()
    for row in topic.reports.all():
        assert f"/reports/{row.report.code}/" in page


def test_the_list_is_narrowed_by_place_and_days(talk: City, client: Client):
    find_city_topics(at=timezone.now())
    client.force_login(talk.user("creation-office"))

    def shown(query: str) -> set[str]:
        page = client.get(f"/reports/topics/?{query}").content.decode()
        return {name for name in ("云湾花园", "丽水新城") if name in page}

    week = timezone.localdate() - timedelta(days=14)
    assert shown("division=LC") == {"云湾花园"}
    assert shown(f"since={week}") == {"云湾花园"}
    assert shown(f"until={week}") == {"丽水新城"}
    assert shown("order=peak&division=nowhere") == {"云湾花园", "丽水新城"}


def test_who_sees_one_district_sees_its_topics_only(talk: City, client: Client):
    find_city_topics(at=timezone.now())
    client.force_login(talk.user("district-lead", division="LC"))
    page = client.get("/reports/topics/").content.decode()
    assert "云湾花园" in page
    assert "丽水新城" not in page
    other = Topic.objects.get(place="丽水新城")
    assert client.get(f"/reports/topics/{other.pk}/").status_code == 404


def test_the_workbook_holds_what_the_list_shows_with_numbers_masked(talk: City, client: Client):
    Report.objects.filter(body__startswith="丽水新城车位").update(
        body="丽水新城车位捆绑销售，开发商强迫业主买车位，电话13800138000",
        address="丽水新城门口，找13900139000",
    )
    find_city_topics(at=timezone.now())
    client.force_login(talk.user("creation-office"))
    answer = client.get("/reports/topics/hot-topics.xlsx?division=XC")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))
    topics, said = book.worksheets
    assert [row[11].value for row in topics.iter_rows(min_row=3)] == ["丽水新城"]
    words = [f"{row[5].value} {row[7].value}" for row in said.iter_rows(min_row=3)]
    assert len(words) == 4
    assert any("139****9000" in one for one in words)
    assert not any("13800138000" in one or "13900139000" in one for one in words)


def test_an_empty_list_teaches(city: City, client: Client):
    client.force_login(city.user("creation-office"))
    assert (
        "三条及以上"
        in client.get("/reports/topics/", headers={"accept-language": "zh-hans"}).content.decode()
    )


def test_the_city_s_topics_are_written_by_the_command(
    talk: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    night = (timezone.now() - timedelta(days=3)).replace(
        hour=20, tzinfo=UTC
    )  # 4 o'clock in the city
    Report.objects.filter(body__startswith="云湾花园").update(reported_at=night)
    assert run(["voices", "topics", "--city", "--out", str(tmp_path), "--top", "1"]) == 0
    said = capsys.readouterr().out
    assert "云湾花园" in said
    assert f"{night + timedelta(days=1):%Y-%m-%d} – " in said, "days are the city's"
    topics, said = openpyxl.load_workbook(tmp_path / "hot-topics.xlsx").worksheets
    assert (topics.max_row, said.max_row) == (3, 6)
    for wrong, told in (
        (["--out", str(tmp_path)], "--city"),
        (["--city", "--out", str(tmp_path / "hot-topics.xlsx" / "in")], "hot-topics.xlsx"),
    ):
        assert run(["voices", "topics", *wrong]) == 2
        assert told in capsys.readouterr().err
