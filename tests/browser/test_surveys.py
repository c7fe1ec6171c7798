"""Asking at a door: a telephone, and whoever answers."""

from __future__ import annotations

from .conftest import PHONE
from .test_pages import barriers

MOST_PAGES = 8


def follow(page, where):
    """Click what leads to another page, and wait until that page is there whole."""
    with page.expect_navigation():
        where.click()


def test_an_interviewer_asks_at_a_door_and_the_answer_is_taken(visit):
    page = visit(size=PHONE, role="inspector").open("/surveys/")
    follow(page, page.locator("tbody a.main").first)
    follow(page, page.get_by_role("link", name="入户访问"))
    follow(page, page.locator("form.filters button"))
    follow(page, page.get_by_role("button", name="开始访问"))
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
        follow(page, page.locator("main button.pri"))
    assert found == {}
    assert (
        "150分钟" in page.locator("main").inner_text() or "5克" in page.locator("main").inner_text()
    )
    follow(page, page.get_by_role("button", name="提交"))
    assert "答卷已提交" in page.locator("main").inner_text()
    follow(page, page.get_by_role("link", name="访问下一户"))
    assert (
        "抽中" in page.locator("main").inner_text()
        or "您在哪里" in page.locator("main").inner_text()
    )
