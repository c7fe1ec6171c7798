"""What citizens do on their phones, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE
from .doing import photograph, take

LAMP = "木槿巷口的路灯坏了三天，晚上很黑。"
LIGHT = 150_000  # bytes of the first page, without what the map shows


def fill(page, words):
    """Photograph, place by the phone's own position, words."""
    page.locator("[name=photos]").set_input_files(photograph(120))
    page.locator("[data-locate]").click()
    expect(page.locator("[name=longitude]")).not_to_have_value("")
    page.fill("[name=body]", words)


def code_on(page):
    expect(page.locator(".code")).to_be_visible()
    return page.locator(".code").inner_text().strip()


def test_two_people_report_the_same_lamp_and_the_second_joins(visit):
    first = visit(size=PHONE).open("/p/")
    fill(first, LAMP)
    first.locator(".send button").click()
    other = first.locator("[name=decided][value=separate]")
    if other.is_visible():  # a test before left a case of this kind at the same place
        other.click()
    one = code_on(first)

    second = visit(size=PHONE, language="en").open("/p/")
    fill(second, LAMP)
    second.locator(".send button").click()
    near = second.locator("#near")
    expect(near).to_contain_text("Street lamp")
    expect(near).to_contain_text("0 m")
    expect(second.locator("[name=body]")).to_have_value(LAMP)
    near.locator(".pri").first.click()
    two = code_on(second)
    assert two != one
    expect(second.locator("main")).to_contain_text("Others have reported the same")
    expect(second.locator(".own")).to_have_count(1)


def test_a_position_is_chosen_on_the_map_and_moved(visit):
    page = visit(size=PHONE).open("/p/")
    page.locator("[data-map]").click(position={"x": 150, "y": 100})
    before = page.input_value("[name=longitude]")
    assert float(before)
    pin = page.locator(".map-pin")
    box = pin.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 72, box["y"] + 12, steps=5)
    page.mouse.up()
    assert float(page.input_value("[name=longitude]")) > float(before)


def test_without_scripts_a_plain_form_reports_follows_and_contests(visit):
    citizen = visit(size=PHONE, scripts=False)
    page = citizen.open("/p/")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("[data-locate]")).to_be_hidden()
    page.fill("[name=address]", "木槿巷 3 号对面")
    page.select_option("[name=division]", index=1)
    page.fill("[name=body]", "垃圾桶满了没人收，气味很大。")
    page.locator("[name=photos]").set_input_files(photograph(60))
    page.locator(".send button").click()
    code = code_on(page)
    expect(page.locator("main")).to_contain_text("木槿巷 3 号对面")

    page = citizen.open("/p/follow/")
    page.fill("[name=code]", code.lower().replace("-", " "))
    page.locator("main form button").click()
    expect(page.locator(".code")).to_have_text(code)

    desk = visit(role="dispatcher")
    report = desk.open(f"/reports/{code.replace('-', '')}/")
    report.locator("#decide button.pri").click()
    expect(report.locator(".messages")).to_be_visible()
    number = report.locator("main a[href^='/cases/A-']").first.inner_text()
    office = visit(role="creation-office")
    result = solve(visit, office, number)

    page = citizen.open(f"/p/{code}/")
    expect(page.locator("blockquote")).to_contain_text(result)
    page.locator("details.act summary").click()
    page.fill("[name=reason]", "桶又满了")
    page.locator("details.act button").click()
    expect(page.locator("main")).to_contain_text("正在办理")
    expect(page.locator("details.act")).to_have_count(0)


def solve(visit, office, number):
    """Let a unit solve the case and the office check and close it; the words of the result."""
    take(office, number, "dispatch", unit=office.city.unit)
    crew = visit(size=PHONE, role="unit-worker")
    take(crew, number, "accept")
    take(crew, number, "start")
    take(crew, number, "resolve", photo=photograph(33), remark="已清运")
    take(office, number, "verify", photo=photograph(93))
    take(office, number, "close", remark="已清运，并增加一个垃圾桶")
    return "增加一个垃圾桶"


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_first_page_is_light(visit, size):
    page = visit(size=size).open("/p/")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        """() => Object.fromEntries([...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource")].map((e) => [e.name, e.transferSize]))"""
    )
    drawn = [name for name in sizes if name.endswith("/layers.json")]
    assert sum(bytes for name, bytes in sizes.items() if name not in drawn) < LIGHT, sizes
