"""From a mark to the photograph behind it, and what the marks would be if something were better."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .test_loop import look

WHOLE_CITY = "framework=sanitary-city&division=CITY"


def test_three_steps_lead_from_the_marks_to_the_photograph(visit, served_city):
    look(visit(role="inspector"), served_city.site)
    page = visit(role="creation-office").open(f"/assessment/?{WHOLE_CITY}")
    # From the largest losses to one that looks have found; cases of other tests may lose more.
    failed = page.get_by_role("link", name="不合格", exact=True)
    for href in page.locator("a.losing").evaluate_all("all => all.map(a => a.href)"):
        page.goto(href)
        if failed.count():
            break
    # What it was computed from, the failures alone: each with who saw it where, and what it looked like.
    failed.click()
    seen = page.locator("main tbody tr", has_text=served_city.site)
    expect(seen.first.locator(".pill.late")).to_have_text("不合格")
    with page.expect_response(re.compile(r"/files/[0-9a-f]{64}$")) as answer:
        seen.first.locator("a:has(img.thumb)").click()
    assert answer.value.ok
    assert answer.value.headers["content-type"].startswith("image/")


def test_a_lever_is_moved_kept_and_taken_up_again(visit):
    office = visit(role="creation-office")
    page = office.open(f"/assessment/what-if/?{WHOLE_CITY}")
    before = float(page.locator("#result .big-number").inner_text())
    lever = page.locator("#levers input[type=range]").first
    field = page.locator("#levers input[type=number][max='100']").first
    lever.focus()
    with page.expect_response(lambda answer: "/what-if/" in answer.url):
        page.keyboard.press("End")
    expect(field).to_have_value("100")
    expect(page.locator("#result .big-number")).not_to_have_text(f"{before:.1f}")
    after = page.locator("#result .big-number").inner_text()
    assert float(after) > before

    page.locator("#name").fill("全部整改到位")
    page.locator("form.keep button").click()
    page.wait_for_load_state()
    page = office.open(f"/assessment/what-if/?{WHOLE_CITY}")
    expect(page.locator("#result .big-number")).to_have_text(f"{before:.1f}")
    page.get_by_role("link", name="全部整改到位").click()
    expect(page.locator("#levers input[type=number][max='100']").first).to_have_value("100")
    expect(page.locator("#result .big-number")).to_have_text(after)
