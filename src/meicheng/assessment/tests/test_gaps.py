"""The office sees what is not known, what it is worth, why, and who can tell."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.cache import cache

from meicheng.assessment.gaps import gaps, visits_by_kind
from meicheng.assessment.periods import parse_period
from meicheng.assessment.standing import standing_of
from meicheng.inspections.models import Visit
from meicheng.standards.models import Criterion

from .conftest import AT

QUARTER = parse_period("2026Q3")
NOW = datetime(2026, 9, 30, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PAGE = "/assessment/gaps/?period=2026Q3&framework=little"


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def found(city, framework, place="CITY"):
    ground = standing_of(framework, QUARTER, city.division("CITY"))
    return gaps(framework, ground, city.division(place), [city.division("LC")], at=NOW)


def test_everything_is_a_gap_at_first_and_most_marks_stand_first(city, every_method):
    missing = found(city, every_method).missing
    assert [(gap.at.criterion.code, round(gap.at_stake, 6)) for gap in missing] == [
        ("1.1", 30), ("1.2", 20), ("2.1", 15), ("2.2", 15), ("1.3", 10), ("2.3", 10)
    ]  # fmt: skip
    assert found(city, every_method).at_stake == pytest.approx(100)


def test_each_gap_says_why_who_can_tell_and_what_it_takes(city, every_method):
    for _number in range(7):
        city.site("back-lane", division="LC0101")
    by_code = {gap.at.criterion.code: gap for gap in found(city, every_method).missing}
    assert by_code["1.1"].link == "visits"
    assert "5" in by_code["1.1"].needs  # five of the seven lanes
    assert by_code["1.1"].units == []
    assert by_code["1.2"].why != by_code["1.1"].why  # there is no market on the list
    assert {unit.role_id for unit in by_code["2.1"].units} == {"urban-management"}
    assert [by_code[code].link for code in ("2.1", "2.2", "2.3", "1.3")] == [
        "figures", "materials", "surveys", "cases"
    ]  # fmt: skip
    assert "385" in by_code["2.3"].needs


def test_what_was_visited_without_an_answer_is_told_apart(city, every_method):
    lane = city.site("back-lane", division="LC0101")
    before = {gap.at.criterion.code: gap.why for gap in found(city, every_method).missing}
    Visit.objects.create(site=lane, visited_at=AT)
    after = {gap.at.criterion.code: gap.why for gap in found(city, every_method).missing}
    assert before["1.1"] != after["1.1"]


def test_what_is_known_is_no_gap_and_an_old_figure_is_carried_over(city, every_method, seen):
    seen("swept", "yes", site=city.site("back-lane", division="LC0101"))
    seen("little/2.1", number=85, at=AT - timedelta(days=150))
    result = found(city, every_method)
    assert "1.1" not in {gap.at.criterion.code for gap in result.missing}
    assert [gap.at.criterion.code for gap in result.stale] == ["2.1"]
    city_wide, liuchi = result.coverage
    assert city_wide.coverage == pytest.approx(0.45)  # 30 and 15 of 100
    assert liuchi.coverage == pytest.approx(0.30)  # the figure is the city's


def test_sites_are_counted_by_when_they_were_last_seen(city, every_method):
    never, long_ago, lately = (city.site("back-lane", division="LC0101") for _ in range(3))
    Visit.objects.create(site=long_ago, visited_at=NOW - timedelta(days=91))
    Visit.objects.create(site=lately, visited_at=NOW - timedelta(days=200))
    Visit.objects.create(site=lately, visited_at=NOW - timedelta(days=2))
    (row,) = [
        row
        for row in visits_by_kind(QUARTER, city.division("LC"), at=NOW)
        if row.kind.code == "back-lane"
    ]
    assert (row.sites, row.never, row.long_ago, row.in_period) == (3, 1, 1, 2)
    assert row.seen == pytest.approx(1 / 3)
    assert visits_by_kind(QUARTER, city.division("XC"), at=NOW) == []
    assert never.pk


def test_the_page_names_it_and_leads_to_where_it_is_entered(city, client, every_method):
    city.site("back-lane", division="LC0101")
    client.force_login(city.user("creation-office"))
    page = client.get(PAGE, headers={"accept-language": "en"}).content.decode()
    assert "Criterion 1.1" in page
    assert "no visit to Back lane in the period" in page
    assert "/inspections/new" in page
    answer = client.get(PAGE.replace("gaps/", "gaps.xlsx"), headers={"accept-language": "en"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book["Nothing known"].iter_rows(values_only=True))
    assert rows[0][1] == "Little standard 1"
    assert rows[2][0] == "1.1"
    client.force_login(city.user("administrator"))
    assert client.get(PAGE).status_code == 403


def test_the_number_of_statements_does_not_grow(
    city, client, every_method, seen, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    seen("swept", "yes", site=city.site("back-lane"))
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(80) as small:
        client.get(PAGE)
    for _number in range(10):
        site = city.site("back-lane")
        Visit.objects.create(site=site, visited_at=AT)
        seen("swept", "no", site=site)
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(80) as large:
        client.get(PAGE)
    assert len(large) <= len(small)


def test_answers_of_a_survey_stand_in_words_and_can_be_narrowed_by(city, seen, client):
    seen("little/2.3", "very_dissatisfied")
    seen("little/2.3", "satisfied")
    client.force_login(city.user("creation-office"))
    address = "/assessment/criterion/?framework=little&period=2026Q3&criterion=2.3"
    page = client.get(address).content.decode()
    assert 'value=very_dissatisfied">very dissatisfied</a>' in page
    assert "value=yes" not in page
    assert page.count(">satisfied</span>") == page.count(">very dissatisfied</span>") == 1
    narrowed = client.get(f"{address}&value=very_dissatisfied").content.decode()
    assert ">satisfied</span>" not in narrowed
    assert ">very dissatisfied</span>" in narrowed
    Criterion.objects.filter(code="2.3").update(
        rule={"kind": "share_of_answers", "counts": {"agree": 1, "partly": 0.5}}
    )
    page = client.get(address).content.decode()
    assert re.findall(r"value=(\w+)", page) == ["agree", "partly"]
    figure = client.get(address.replace("2.3", "2.1")).content.decode()
    assert "value=" not in figure.split("What it was computed from")[1].split("</section>")[0]
