"""An officer brings a file in from the import page: looks, starts, waits, and gets the faults back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import PHONE

ROWS = """code,name_zh,kind,division,longitude,latitude,crs
{mark}-1,导入一巷,back-lane,LC0101,114.285,34.185,wgs84
{mark}-2,导入二巷,back-lane,LC0101,114.286,34.186,wgs84
{mark}-3,错误的巷,no-such-kind,LC0101,114.287,34.187,wgs84
"""


def test_a_file_is_looked_at_first_then_imported_and_its_faults_come_back(visit):
    office = visit(role="creation-office")
    page = office.open("/import/")
    page.select_option("#kind", "sites")
    content = ROWS.format(mark="IMP").encode("gb18030")
    page.set_input_files("#file", {"name": "点位.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("button.pri").click()
    page.wait_for_url("**/import/*/")
    expect(page.locator("main")).to_contain_text("导入一巷")
    page.locator("form[action$='/start'] button.pri").click()
    expect(page.locator(".kpi .v")).to_have_text(["3", "2", "0", "1"], timeout=20_000)
    expect(page.locator("section[aria-labelledby=bad]")).to_contain_text("no-such-kind")
    with page.expect_download() as waiting:
        page.locator("a[href$='/errors']").first.click()
    wrong = waiting.value.path().read_bytes()
    assert "错误的巷".encode() in wrong or "错误的巷".encode("gb18030") in wrong
    page = office.open("/sites/?q=IMP-2")
    expect(page.locator("main")).to_contain_text("导入二巷")
    expect(page.locator("main")).not_to_contain_text("错误的巷")


SITES = "code,name_zh,kind,division\nW1,一巷,back-lane,LC0101\nW2,二巷,nothing,LC0101\n"


@pytest.mark.parametrize("size", [PHONE])
def test_what_was_wrong_is_corrected_and_sent_again(visit, tmp_path, size):
    office = visit(size=size, role="creation-office")
    page = office.open("/import/")
    number = size[0]
    file = tmp_path / "sites.csv"
    file.write_text(SITES.replace("W", f"W{number}-"), encoding="utf-8")

    page.select_option("#kind", "sites")
    page.set_input_files("#file", file)
    page.locator("main form button.pri").first.click()
    expect(page.locator("main table").first).to_contain_text("一巷")

    page.locator("button[value=import]").click()
    shown = page.locator(".kpi .v")
    expect(shown.first).to_be_visible(timeout=30_000)
    assert shown.all_inner_texts() == ["2", "1", "0", "1"]

    with page.expect_download() as download:
        page.locator(".kpi a").click()
    corrected = tmp_path / "corrected.csv"
    text = download.value.path().read_text(encoding="utf-8-sig")
    corrected.write_text(text.replace("nothing", "back-lane"), encoding="utf-8")

    page = office.open("/import/")
    page.select_option("#kind", "sites")
    page.set_input_files("#file", corrected)
    page.locator("main form button.pri").first.click()
    page.locator("button[value=import]").click()
    expect(shown.first).to_be_visible(timeout=30_000)
    assert shown.all_inner_texts() == ["2", "1", "1", "0"]
