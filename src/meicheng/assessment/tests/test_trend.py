"""The course of the marks: months, the year before, and what is more than chance."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from meicheng.assessment.periods import parse_period
from meicheng.assessment.trend import (
    Part,
    a_year_before,
    against_last_year,
    chance_words,
    comparable,
    difference_words,
    last_whole_month,
    months_up_to,
    trend,
    verdict_of,
    verdict_words,
)
from meicheng.engine.scoring.trend import Trend as Course

WHOLE = Part(name="all")
ASKED = "framework=pair&period=2026Q3"


@pytest.fixture
def rising(city, pair, look):
    """A lane and a market seen in the Septembers to Novembers of four years, ever better."""
    lane, market = city.site("back-lane"), city.site("farmers-market")
    for year, passes in ((2022, 1), (2023, 2), (2024, 3), (2025, 4)):
        for month in (9, 10, 11):
            for number in range(4):
                answer = "yes" if number < passes else "no"
                for site in (lane, market):
                    look(site, answer, month=year * 100 + month, day=number + 1)
    return pair


def test_a_month_stands_beside_the_same_month_of_the_year_before(city, rising):
    found = trend(rising, city.root, WHOLE, last=202511)
    assert (found.months[0].month, found.months[-1].month, len(found.months)) == (
        202212,
        202511,
        36,
    )
    by_month = dict(zip([one.month for one in found.months], found.year_before, strict=True))
    # 2 of 4 a year before, 3 of 4 in 2024
    assert [one.marks for one in found.months if one.month == 202409] == [75]
    assert by_month[202409] == 50
    assert by_month[202401] is None


def test_the_months_of_the_whole_standard_are_read_at_once(
    city, rising, django_assert_max_num_queries
):
    with django_assert_max_num_queries(24):
        trend(rising, city.root, WHOLE, last=202511)


def test_a_verdict_is_said_as_an_officer_would_say_it(city, rising, english):
    test = verdict_of(trend(rising, city.root, WHOLE, last=202511))
    # three Septembers to Novembers within 36 months are 9 pairs: too few
    assert test is None
    assert "ten such pairs" in verdict_words(test)
    assert "more than chance (p < 0.001)" in verdict_words(Course(1.24, 0.0001, 36))
    assert "Rises by 1.2 marks" in verdict_words(Course(1.24, 0.0001, 36))
    assert "Falls by 1.2 marks" in verdict_words(Course(-1.24, 0.02, 36))
    assert (
        verdict_words(Course(1.24, 0.35, 36)) == "No change that chance could not make (p = 0.35)."
    )


def test_every_month_a_little_better_is_found_by_the_test(city, pair, look):
    site = city.site("back-lane")
    for index, month in enumerate(months_up_to(202610, 36)):
        for number in range(10):
            answer = "yes" if number < 4 + index // 12 * 2 else "no"
            look(site, answer, month=month, day=number + 1)
    test = verdict_of(trend(pair, city.root, WHOLE, last=202610))
    assert (test.real, test.pairs) == (True, 36)
    assert test.per_year == pytest.approx(20)  # 40, 60, 80 of 100


def test_months_that_knew_little_are_no_part_of_the_test(city, pair, look):
    lane, market = city.site("back-lane"), city.site("farmers-market")
    look(market, "yes", month=202608)  # 40 of 100 of the weight
    for site in (lane, market):
        look(site, "no", month=202609)
    found = trend(pair, city.root, WHOLE, last=202609)
    assert [one.month for one in found.known] == [202608, 202609]
    assert [one.month for one in comparable(found)] == [202609]


def test_a_trend_may_be_of_one_part_or_one_district(city, pair, look):
    look(city.site("back-lane", division="LC0101"), "yes")
    look(city.site("back-lane", division="XC0101"), "no")
    look(city.site("farmers-market", division="XC0101"), "yes")

    def last(part, division="CITY"):
        found = trend(pair, city.division(division), part, last=202609)
        return found.months[-1].marks, found.full_marks

    assert last(Part(node="1")) == (30, 60)
    assert last(Part(criterion="2.1")) == (40, 40)
    assert last(WHOLE, "LC") == (100, 100)
    assert last(Part(node="1"), "XC") == (0, 60)


def test_this_year_against_last_says_whether_it_is_more_than_chance(city, pair, look, english):
    sites = [city.site("back-lane") for _ in range(12)]
    for number, site in enumerate(sites):
        look(site, "yes" if number < 3 else "no", month=202508)
        look(site, "no" if number == 11 else "yes", month=202608)
    period = parse_period("2026Q3")
    found = against_last_year(pair, period, city.root)
    assert found.marks == pytest.approx((11 - 3) / 12 * 100)
    assert found.real
    assert "more than the choice of sites" in difference_words(found, period)
    nothing = against_last_year(pair, parse_period("2024Q3"), city.root)
    assert "know nothing in common" in difference_words(nothing, period)


def test_the_running_month_is_left_out():
    assert last_whole_month(parse_period("2025Q1")) == 202503
    assert last_whole_month(parse_period("2099")) < 209900


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026", "2025"),
        ("2026Q3", "2025Q3"),
        ("2026-09", "2025-09"),
        ("2025-12-15..2026-02-03", "2024-12-15..2025-02-03"),
    ],
)
def test_a_year_before_is_the_same_period(text, before):
    assert a_year_before(parse_period(text)).text == before


@pytest.mark.parametrize(
    ("chance", "words"), [(0.0004, "p < 0.001"), (0.0123, "p = 0.012"), (0.654, "p = 0.65")]
)
def test_a_chance_is_written_as_readers_know_it(chance, words):
    assert chance_words(chance) == words


def test_page_and_workbook_say_the_same_months(city, pair, look, client):
    look(city.site("back-lane"), "yes", month=202607)
    look(city.site("back-lane"), "no", month=202609)
    client.force_login(city.user("creation-office"))
    page = client.get(f"/assessment/trend/?{ASKED}&part=1").content.decode()
    assert '<th scope="row">2026-07</th><td class="num">60' in page
    book = client.get(f"/assessment/trend.xlsx?{ASKED}&part=1")
    first, _headings, *rows = load_workbook(io.BytesIO(book.content)).worksheets[0].values
    assert "2026年第3季度" in first
    assert len(rows) == 36
    assert [row[1] for row in rows if row[0] in ("2026-07", "2026-08", "2026-09")] == [60, None, 0]


def test_a_part_that_does_not_exist_is_said(city, pair, look, client):
    look(city.site("back-lane"), "yes")
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/assessment/trend/?{ASKED}&part=9.9")
    assert answer.status_code == 400
    assert "9.9" in answer.content.decode()


def test_an_empty_trend_teaches(city, pair, client):
    client.force_login(city.user("creation-office"))
    assert "/inspections/" in client.get(f"/assessment/trend/?{ASKED}").content.decode()
    assert client.get("/assessment/trend.xlsx?framework=none").status_code == 200
