"""The front end's scripts on pages as small as can be, each doing what docs/frontend.md promises."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tools.frontend import BUILT

from .conftest import HOST

SQUARE = [[[113.29, 23.09], [113.31, 23.09], [113.31, 23.11], [113.29, 23.11], [113.29, 23.09]]]


def test_keys_press_buttons_focus_fields_and_walk_through_rows(page, show):
    show(
        '<input data-key="/" id="find"><button data-key="n" onclick="this.textContent=\'yes\'">no'
        '</button><ul data-rows><li><a href="#1">a</a></li><li><a href="#2">b</a></li></ul>',
        "main",
    )
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="b")).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="a")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("n/j?")
    expect(page.locator("#find")).to_have_value("n/j?")
    page.locator("#find").blur()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="yes")).to_be_visible()


def test_a_question_mark_lists_the_keys_in_the_pages_language(page, show):
    show('<button data-key="d" data-key-label="Dispatch">x</button>', "main", lang="en")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Keyboard shortcuts")
    expect(dialog.locator("dt").first).to_have_text("d")
    expect(dialog.locator("dd").first).to_have_text("Dispatch")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


FORM = (
    '<form data-guard="report" action="/sent" method="post"><textarea name="words"></textarea>'
    '<input type="tel" name="phone"><input type="checkbox" name="agree" value="1">'
    "<button>send</button></form>"
)


def questions(page):
    """The kinds of questions that the browser asks from now on; each is answered with yes."""
    asked: list[str] = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return asked


def test_words_not_sent_come_back_after_a_reload_but_no_phone_number(page, show):
    page.on("dialog", lambda dialog: dialog.accept())
    show(FORM, "main")
    page.fill("textarea", "路灯不亮")
    page.fill("[type=tel]", "13800000000")
    page.check("[type=checkbox]")
    page.reload()
    expect(page.locator("textarea")).to_have_value("路灯不亮")
    expect(page.locator("[type=checkbox]")).to_be_checked()
    expect(page.locator("[type=tel]")).to_have_value("")
    expect(page.get_by_role("status")).to_contain_text("已恢复")
    page.get_by_role("button", name="清除").click()
    page.reload()
    expect(page.locator("textarea")).to_have_value("")


def test_leaving_with_unsaved_words_asks_and_sending_does_not(page, show):
    asked = questions(page)
    show(FORM, "main")
    page.locator("textarea").press_sequentially("abc")
    page.goto(f"{HOST}/elsewhere")
    assert asked == ["beforeunload"]
    page.fill("textarea", "def")
    page.get_by_role("button", name="send").click()
    page.wait_for_url("**/sent")
    assert asked == ["beforeunload"]


def test_a_lost_connection_is_said_and_the_words_stay(page, show):
    show(FORM, "main")
    page.fill("textarea", "路灯不亮")
    page.context.set_offline(True)
    expect(page.get_by_role("status")).to_contain_text("网络已断开")
    page.get_by_role("button", name="send").click()
    expect(page.locator("textarea")).to_have_value("路灯不亮")
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_be_hidden()


def test_a_part_that_is_put_in_later_is_guarded_too(page, show):
    asked = questions(page)
    show('<div id="part" hx-get="/part" hx-trigger="click">open</div>', "main")
    page.route(f"{HOST}/part", lambda route: route.fulfill(body=FORM, content_type="text/html"))
    page.get_by_text("open").click()
    page.locator("textarea").press_sequentially("abc")
    page.goto(f"{HOST}/elsewhere")
    assert asked == ["beforeunload"]


def test_a_part_that_does_not_come_is_said(page, show):
    show('<div hx-get="/part" hx-trigger="click">open</div>', "main")
    page.route(f"{HOST}/part", lambda route: route.abort())
    page.get_by_text("open").click()
    expect(page.get_by_role("status")).to_contain_text("服务器没有应答")


MAP = (
    '<div data-map data-layers="/layers.json" data-cells="/cells.json" data-lon="113.3"'
    ' data-lat="23.1" data-zoom="13" style="height:500px"></div>'
)
LAYERS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"kind": "park", "name": "<img src=x onerror=alert(1)>"},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
    ],
}


def test_a_map_shows_clusters_for_what_it_shows_and_asks_again_when_moved(page, show):
    cells = {"cells": [{"lon": 113.3, "lat": 23.1, "count": 12, "late": 3}]}
    asked = show(MAP, "map", answers={"/layers.json": LAYERS, "/cells.json": cells})
    cell = page.get_by_role("button", name="12 件 · 3 超时")
    expect(cell).to_be_visible()
    with page.expect_request("**/cells.json*") as again:
        cell.click()
    question = parse_qs(urlsplit(again.value.url).query)
    assert question["zoom"] == ["15"]
    west, south, east, north = map(float, question["bbox"][0].split(","))
    assert west < 113.3 < east
    assert south < 23.1 < north
    assert sum("/layers.json" in address for address in asked) == 1


def test_a_map_that_fits_shows_the_whole_city_however_large(page, show):
    wide = [[[112, 22], [115, 22], [115, 24], [112, 24], [112, 22]]]
    city = {"type": "Feature", "properties": {"kind": "division"}}
    city["geometry"] = {"type": "Polygon", "coordinates": wide}
    answers = {
        "/layers.json": {"type": "FeatureCollection", "features": [city]},
        "/cells.json": {"cells": [{"lon": 113.3, "lat": 23.1, "count": 1}]},
    }
    with page.expect_request(lambda request: "zoom=8" in request.url) as fitted:
        show(MAP.replace("data-map", "data-map data-fit"), "map", answers=answers)
    question = parse_qs(urlsplit(fitted.value.url).query)
    west, south, east, north = map(float, question["bbox"][0].split(","))
    assert west < 112
    assert south < 22
    assert east > 115
    assert north > 24


def test_a_name_from_an_imported_file_is_text_and_not_markup(page, show):
    show(MAP, "map", answers={"/layers.json": LAYERS, "/cells.json": {"cells": []}})
    page.wait_for_load_state("networkidle")
    page.mouse.move(660, 250)
    expect(page.locator(".leaflet-tooltip")).to_have_text("<img src=x onerror=alert(1)>")


PICK = (
    "<form><input name=longitude><input name=latitude>"
    '<div data-map data-pick data-lon="113.3" data-lat="23.1" data-zoom="13"'
    ' style="height:400px;width:600px"></div></form>'
)


def test_a_position_is_picked_by_a_click_and_moved_by_dragging(page, show):
    show(PICK, "map")
    page.locator("[data-map]").click(position={"x": 300, "y": 200})
    assert float(page.input_value("[name=longitude]")) == pytest.approx(113.3, abs=0.001)
    assert float(page.input_value("[name=latitude]")) == pytest.approx(23.1, abs=0.001)
    pin = page.locator(".map-pin")
    pin.hover()
    box = pin.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 112, box["y"] + 12, steps=5)
    page.mouse.up()
    assert float(page.input_value("[name=longitude]")) > 113.305


def test_a_typed_position_is_shown_on_the_map(page, show):
    show(PICK, "map")
    page.fill("[name=latitude]", "23.1")
    page.fill("[name=longitude]", "113.31")
    expect(page.locator(".map-pin")).to_have_count(0)
    page.locator("[name=longitude]").blur()
    expect(page.locator(".map-pin")).to_be_visible()


def test_a_map_whose_data_does_not_come_says_so(page, show):
    show(MAP, "map", answers={"/layers.json": LAYERS})
    expect(page.get_by_role("status")).to_contain_text("地图数据没有取到")


PHOTOS = '<form><input type="file" multiple data-photos data-max="2" data-max-mb="1"></form>'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c"
    "6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_chosen_photographs_are_shown_before_they_are_sent(page, show):
    show(PHOTOS, "portal")
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": PNG} for n in "ab"]
    page.set_input_files("input", files)
    expect(page.get_by_role("img")).to_have_count(2)
    expect(page.locator(".error")).to_have_count(0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.png", "image/png", b"x" * 1_100_000)], "a.png 超过大小上限 1 MB"),
        ([("a.pdf", "application/pdf", b"%PDF")], "a.pdf 不是照片"),
        ([(f"{n}.png", "image/png", PNG) for n in "abc"], "照片数量上限：2"),
    ],
)
def test_photographs_that_cannot_be_sent_are_told_at_once(page, show, files, words):
    show(PHOTOS, "portal")
    page.set_input_files(
        "input", [{"name": n, "mimeType": kind, "buffer": data} for n, kind, data in files]
    )
    expect(page.locator(".error")).to_have_text(words)
    assert not page.evaluate("document.querySelector('form').checkValidity()")


def test_words_of_scripts_follow_the_pages_language(page, show):
    show(PHOTOS, "portal", lang="en")
    page.set_input_files(
        "input", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%"}]
    )
    expect(page.locator(".error")).to_have_text("a.pdf is not a photograph")


def test_pages_stay_small(page):
    sizes = json.dumps({p.name: p.stat().st_size for p in BUILT.glob("*.js")})
    assert (BUILT / "main.js").stat().st_size < 100_000, sizes
