"""The loop, walked by people in a browser on a real server: seen, solved, counted, reported."""

from __future__ import annotations

import io
import re

from docx import Document
from openpyxl import load_workbook
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from .conftest import PHONE

FAILED = 3
WORDS = "柳荫一巷口堆了一堆垃圾，三天没有人清运，气味很大。"


def photograph(hue: int) -> bytes:
    """A picture as a phone would send it, another one for each hue."""
    picture = Image.effect_noise((640, 480), 60).convert("RGB")
    ImageDraw.Draw(picture).rectangle((120, 160, 520, 400), fill=(hue, 140, 255 - hue))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def file(hue: int) -> dict[str, object]:
    return {"name": f"{hue}.jpg", "mimeType": "image/jpeg", "buffer": photograph(hue)}


def take(visitor, number, code, *, photo=None, **fields):
    """Take one step of a case as its page offers it."""
    page = visitor.open(f"/cases/{number}/")
    step = page.locator(f"#step-{code}")
    if step.get_attribute("open") is None:
        step.locator("summary").click()
    for name, value in fields.items():
        step.locator(f"[name={code}-{name}]").fill(value)
    if photo:
        step.locator("[type=file]").set_input_files(photo)
    step.locator("form button").last.click()
    expect(page.locator(".messages")).to_contain_text(number)
    return page


def download(page, link):
    """The bytes that a link downloads."""
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.path().read_bytes()


def inspect(inspector, site):
    """Answer a site's checklist: the first item fails, the others hold; the number of its case."""
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
            questions.nth(number).locator("[type=file]").set_input_files(file(20 * number))
    page.locator("[data-key=s]").click()
    page.wait_for_url(re.compile(r"/inspections/\d+/$"))
    expect(page.locator("tbody .pill.late")).to_have_count(FAILED)
    return page.locator("a[href^='/cases/A-']").first.get_attribute("href").split("/")[2]


def test_a_problem_goes_from_the_desk_to_the_bulletin(visit):
    dispatcher = visit(role="dispatcher")
    page = dispatcher.open("/cases/new/")
    page.select_option("[name=kind]", "exposed-litter")
    page.fill("[name=description]", WORDS)
    page.fill("[name=longitude]", "114.29")
    page.fill("[name=latitude]", "34.19")
    page.locator("main form button.pri").click()
    expect(page.locator(".messages")).to_be_visible()
    number = page.url.split("/")[-2]

    take(dispatcher, number, "register", remark="属实")
    take(dispatcher, number, "dispatch")
    crew = visit(size=PHONE, role="unit-worker")
    take(crew, number, "accept")
    take(crew, number, "start")
    take(crew, number, "resolve", photo=file(30), remark="已清运，地面已冲洗")
    verifier = visit(role="verifier")
    take(verifier, number, "verify", photo=file(90), remark="现场干净")
    page = take(verifier, number, "close", remark="已解决")
    expect(page.get_by_text("chain intact").or_(page.get_by_text("链"))).to_be_visible()

    inspector = visit(size=PHONE, role="inspector")
    opened = inspect(inspector, inspector.city.site)
    inspector.open(f"/cases/{opened}/")

    office = visit(role="creation-office")
    page = office.open("/assessment/")
    page = office.open("/appraisal/")
    page.locator("a.btn.pri").click()
    expect(page.locator("article.paper h2").first).to_contain_text("通报")
    document = Document(io.BytesIO(download(page, page.locator("a[href$='.docx']"))))
    assert any("通报" in paragraph.text for paragraph in document.paragraphs)
    workbook = load_workbook(io.BytesIO(download(page, page.locator("a[href$='.xlsx']"))))
    assert len(workbook.sheetnames) >= 2

    office.city.meicheng("ledger", "verify")
    office.city.meicheng("ledger", "rebuild", "--check")
