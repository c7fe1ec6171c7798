"""Each unit reads what is expected of it, what it has lost, and what it still has to file."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.core.cache import cache
from django.utils import timezone

from meicheng.assessment.duties import all_duties
from meicheng.assessment.periods import parse_period
from meicheng.assessment.standing import standing
from meicheng.organisation.models import Unit

QUARTER = parse_period("2026Q3")
PAGE = "/assessment/duties/?period=2026Q3"


def duties(city, user="creation-office", **more):
    found = all_duties(
        city.user(user),
        standing(QUARTER, city.division("CITY"), "little"),
        at=timezone.now(),
        **more,
    )
    return {one.unit.code if one.unit else f"role:{one.role.code}": one for one in found}


def english(client, path):
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_a_unit_leads_and_supports_what_the_standard_says_of_its_role(city, every_method):
    found = duties(city)
    one = found["urban-management-LC"]
    assert [duty.at.criterion.code for duty in one.lead] == ["1.1", "1.3", "2.1", "2.2"]
    assert [d.at.criterion.code for d in found["housing-construction-LC"].support] == ["1.1"]
    assert not found["housing-construction-LC"].lead


def test_a_unit_has_the_marks_of_its_district_and_the_city_s_figures(city, seen):
    lane = city.site("back-lane", division="LC0101")
    for value in ("yes", "yes", "no", "no"):
        seen("swept", value, site=lane)
    seen("little/2.1", number=85)
    found = duties(city)
    own = {duty.at.criterion.code: duty.at for duty in found["urban-management-LC"].lead}
    assert own["1.1"].mark.share == 0.5
    assert own["1.1"].lost == pytest.approx(30 * 0.5)  # 60 of 100 for the node, 30 of 60 in it
    assert not own["1.1"].of_city
    assert (own["2.1"].mark.share, own["2.1"].of_city) == (1, True)
    other = {duty.at.criterion.code: duty.at for duty in found["urban-management-XC"].lead}
    assert other["1.1"].mark.missing  # nobody looked at a lane there, and LC's is not its own
    (loss,) = found["urban-management-LC"].losses
    assert loss.lost == pytest.approx(15)


def test_documents_and_figures_are_due_from_whoever_files_for_the_city(city, seen):
    bureau = Unit.objects.create(
        code="urban-management-CITY", name_zh="市城管局", role_id="urban-management",
        division=city.division("CITY"),
    )  # fmt: skip
    seen("little/2.2/plan", "accepted")
    found = duties(city)
    (plan, summary) = found[bureau.code].documents
    assert (plan.state, summary.state) == ("there", "missing")
    assert [due.state for due in found[bureau.code].figures] == ["missing"]
    assert found[bureau.code].due == 2
    branch = found["urban-management-LC"]
    assert (branch.documents, branch.figures, branch.filed_by) == ([], [], [bureau])


@pytest.mark.parametrize(
    ("at", "value", "period", "state"),
    [
        ("2026-09-01", "returned", "2026Q3", "returned"),
        ("2025-10-01", "accepted", "2026Q3", "there"),  # twelve months up to 30 September 2026
        ("2025-09-30", "accepted", "2026Q3", "expired"),
        ("2025-09-20", "accepted", "2026-07-01..2026-09-15", "there"),  # from 16 September 2025 on
        ("2025-09-15", "accepted", "2026-07-01..2026-09-15", "expired"),
    ],
)
def test_a_material_is_due_as_the_marks_count_it(city, seen, at, value, period, state):
    moment = timezone.make_aware(datetime.fromisoformat(f"{at} 10:00"))
    seen("little/2.2/plan", value, at=moment)
    found = all_duties(
        city.user("creation-office"),
        standing(parse_period(period), city.division("CITY"), "little"),
        at=timezone.now(),
    )
    (unit,) = (one for one in found if one.unit and one.unit.code == "urban-management-LC")
    plan, summary = unit.documents
    assert (plan.state, summary.state) == (state, "missing")
    (mark,) = (one.at.mark for one in unit.lead if one.at.criterion.code == "2.2")
    assert mark.share == (0.5 if state == "there" else 0)


def test_a_role_that_no_unit_holds_is_listed_by_itself(city, every_method):
    one = duties(city)["role:women-federation"]
    assert [duty.at.criterion.code for duty in one.lead] == ["2.3"]
    assert [due.state for due in one.figures] == ["missing"]


def test_open_and_late_cases_are_counted_only_where_one_may_see_them(city, every_method):
    late = city.case(unit=city.unit("urban-management", "LC"))
    type(late).objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    city.case(unit=city.unit("urban-management", "LC"))
    assert (duties(city)["urban-management-LC"].cases.open,
            duties(city)["urban-management-LC"].cases.late) == (2, 1)  # fmt: skip
    hers = duties(city, "unit-lead")
    assert hers["urban-management-LC"].cases.late == 1
    assert hers["urban-management-XC"].cases is None


def test_a_unit_lead_finds_hers_first_and_opens_it(city, client, seen):
    seen("swept", "no", site=city.site("back-lane", division="LC0101"))
    client.force_login(city.user("unit-lead"))
    page = english(client, PAGE)
    mine, other = (
        page.index(f"unit={code}") for code in ("urban-management-LC", "housing-construction-LC")
    )
    assert mine < other
    one = english(client, f"{PAGE}&unit=urban-management-LC")
    assert "Criterion 1.1" in one
    assert "0.0 / 30.0" in one
    assert "not there" in one


def test_an_unknown_unit_is_not_found_and_an_administrator_sees_nothing(city, client, every_method):
    client.force_login(city.user("creation-office"))
    assert client.get(f"{PAGE}&unit=nobody").status_code == 404
    assert client.get(f"{PAGE}&role=nobody").status_code == 404
    client.force_login(city.user("administrator"))
    assert client.get(PAGE).status_code == 403


def test_the_list_leaves_as_a_workbook_with_every_duty_and_what_was_asked(city, client, seen):
    seen("swept", "no", site=city.site("back-lane", division="LC0101"))
    client.force_login(city.user("creation-office"))
    answer = client.get(
        "/assessment/duties.xlsx?period=2026Q3&standard=little&division=LC",
        headers={"accept-language": "en"},
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    units = list(book["Units"].iter_rows(values_only=True))
    assert "Liuchi District" in units[0]
    assert "Little standard 1" in units[0]
    rows = list(book["Duties"].iter_rows(min_row=3, values_only=True))
    (swept,) = [row for row in rows if row[2] == "1.1" and row[4] == "leads"]
    assert swept[6:10] == (30, 0, 0, 30)
    assert not [row for row in rows if "Xingchuan" in row[0]]


def test_the_number_of_statements_does_not_grow_with_units_and_observations(
    city, client, seen, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    seen("swept", "yes", site=city.site("back-lane"))
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(120) as small:
        client.get(f"{PAGE}&standard=little")
    for number in range(10):
        Unit.objects.create(
            code=f"crew-{number}", name_zh=f"班组{number}", role_id="urban-management",
            division=city.division("LC0101"),
        )  # fmt: skip
        seen("swept", "no", site=city.site("back-lane"))
        city.case(unit=city.unit())
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(120) as large:
        client.get(f"{PAGE}&standard=little")
    assert len(large) <= len(small)
    cache.clear()  # marks are computed anew both times
    with django_assert_max_num_queries(60):
        client.get(f"{PAGE}&standard=little&unit=crew-1")


def test_marks_are_those_of_the_marks_page(city, seen):
    """What a unit is shown is the criterion's own mark, nothing counted anew."""
    from meicheng.assessment.queries import assess

    for value in ("yes", "no", "yes"):
        seen("swept", value, site=city.site("back-lane", division="LC0101"))
    ground = standing(QUARTER, city.division("CITY"), "little")
    result = assess(ground.standards[0], QUARTER, city.division("LC"))
    mark = next(one for one in result.criteria if one.code == "1.1")
    shown = duties(city)["urban-management-LC"].lead[0].at.mark
    assert (shown.share, shown.marks) == (mark.share, mark.marks)
