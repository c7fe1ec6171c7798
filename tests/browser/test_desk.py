"""A morning as a dispatcher, by keyboard alone; and what the workbench does beside."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import PHONE


def rows(page):
    """The numbers of the list, from above."""
    return page.locator("tr[data-case]").evaluate_all("all => all.map(row => row.dataset.case)")


def opened(page, number):
    """Wait until the pane shows a case."""
    expect(page.locator("#pane [data-number]")).to_have_attribute("data-number", number)


def keys(page, *pressed):
    """Press keys, one after the other, once the page is whole: only then they are bound."""
    page.wait_for_load_state()
    for key in pressed:
        page.keyboard.press(key)


def report(visitor, words):
    """A problem that staff write down by keyboard; its number."""
    page = visitor.open("/cases/new/")
    page.locator("[name=kind]").focus()
    keys(page, "ArrowDown")
    page.locator("[name=description]").focus()
    page.keyboard.type(words)
    page.locator("[name=division]").focus()
    keys(page, *["ArrowDown"] * 5, "Control+Enter")
    expect(page.locator(".messages")).to_contain_text("A-20")
    return re.search(r"A-\d{8}-\d{4}", page.locator(".messages").inner_text())[0]


def test_a_morning_as_a_dispatcher_by_keyboard_alone(visit, served_city):
    desk = visit()
    page = desk.open("/sign-in")
    page.locator("[name=username]").focus()
    page.keyboard.type(served_city.accounts["dispatcher"])
    keys(page, "Tab")
    page.keyboard.type(served_city.password)
    keys(page, "Enter")
    page.wait_for_url(f"{served_city.address}/")

    # What the night has brought.
    made = [report(desk, f"巷口井盖第{number}号破损") for number in range(10)]

    # g c goes to the cases; o opens the first; j reads the next, until twenty are read.
    keys(page, "g", "c")
    page.wait_for_url("**/cases/")
    numbers = rows(page)[:20]
    assert len(numbers) == 20, "a morning has twenty cases to read"
    keys(page, "j", "o")
    for number in numbers:
        opened(page, number)
        keys(page, "j")
    keys(page, "Escape")
    # The night's own are found by their words.
    keys(page, "f")
    page.keyboard.type("井盖")
    keys(page, "Enter")
    page.wait_for_url("**q=%E4%BA%95%E7%9B%96*")
    assert rows(page)[: len(made)] == made[::-1]
    keys(page, "j", "o")
    opened(page, made[-1])
    loads = page.evaluate("performance.getEntriesByType('navigation').length")
    for number in made[-2::-1]:
        keys(page, "j")
        opened(page, number)
    for number in made[1:]:
        keys(page, "k")
        opened(page, number)

    # r registers with the kind as it is; the next case stands there at once.
    keys(page, "r", "Control+Enter")
    opened(page, made[-2])
    expect(page.locator("#pane .messages")).to_contain_text(made[-1])
    # z takes that back, as long as the bar counts down; then it is registered after all.
    expect(page.locator("#pane [data-undo]")).to_contain_text(made[-1])
    keys(page, "z")
    opened(page, made[-1])
    keys(page, "r", "Control+Enter")
    opened(page, made[-2])
    # t turns the next one down, with a reason.
    keys(page, "t")
    page.keyboard.type("不属于受理范围")
    keys(page, "Control+Enter")
    opened(page, made[-3])
    # m joins one to the registered one.
    keys(page, "m")
    page.keyboard.type(made[-1])
    keys(page, "Control+Enter")
    opened(page, made[-4])
    # w comments, with a colleague chosen from the list after @.
    colleague = served_city.accounts["verifier"]
    keys(page, "w")
    page.keyboard.type(f"请@{colleague[:4]}")
    expect(page.locator("#offers li").first).to_be_visible()
    keys(page, "Enter")
    page.keyboard.type("看一下")
    keys(page, "Control+Enter")
    expect(page.locator("#pane .events")).to_contain_text(f"请@{colleague} 看一下")
    opened(page, made[-4])
    assert page.evaluate("performance.getEntriesByType('navigation').length") == loads

    # A template, made once, put in by Alt+T.
    page = desk.open("/cases/templates")
    page.locator("[name=name]").focus()
    page.keyboard.type("派遣说明")
    keys(page, "Tab")
    page.keyboard.type("{number} 请尽快处置")
    keys(page, "Control+Enter")
    expect(page.locator(".messages")).to_contain_text("派遣说明")

    # Registered ones: x chooses, B what, G goes on; the summary first, then what became of it.
    for number in made[4:7]:
        page = desk.open(f"/cases/{number}/")
        keys(page, "r", "Control+Enter")
        expect(page.locator(".messages")).to_contain_text(number)
    page = desk.open("/cases/?group=desk&q=井盖")
    keys(page, "j", "x", "j", "x", "j", "x", "B", "ArrowDown", "Escape", "G")
    expect(page.locator("h1")).to_contain_text("派遣")
    keys(page, "G")
    expect(page.locator("h1")).to_contain_text("已完成")
    done = page.locator("section").first
    expect(done.locator("a.main")).to_have_count(3)

    # d dispatches one by hand, with the words of the template.
    page = desk.open(f"/cases/{made[4]}/")
    keys(page, "d", "Tab", "Alt+t", "Enter")
    expect(page.locator("[name=dispatch-remark]")).to_have_value(f"{made[4]} 请尽快处置")
    keys(page, "Control+Enter")
    expect(page.locator(".messages")).to_contain_text("已派遣")

    # / finds by two Chinese characters, on every page.
    page = desk.open("/")
    keys(page, "/")
    page.keyboard.type("井盖")
    keys(page, "Enter")
    expect(page.locator("mark").first).to_have_text("井盖")


def test_what_somebody_else_does_appears_in_the_list_and_beside_the_open_case(visit):
    one, other = visit(role="dispatcher"), visit(role="creation-office")
    number = report(other, "独一无二的沙坑")
    page = one.open("/cases/?q=沙坑")
    keys(page, "j", "o")
    opened(page, number)
    there = other.open(f"/cases/{number}/")
    keys(there, "t")
    there.keyboard.type("重复")
    keys(there, "Control+Enter")
    expect(there.locator(".messages")).to_contain_text(number)
    page.evaluate("document.dispatchEvent(new CustomEvent('desk:look'))")
    expect(page.locator("#pane [data-moved]")).to_contain_text("不予立案")
    expect(page.locator("tr.changed")).to_have_count(1)


def test_keys_stay_out_of_an_input_method_and_of_fields(visit):
    page = visit(role="dispatcher").open("/cases/")
    # Composing: the browser says so, whatever the key.
    for told in ("isComposing: true", "keyCode: 229, isComposing: true"):
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', "
            f"{{key: 'n', bubbles: true, {told}}}))"
        )
    assert page.url.endswith("/cases/")
    # An input method that is on but does not compose says “Process”; the position tells the key.
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Process', code: 'Slash', keyCode: 229, bubbles: true}))"
    )
    expect(page.locator("header [name=q]")).to_be_focused()
    page.keyboard.type("?jx")
    expect(page.locator("header [name=q]")).to_have_value("?jx")
    keys(page, "Escape", "?")
    expect(page.get_by_role("dialog")).to_contain_text("下一行")


def test_without_scripts_a_row_opens_its_page_and_an_order_can_be_given(visit):
    page = visit(role="dispatcher", scripts=False).open("/cases/?group=all")
    first = rows_without_scripts(page)
    page.locator("tbody input[type=checkbox]").first.check()
    page.locator("#many button").click()
    expect(page.locator("h1")).to_contain_text("1")
    page.go_back()
    page.locator("tbody a.main").first.click()
    expect(page.locator("h1")).to_contain_text(first)


def rows_without_scripts(page):
    """The number of the first case."""
    return page.locator("tbody .num").first.inner_text()


def test_a_phone_opens_the_page_of_a_case(visit):
    page = visit(role="dispatcher", size=PHONE).open("/cases/?group=all")
    page.locator("tbody a.main").first.tap()
    page.wait_for_url("**/cases/A-*/")
