"""Every page of the menu, in both languages, on an office's and on a phone's screen."""

from __future__ import annotations

import html
import re

import pytest

from meicheng.organisation.models import Membership
from tools.frontend import MODULES

from .conftest import DESKTOP, PHONE

SIZES = [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
LANGUAGES = ["zh-CN", "en"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OPEN = ["/sign-in", "/p/", "/p/follow/", "/p/problems/", "/p/find/?q=柳池", "/p/seals/",
        "/p/commitments/"]  # fmt: skip
INNER = ["/cases/new/", "/inspections/new", "/assessment/losses/", "/search/?q=A-2026",
         "/reports/satisfaction/", "/reports/personal/", "/reports/topics/digest/",
         "/reports/topics/unheard/"]  # fmt: skip
MOST_LINKS = 60

WIDER = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return null;
  const wide = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.right > room + 1 && box.width > 0;
  });
  return wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""
UNNAMED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea")]
  .filter((e) => e.type !== "hidden" && e.checkVisibility())
  .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.title
    || (e.labels && e.labels.length) || e.textContent.trim()
    || e.querySelector("img[alt]:not([alt=''])")))
  .map((e) => e.outerHTML.slice(0, 120))"""

SETTLED = """() => !document.querySelector(
  ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")"""

AXE = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})).violations.map((fault) => [fault.id, fault.help,
  ...fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))])"""


def barriers(page):
    """What keeps somebody from using the page, as axe-core finds it by WCAG 2.2 A and AA."""
    page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(AXE)


def menu(page):
    """The addresses of the menu."""
    links = page.locator("nav a[href^='/']").evaluate_all("all => all.map(a => a.pathname)")
    return sorted(set(links))


def first_of_lists(visitor):
    """One case, one site, one report and the bulletin, as their lists link to them."""
    found = []
    for path, link in (
        ("/cases/", "tbody a[href^='/cases/A-']"),
        ("/sites/", "tbody a[href^='/sites/']"),
        ("/reports/", "tbody a[href^='/reports/']"),
        ("/appraisal/", "a[href^='/appraisal/bulletin/']"),
    ):
        page = visitor.open(path)
        found.append(page.locator(link).first.get_attribute("href"))
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_menu_fits_its_screen_and_says_its_name(visit, size, language):
    office = visit(size=size, language=language, role="creation-office")
    page = office.page
    found = {}
    for path in [*menu(page), *INNER, *first_of_lists(office)]:
        office.open(path)
        assert page.locator("html").get_attribute("lang") == language.replace("zh-CN", "zh-Hans")
        assert page.locator("h1").count() == 1, path
        assert page.locator("h1").inner_text().strip(), path
        wide, unnamed, kept_out = page.evaluate(WIDER), page.evaluate(UNNAMED), barriers(page)
        if wide or unnamed or kept_out:
            found[path] = {
                "wider than the screen": wide,
                "without a name": unnamed,
                "barriers": kept_out,
            }
    assert found == {}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_pages_without_an_account_fit_their_screen(visit, size, language, scripts):
    somebody = visit(size=size, language=language)
    if not scripts:  # axe needs some of its own, so only the page's do nothing
        empty = {"body": "", "content_type": "text/javascript"}
        somebody.page.route("**/*.js", lambda route: route.fulfill(**empty))
    found = {}
    for path in OPEN:
        page = somebody.open(path)
        assert page.locator("html").get_attribute("lang") == language.replace("zh-CN", "zh-Hans")
        faults = [page.evaluate(WIDER), page.evaluate(UNNAMED), barriers(page)]
        if faults != [None, [], []]:
            found[path] = faults
    assert found == {}


def test_a_menu_has_english_words_only_for_an_english_reader(visit):
    office = visit(language="en", role="creation-office")
    words = office.page.locator("nav").first.inner_text()
    assert not CHINESE.search(words), words


def test_the_first_tab_skips_the_menu_and_the_focus_can_be_seen(visit):
    office = visit(role="creation-office")
    for path in menu(office.page):
        page = office.open(path)
        page.wait_for_function(SETTLED)  # counts that come later replace what has the focus
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.get_attribute("href") == "#main", path
        assert skip.bounding_box()["y"] >= 0, path
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main", path
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # nothing to press on this page
        style = page.evaluate(
            "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])"
            "(getComputedStyle(document.activeElement))"
        )
        assert style[0] != "none", (
            path,
            page.evaluate("document.activeElement.outerHTML.slice(0, 300)"),
        )
        assert style[1] >= 2, path


@pytest.mark.parametrize("role", [role.value for role in Membership.Role])
def test_no_link_leads_nowhere(visit, role):
    somebody = visit(role=role)
    page = somebody.page
    waiting, broken = [("/", "")], {}
    seen: set[str] = set()
    while waiting and len(seen) < MOST_LINKS:
        path, page_with_it = waiting.pop(0)
        shape = re.sub(r"\d+", "0", path.split("?")[0])
        if shape in seen:
            continue
        seen.add(shape)
        answer = page.request.get(somebody.city.address + path)
        if answer.status != 200:
            broken[path] = f"{answer.status}, linked from {page_with_it}"
        elif "text/html" in answer.headers.get("content-type", ""):
            links = re.findall(r'href="(/[^"#]*)', answer.text())
            waiting += [(html.unescape(link), path) for link in links]
    assert broken == {}
