"""The month's bulletin: a page, an official document and a workbook that say the same."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation
from docx import Document
from docx.shared import Pt
from openpyxl import load_workbook

from meicheng.appraisal.bulletin import write_bulletin
from meicheng.appraisal.bulletin.facts import Figure
from meicheng.appraisal.months import current_month
from meicheng.cases.models import Case


@pytest.fixture
def busy(city):
    """A city with closed, open and late cases in the running month."""
    for _ in range(3):
        city.case(state="closed")
    city.case(state="dispatched", division="XC0101")
    late = city.case(state="in_progress")
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=3))
    return city


def sentences(section):
    """All sentences of a section and of those inside it."""
    yield from section.sentences
    for inner in section.sections:
        yield from sentences(inner)


def test_every_number_of_the_text_is_a_figure_with_its_source(busy):
    bulletin = write_bulletin(current_month())
    said = [s for section in bulletin.sections for s in sentences(section)]
    assert said
    for sentence in said:
        plain = [s for s in sentence.segments() if not isinstance(s, Figure)]
        plain = [s for s in plain if s not in sentence.parts.values()]
        assert not re.search(r"\d", "".join(plain).replace("100", "")), sentence.text
    listed = {figure.index for figure in bulletin.figures}
    used = {s.index for one in said for s in one.segments() if isinstance(s, Figure)}
    assert used == listed
    assert all(figure.how and figure.href.startswith("/") for figure in bulletin.figures)


def test_a_late_case_is_on_the_problem_list_with_its_days(busy):
    (problem,) = write_bulletin(current_month()).problems
    assert problem.days_late == 3
    assert problem.number == Case.objects.get(state="in_progress").number


def test_figures_lead_to_pages_that_open(busy, client):
    client.force_login(busy.user("creation-office"))
    for figure in write_bulletin(current_month()).figures:
        assert client.get(figure.href).status_code == 200, figure.href


def test_a_count_of_the_text_is_the_length_of_the_list_it_leads_to(busy, client):
    client.force_login(busy.user("creation-office"))
    figure = write_bulletin(current_month()).figures[0]
    page = client.get(figure.href)
    assert int(figure.text) == 5
    assert len(set(re.findall(r"/cases/([^/\"?]+)/\"", page.content.decode())) - {"new"}) == 5


def test_the_document_has_the_layout_of_an_official_document(busy, client):
    client.force_login(busy.user("creation-office"))
    answer = client.get(f"/appraisal/bulletin/{current_month()}.docx")
    paper = Document(io.BytesIO(answer.content))
    page = paper.sections[0]
    # GB/T 9704-2012, 5.1 and 5.2: A4, 37 mm above, 28 mm left, a type area of 156 x 225 mm
    width, height = page.page_width.mm, page.page_height.mm
    above, left = page.top_margin.mm, page.left_margin.mm
    area = (width - left - page.right_margin.mm, height - above - page.bottom_margin.mm)
    assert (width, height, above, left) == pytest.approx((210, 297, 37, 28), abs=0.1)
    assert area == pytest.approx((156, 225), abs=0.1)
    texts = [p.text for p in paper.paragraphs]
    with translation.override("zh-hans"):
        bulletin = write_bulletin(current_month())
    assert bulletin.title in texts
    numbered = [one for one in texts if re.match(r"[一二三四五]、", one)]
    assert len(numbered) == len(bulletin.sections)
    body = next(p for p in paper.paragraphs if p.text == bulletin.sections[0].sentences[0].text)
    assert body.paragraph_format.first_line_indent == Pt(32)  # two characters of 16 point
    sources = paper.tables[-1]
    assert len(sources.rows) == len(bulletin.figures) + 1


def test_the_workbook_holds_numbers_that_can_be_computed_with(busy, client):
    client.force_login(busy.user("creation-office"))
    answer = client.get(f"/appraisal/bulletin/{current_month()}.xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    with translation.override("zh-hans"):
        bulletin = write_bulletin(current_month())
    (districts, *_rest) = [r for s in bulletin.sections for r in s.rankings]
    sheet = book.worksheets[1]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [row[1] for row in rows] == [row.name for row in districts.rows]
    assert [row[-1] for row in rows] == [row.counts["due"] for row in districts.rows]
    assert len(list(book.worksheets[-1].iter_rows())) == len(bulletin.figures) + 2


@pytest.mark.parametrize("month", ["202613", "199001", "299901"])
def test_a_month_that_cannot_be_has_no_bulletin(city, client, month):
    client.force_login(city.user("creation-office"))
    assert client.get(f"/appraisal/bulletin/{month}/").status_code == 404


def test_a_month_without_anything_has_a_bulletin_that_says_so(city, client):
    client.force_login(city.user("creation-office"))
    with translation.override("en"):
        bulletin = write_bulletin(202401)
        texts = [s.text for section in bulletin.sections for s in sentences(section)]
    assert "Nothing was reported or found in the month." in texts
    assert client.get("/appraisal/bulletin/202401/").status_code == 200


def test_a_running_month_is_not_compared_as_if_it_were_over(city):
    now = timezone.now()
    earlier = (now.replace(day=1) - timedelta(days=1)).replace(day=10)
    for _ in range(12):
        city.case(reported_at=earlier)
    fell = "fell from"
    with translation.override("en"):
        running = write_bulletin(current_month(now))
        achieved = [s.text for s in running.sections[1].sentences]
    assert not any(fell in text for text in achieved)


def test_the_bulletin_asks_the_same_number_of_questions_for_more_data(
    city, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    for number in (1, 8):
        for _ in range(number):
            city.case(state="closed")
            city.case(state="dispatched", division="XC0101")
        with django_assert_max_num_queries(40):
            assert client.get(f"/appraisal/bulletin/{current_month()}/").status_code == 200


def test_who_may_not_see_the_appraisal_gets_no_bulletin(city, client):
    client.force_login(city.user("administrator"))
    for path in ("/", ".docx", ".xlsx"):
        assert client.get(f"/appraisal/bulletin/{current_month()}{path}").status_code == 403


def test_units_with_few_cases_are_counted_and_not_listed(city, client):
    for _ in range(11):
        city.case(state="closed")
    few = city.case(state="closed", division="XC0101")
    client.force_login(city.user("creation-office"))
    page = client.get(f"/appraisal/bulletin/{current_month()}/").content.decode()
    answer = client.get(f"/appraisal/bulletin/{current_month()}.docx")
    paper = Document(io.BytesIO(answer.content))
    listed = {cell.text for table in paper.tables for row in table.rows for cell in row.cells}
    assert city.unit().name_zh in listed
    assert few.unit.name_zh not in listed
    assert f"unit={city.unit().code}" in page
    assert f"unit={few.unit.code}" not in page
    ranking = client.get("/appraisal/").content.decode()
    assert f"unit={few.unit.code}" in ranking
