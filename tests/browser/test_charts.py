"""Charts as they are drawn: the same numbers as their table, keys, pictures, and without scripts."""

from __future__ import annotations

import struct

import pytest
from django.template import Context, Template
from django.utils import translation
from playwright.sync_api import expect

from meicheng.tables.charts import Chart, Line, Series

MARKS = [71.25, 74.0, None, 78.5]
SAYS = "得分由 71.3 升到 78.5。"


def rendered(chart, xlsx=""):
    """The figure as pages have it."""
    template = Template("{% load charts %}{% chart chart xlsx %}")
    with translation.override("zh-hans"):
        return template.render(Context({"chart": chart, "xlsx": xlsx}))


@pytest.fixture
def marks():
    return Chart(
        kind="lines",
        title="各月得分",
        says=SAYS,
        labels_are="月份",
        labels=["2026-01", "2026-02", "2026-03", "2026-04"],
        series=[Series("估计得分", MARKS), Series("上年同月", [70, 71, 72, 73], look="light")],
        unit="分",
    )


def test_a_chart_is_drawn_and_its_table_says_the_same_numbers(page, show, marks):
    show(rendered(marks), "charts")
    plot = page.locator("[data-plot]")
    expect(plot.locator("svg path").first).to_be_attached()
    assert plot.get_attribute("aria-label") == SAYS
    assert page.locator("details").get_attribute("open") is None
    page.locator("summary").click()
    table = page.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    plot.focus()
    said = []
    for _ in marks.labels:
        page.keyboard.press("ArrowRight")
        said.append(page.locator("[data-point]").inner_text())
    assert said == [f"{row[0]}: 估计得分 (分) {row[1]}, 上年同月 (分) {row[2]}" for row in table]
    assert table[2][1] == "–"


def test_a_chart_is_saved_as_a_picture_with_room_for_its_title(page, show, marks):
    show(rendered(marks), "charts")
    box = page.locator("[data-plot]").bounding_box()
    with page.expect_download() as waiting:
        page.locator("[data-png]").click()
    assert waiting.value.suggested_filename == "各月得分.png"
    picture = waiting.value.path().read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (round(box["width"]) * 2, round(box["height"] + 40) * 2)
    assert len(picture) > 5_000  # something is drawn on it


@pytest.mark.parametrize("kind", ["lines", "bars", "rows", "ranges"])
def test_every_kind_is_drawn_with_its_intervals_and_lines(page, show, kind):
    chart = Chart(
        kind=kind,
        title="各区得分",
        says="柳池区领先。",
        labels_are="区",
        labels=["柳池区", "杏川区 <b>", "沙坊区"],
        series=[Series("得分", [80, 75, 70], [(78, 82), (70, 80), None])],
        lines=[Line(1.5 if kind == "bars" else 72, "达标线")],
        low=60,
        high=90,
    )
    show(rendered(chart), "charts")
    drawing = page.locator("[data-plot] svg")
    expect(drawing.locator("text", has_text="达标线")).to_be_attached()
    expect(drawing.locator("text", has_text="柳池区")).to_be_attached()
    # an interval is drawn in three strokes of ink
    assert drawing.locator("path[stroke='#1d2a2f'][stroke-width='1.5']").count() >= 6
    assert page.locator("b").count() == 0, "names are text, never markup"


def test_a_chart_becomes_narrower_with_its_page(page, show, marks):
    show(rendered(marks), "charts")
    expect(page.locator("[data-plot] svg")).to_be_attached()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-plot] svg').clientWidth < 390")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_the_table_and_the_workbook_are_there(page, show, marks):
    show(rendered(marks, "/marks.xlsx"))
    expect(page.get_by_text(SAYS)).to_be_visible()
    expect(page.get_by_role("cell", name="78.5")).to_be_visible()
    expect(page.get_by_role("link", name="导出 Excel")).to_have_attribute("href", "/marks.xlsx")
    expect(page.locator("[data-png]")).to_be_hidden()
    expect(page.locator("[data-plot]")).to_be_hidden()
