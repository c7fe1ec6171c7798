"""The loop, walked by people in a browser on a real server: seen, solved, counted, reported.

`make pictures` takes the README's pictures on the same walk, through the demo city.
"""

from __future__ import annotations

import io
import re

from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import expect

from .conftest import PHONE
from .doing import download, photograph, take

FAILED = 3
STREET = 7
WORDS = "巷口堆了一堆垃圾，三天没有人清运，气味很大，老人孩子都绕着走。"


def look(inspector, site):
    """Answer a site's checklist: the first items fail, with photographs, the others hold; its page."""
    page = inspector.open("/inspections/new")
    page.fill("#q", site)
    page.locator("form[method=get] button").click()
    page.get_by_role("link", name=site).first.click()
    questions = page.locator("fieldset.question")
    assert questions.count() >= 5
    for number in range(questions.count()):
        answer = "no" if number < FAILED else "yes"
        questions.nth(number).locator(f"label:has([value={answer}])").click()
        if number < FAILED:
            questions.nth(number).locator("[type=text]").fill("墙角有垃圾")
            questions.nth(number).locator("[type=file]").set_input_files(photograph(number))
    page.locator("[data-key=s]").click()
    page.wait_for_url(re.compile(r"/inspections/\d+/$"))
    expect(page.locator("tbody .pill.late")).to_have_count(FAILED)
    return page


def inspect(inspector, site):
    """Look at a site where something fails; the number of its case."""
    page = look(inspector, site)
    return page.locator("a[href^='/cases/A-']").first.get_attribute("href").split("/")[2]


def report(citizen, album):
    """Send a photograph, a place and words without an account; the code to follow it by."""
    page = citizen.open("/p/")
    page.locator("[name=photos]").set_input_files(photograph(STREET))
    expect(page.locator("[data-previews] img")).to_have_count(1)
    page.locator("[data-locate]").click()
    expect(page.locator("[name=longitude]")).not_to_have_value("")
    page.fill("[name=body]", WORDS)
    page.fill("[name=phone]", "13800001234")
    page.evaluate("scrollTo(0, 0)")
    album.take(page, "portal-report")
    page.locator(".send button").click()
    other = page.locator("[name=decided][value=separate]")  # where something is near
    asked = page.locator("#asked")  # where the kind has questions of its own
    expect(other.or_(asked).or_(page.locator(".code")).first).to_be_visible()
    if other.is_visible():
        other.click()
    elif asked.is_visible():
        page.locator(".send button").click()
    expect(page.locator(".code")).to_be_visible()
    return page.locator(".code").inner_text().strip()


def test_a_citizens_photograph_goes_all_the_way_to_the_bulletin(visit, album):
    citizen = visit(size=PHONE)
    code = report(citizen, album)

    dispatcher = visit(role="dispatcher")
    page = dispatcher.open("/reports/")
    page.locator("tbody a[href^='/reports/']").first.click()
    expect(page.locator("blockquote").first).to_contain_text("三天没有人清运")
    expect(page.locator("main")).not_to_contain_text("13800001234")
    number = page.locator("main a[href^='/cases/A-']").first.inner_text()
    take(dispatcher, number, "register", kind="exposed-litter", remark="属实")
    take(dispatcher, number, "dispatch", unit=dispatcher.city.unit)

    crew = visit(size=PHONE, role="unit-worker")
    take(crew, number, "accept")
    take(crew, number, "start")
    take(crew, number, "resolve", photo=photograph(STREET, after=True), remark="已清运，地面已冲洗")
    album.take(crew.page, "case-phone")

    verifier = visit(role="verifier")
    take(verifier, number, "verify", photo=photograph(STREET + 1, after=True), remark="现场干净")
    page = take(verifier, number, "close", remark="已清运，垃圾点已加装监控")
    expect(page.locator(".photos img")).to_have_count(3)
    expect(page.get_by_text("记录链完整")).to_be_visible()
    album.take(page, "case")

    page = citizen.open("/p/follow/")
    page.fill("[name=code]", code)
    page.locator("main form button").click()
    expect(page.locator("blockquote")).to_contain_text("垃圾点已加装监控")
    page.locator("[name=rating][value='5']").check(force=True)
    page.locator("#rate button").click()
    expect(page.locator("main")).to_contain_text("5")
    expect(page.locator("#rate")).to_have_count(0)
    album.take(page, "portal-followed")

    inspector = visit(size=PHONE, role="inspector")
    opened = inspect(inspector, inspector.city.site)
    page = inspector.open(f"/cases/{opened}/")
    expect(page.locator("main")).to_contain_text(inspector.city.site)

    office = visit(role="creation-office")
    album.take(office.page, "today")
    album.take(office.open("/map/"), "map")
    page = office.open("/assessment/")
    expect(page.locator("main table").first).to_be_visible()
    album.take(page, "assessment")
    page = office.open("/appraisal/")
    expect(page.locator("main table").first).to_contain_text("区")
    album.take(page, "ranking")
    page.locator("a.btn.pri").click()
    expect(page.locator("article.paper h2").first).to_contain_text("通报")
    album.take(page, "bulletin")
    document = Document(io.BytesIO(download(page, page.locator("a[href$='.docx']"))))
    assert any("通报" in paragraph.text for paragraph in document.paragraphs)
    workbook = load_workbook(io.BytesIO(download(page, page.locator("a[href$='.xlsx']"))))
    assert len(workbook.sheetnames) >= 2

    office.city.meicheng("ledger", "verify")
    office.city.meicheng("ledger", "rebuild", "--check")
