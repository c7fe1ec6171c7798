"""Each of the city's plans shows the criteria, marks, cases and units that stand behind it."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.cache import cache
from django.utils import timezone

from meicheng.assessment.city_plans import criteria_behind, plan_page, plan_rows
from meicheng.assessment.periods import parse_period
from meicheng.assessment.standing import standing
from meicheng.standards.models import CityPlan

QUARTER = parse_period("2026Q3")


@pytest.fixture
def renewal(every_method):
    CityPlan.objects.all().delete()
    return CityPlan.objects.create(
        code="renewal",
        name_zh="城市更新",
        name_en="Urban renewal",
        themes=["back-lanes"],
        criteria=["little/2.1", "little/9", "other/1.2"],
    )


def page_of(city, plan):
    ground = standing(QUARTER, city.division("CITY"), "little")
    return plan_page(
        city.user("creation-office"), plan, ground, city.division("CITY"), at=timezone.now()
    )


def test_behind_a_plan_stand_criteria_with_its_themes_and_those_it_names(renewal, every_method):
    assert criteria_behind(renewal, every_method) == {"1.1", "2.1"}


def test_a_node_that_is_named_brings_everything_below_it(renewal, every_method):
    renewal.criteria = ["little/1"]
    assert criteria_behind(renewal, every_method) == {"1.1", "1.2", "1.3"}


def test_marks_lost_and_the_share_are_those_of_its_criteria(city, renewal, seen):
    lane = city.site("back-lane", division="LC0101")
    for value in ("yes", "no"):
        seen("swept", value, site=lane)
    seen("little/2.1", number=85)
    row = page_of(city, renewal).row
    (behind,) = row.behind
    # 1.1 is worth 30 of 100 and has 0.5; 2.1 is worth 15 and has 1
    assert behind.full == pytest.approx(45)
    assert behind.lost == pytest.approx(15)
    assert row.share == pytest.approx((0.30 * 0.5 + 0.15 * 1) / 0.45)
    assert row.unknown == 0


def test_what_is_unknown_is_named_and_not_counted(city, renewal, seen):
    seen("little/2.1", number=85)
    row = page_of(city, renewal).row
    assert row.share == 1
    assert row.unknown == 1


def test_cases_of_the_kinds_that_its_items_open_are_counted(city, renewal, every_method):
    city.case("dirty-road")  # what a "no" to “swept” opens
    city.case("illegal-parking")
    page = page_of(city, renewal)
    assert [(row.kind.code, row.cases.open) for row in page.kinds] == [("dirty-road", 1)]
    assert page.row.cases.open == 1


def test_who_leads_stands_first_with_its_units(city, renewal, every_method):
    roles = page_of(city, renewal).roles
    assert [(row.role.code, row.leads, row.supports) for row in roles] == [
        ("urban-management", 2, 0),
        ("housing-construction", 0, 1),
    ]


def test_the_pages_show_it_and_leave_as_workbooks(city, client, renewal, seen):
    seen("swept", "no", site=city.site("back-lane", division="LC0101"))
    client.force_login(city.user("creation-office"))
    english = {"headers": {"accept-language": "en"}}
    asked = "?period=2026Q3&standard=little"
    assert "Urban renewal" in client.get(f"/assessment/plans/{asked}", **english).content.decode()
    page = client.get(f"/assessment/plans/renewal/{asked}", **english).content.decode()
    assert "Criterion 1.1" in page
    assert "0.0 / 30.0" in page
    assert client.get("/assessment/plans/none/").status_code == 404
    for path in ("/assessment/plans.xlsx", "/assessment/plans/renewal.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(client.get(path + asked, **english).content))
        rows = list(book["Criteria"].iter_rows(min_row=3, values_only=True))
        assert ("1.1", 0) in {(row[2], row[7]) for row in rows}
    client.force_login(city.user("administrator"))
    assert client.get("/assessment/plans/").status_code == 403


def test_a_city_without_plans_is_told_where_they_come_from(city, client, every_method):
    CityPlan.objects.all().delete()
    client.force_login(city.user("creation-office"))
    page = client.get("/assessment/plans/", headers={"accept-language": "en"}).content.decode()
    assert "meicheng import plans" in page


def test_every_plan_of_the_pack_stands_on_something(city):
    city.load_standards(
        "sanitary-city-2021", "civilised-city-2021", "urban-management-service-2020"
    )
    rows = plan_rows(
        city.user("creation-office"),
        standing(QUARTER, city.division("CITY")),
        city.division("CITY"),
        at=timezone.now(),
    )
    assert len(rows) == 7 + 4 + 4 + 7
    assert [row.plan.code for row in rows if not row.criteria] == []


def test_the_number_of_statements_does_not_grow(
    city, client, renewal, seen, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    path = "/assessment/plans/?period=2026Q3&standard=little"
    seen("swept", "yes", site=city.site("back-lane"))
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(50) as small:
        client.get(path)
    for number in range(8):
        CityPlan.objects.create(code=f"p{number}", name_zh=f"规划{number}", themes=["ecology"])
        city.case("dirty-road")
        seen("swept", "no", site=city.site("back-lane"))
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(50) as large:
        client.get(path)
    assert len(large) <= len(small)
