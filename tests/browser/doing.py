"""What people in the browser tests do again and again."""

from __future__ import annotations

import io
import random

from playwright.sync_api import expect

from meicheng.demo.pictures import draw


def photograph(street: int, *, after: bool = False) -> dict[str, object]:
    """A picture of a littered street as a phone would send it, or of the same street cleaned."""
    buffer = io.BytesIO()
    draw("litter", random.Random(street), after=after).save(buffer, "JPEG", quality=85)
    return {"name": f"{street}.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def take(visitor, number, code, *, photo=None, **fields):
    """Take one step of a case as its page offers it."""
    page = visitor.open(f"/cases/{number}/")
    step = page.locator(f"#step-{code}")
    if step.get_attribute("open") is None:
        step.locator("summary").click()
    for name, value in fields.items():
        field = step.locator(f"[name={code}-{name}]")
        if name == "unit":
            field.select_option(label=value)
        elif name == "kind":
            expect(field).to_have_value(value)  # as the words suggested
        else:
            field.fill(value)
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
