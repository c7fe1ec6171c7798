"""A served city and people who look at it with a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tools import browser as browsers
from tools.frontend import BUILT

from .album import Album
from .serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

DESKTOP = (1366, 768)
PHONE = (390, 844)
HERE = ("http://127.0.0.1", "http://localhost", "data:", "blob:")
HOST = "http://127.0.0.1"  # of pages that are shown without a server


def code_now() -> str:
    """What the app of the little city's administrator shows."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    from meicheng.demo.little import SECRET

    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


@dataclass(frozen=True)
class Visitor:
    """Somebody at a screen, signed in or not."""

    page: Page
    city: Served

    def open(self, path: str) -> Page:
        """Open one of the city's pages; it has to answer 200."""
        answer = self.page.goto(self.city.address + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        return self.page

    def sign_in(self, role: str) -> Page:
        """Sign in as somebody who holds the role: the first time through the page."""
        known = self.city.signed_in.get(role)
        if known:
            self.page.context.add_cookies(known)
            return self.open("/")
        page = self.open("/sign-in")
        page.fill("[name=username]", self.city.accounts[role])
        page.fill("[name=password]", self.city.password)
        page.locator("button.pri").click()
        if role == "administrator":
            page.fill("[name=code]", code_now())
            page.locator("button.pri").click()
        page.wait_for_url(f"{self.city.address}/")
        self.city.signed_in[role] = page.context.cookies()
        return page


@pytest.fixture(scope="package")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A headless Chromium; gone before tests that ask the database, which may not with its event loop."""
    from playwright.sync_api import sync_playwright

    path = request.config.getoption("--browser-path") or browsers.provide()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=browsers.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def served_city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A little city on a server of its own, for all tests of this process; a demo city for pictures."""
    which = "demo" if request.config.getoption("--pictures") else "little"
    with served(tmp_path_factory.mktemp("served"), which) as city:
        yield city


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Album:
    """Takes the README's pictures when `--pictures FOLDER` asks for them."""
    folder = request.config.getoption("--pictures")
    return Album(Path(folder) if folder else None)


@pytest.fixture
def visit(browser: Browser, served_city: Served) -> Iterator[Callable[..., Visitor]]:
    """Let somebody come: `visit(size=PHONE, language="en", role="inspector")`.

    At the end no page may have had a script error, a message of error in its console, a call
    outside, or a part that did not come.
    """
    faults: list[str] = []
    with ExitStack() as stack:

        def come(
            *,
            size: tuple[int, int] = DESKTOP,
            language: str = "zh-CN",
            role: str = "",
            scripts: bool = True,
        ) -> Visitor:
            page = stack.enter_context(
                watched(browser, served_city, size, language, faults, scripts=scripts)
            )
            visitor = Visitor(page, served_city)
            if role:
                visitor.sign_in(role)
            return visitor

        yield come
    assert faults == []


@contextmanager
def watched(
    browser: Browser,
    city: Served,
    size: tuple[int, int],
    language: str,
    faults: list[str],
    *,
    scripts: bool = True,
) -> Iterator[Page]:
    """A fresh page whose faults are written down, of somebody who stands in a back lane."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        timezone_id="Asia/Shanghai",
        has_touch=size == PHONE,
        java_script_enabled=scripts,
        geolocation={"longitude": city.longitude, "latitude": city.latitude},
        permissions=["geolocation"],
    )
    context.on("request", lambda request: note_outside(request, faults))
    page = context.new_page()
    page.set_default_timeout(10_000)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{page.url}: {message.text}")

    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("console", note)
    yield page
    context.close()


def note_outside(request: Request, faults: list[str]) -> None:
    """Note a call outside, which no name leads to (see `tools.browser.FLAGS`).

    Without a route that would stop it: that takes a turn through here for every file, and the cache.
    """
    if not request.url.startswith(HERE):
        faults.append(f"asked for {request.url}")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of 1366×768 in Chinese; fails the test on a script error or a call outside."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    faults: list[str] = []
    context.on("request", lambda request: note_outside(request, faults))
    shown = context.new_page()
    shown.set_default_timeout(10_000)
    shown.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    yield shown
    context.close()
    assert faults == []


@pytest.fixture
def show(page):
    """Show a page with some of the scripts; gives what was asked of its server."""
    asked: list[str] = []

    def show(body, *scripts, lang="zh-Hans", answers=None):
        tags = "".join(
            f'<link rel="stylesheet" href="/{name}.css">' * (BUILT / f"{name}.css").exists()
            + f'<script defer src="/{name}.js"></script>'
            for name in scripts
        )
        document = f'<!doctype html><html lang="{lang}"><meta charset=utf-8>{tags}{body}</html>'

        def answer(route):
            path = urlsplit(route.request.url).path
            asked.append(route.request.url)
            if path in (answers or {}):
                route.fulfill(json=answers[path])
            elif (BUILT / path.lstrip("/")).is_file():
                route.fulfill(path=BUILT / path.lstrip("/"))
            else:
                route.fulfill(body=document, content_type="text/html")

        page.unroute(f"{HOST}/**")
        page.route(f"{HOST}/**", answer)
        page.goto(f"{HOST}/")
        return asked

    return show
