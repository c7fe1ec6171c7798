"""Asking at a door: a telephone, and whoever answers."""

from __future__ import annotations

from .conftest import PHONE
from .test_pages import barriers

MOST_PAGES = 8


def test_an_interviewer_asks_at_a_door_and_the_answer_is_taken(visit):
    page = visit(size=PHONE, role="inspector").open("/surveys/")
    page.locator("tbody a.main").first.click()
    page.get_by_role("link", name="入户访问").click()
    page.locator("form.filters button").click()
    page.get_by_role("button", name="开始访问").click()
    found = {}
    for _page in range(MOST_PAGES):
        faults = barriers(page)
        if faults:
            found[page.url] = faults
        if page.url.endswith("check"):
            break
        for number in page.locator("[inputmode=numeric]").all():
            number.fill("2")
        for question in page.locator("fieldset.q").all():
            question.locator("label").first.click()
        page.locator("main button.pri").click()
    assert found == {}
    assert (
        "150分钟" in page.locator("main").inner_text() or "5克" in page.locator("main").inner_text()
    )
    page.get_by_role("button", name="提交").click()
    assert "答卷已提交" in page.locator("main").inner_text()
    page.get_by_role("link", name="访问下一户").click()
    assert (
        "抽中" in page.locator("main").inner_text()
        or "您在哪里" in page.locator("main").inner_text()
    )
