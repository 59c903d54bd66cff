"""Clients ask for themselves in a real browser: by phone, by keyboard, without scripts, within a site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.store.folders import shipped
from tests.web.accessible import needs_axe, violations
from tests.web.asking import AskingClient, nearly_every_risk, read_by_clients
from tests.web.serving import Served

pytestmark = pytest.mark.long

_ADDRESSES = count(1)


class _Site(BaseHTTPRequestHandler):
    """A clinic's web site, with the client page within its own."""

    def __init__(self, *args: Any, framed: str) -> None:
        self._framed = framed
        super().__init__(*args)

    def do_GET(self) -> None:
        page = f'<!DOCTYPE html><title>Clinic</title><iframe title="Sessions" src="{self._framed}"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[list[str], Any]]:
    """Two web sites, which frame what they are told to; their origins."""
    framed: list[str] = [""]
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Site(*args, framed=framed[0])) for _ in range(2)
    ]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{one.server_port}" for one in servers], framed
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers have their database: the second one need not check the rulesets again."""
    return tmp_path_factory.mktemp("asked")


@pytest.fixture
def server(sites: Any, folder: Path) -> Iterator[Served]:
    """The shipped ruleset for clients, with limits of its own for each test; the first site may frame it."""
    told = {"ask": ["pico-laser"], "ask_origins": [sites[0][0]], "trust_proxies": ["127.0.0.1"], "workers": 1}
    with Served(folder, **told) as made:
        yield made.until_ready()


@pytest.fixture
def ask(browser: Browser, server: Served) -> Iterator[Any]:
    """Opens the client page; what goes wrong in it fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def opened(width: int = 390, path: str = "/ask/pico-laser", **how: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, **how)
        _elsewhere(context)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.port}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in wrong if "422" not in one and "404" not in one] == []


def _another_address() -> dict[str, str]:
    number = next(_ADDRESSES)
    return {"X-Forwarded-For": f"10.9.{number // 250}.{number % 250}"}


def _elsewhere(context: BrowserContext) -> None:
    """From another address: a browser is quicker than people, for whom the limit is meant."""
    context.set_extra_http_headers(_another_address())


def is_question(page: Page) -> bool:
    return page.locator("input[name=answer]").count() > 0


def reply(page: Page, chosen: dict[str, str]) -> None:
    """Answer the question at hand: as chosen by its heading, or else harmlessly."""
    asked = page.locator("h1").inner_text()
    wanted = next((answer for part, answer in chosen.items() if part in asked), None)
    field = page.locator("input[type=text]")
    if wanted is not None:
        page.get_by_label(wanted, exact=True).check()
    elif field.count():
        field.fill("40" if "old" in asked else "0")
    else:
        harmless = page.get_by_label("No", exact=True).or_(page.get_by_label("None of these", exact=True))
        (harmless if harmless.count() else page.locator("input[name=answer]")).first.check()
    with page.expect_navigation():  # the page that follows is looked at next, whole
        page.get_by_role("button", name="Continue").click()


def walk(page: Page, **chosen: str) -> None:
    """From the start to the check of the answers."""
    _elsewhere(page.context)
    with page.expect_navigation():
        page.get_by_role("button", name="Start").click()
    while is_question(page):
        _elsewhere(page.context)
        reply(page, {key.replace("_", " "): answer for key, answer in chosen.items()})


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return wide


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_client_asks_by_phone(ask: Any, scripts: bool) -> None:
    page = ask(java_script_enabled=scripts)
    walk(page, treated="Sun spots")
    expect(page.locator("h1")).to_have_text("Check your answers")
    page.get_by_role("link", name="Change How old are you?").click()
    page.get_by_label("How old are you?").fill("41")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_have_text("Check your answers")
    page.get_by_role("button", name="See the result").click()
    expect(page.locator("h1")).to_contain_text("One session may be enough")
    expect(page.get_by_role("img")).to_have_accessible_name("Sessions in all: 1 to 2, usually 1")
    expect(page.get_by_text("never a promise")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible(visible=scripts)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Check your answers")
    page.go_forward()
    page.get_by_role("link", name="Begin again").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_client_asks_by_keyboard_alone(ask: Any) -> None:
    page = ask(1280)
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(40):
        if not is_question(page):
            break
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name === 'answer'"):
                break
        if page.locator("input[type=text]").count():
            page.keyboard.type("30" if "old" in page.locator("h1").inner_text() else "0")
        else:
            last = page.locator("input[name=answer]").count() - 2  # before “I am not sure”
            kind = page.locator("input[name=answer]").first.get_attribute("type")
            for _ in range(last if "treated" not in page.locator("h1").inner_text() else 0):
                page.keyboard.press("ArrowDown" if kind == "radio" else "Tab")
            page.keyboard.press("Space")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Check your answers")
    page.get_by_role("button", name="See the result").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("never a promise")).to_be_visible()


def test_the_named_site_shows_it_within_its_own_and_no_other_can(
    browser: Browser, server: Served, sites: Any
) -> None:
    (allowed, other), framed = sites
    framed[0] = f"http://127.0.0.1:{server.port}/ask/pico-laser"
    page = browser.new_page(extra_http_headers=_another_address())
    page.goto(allowed)
    within = page.frame_locator("iframe")
    within.get_by_role("button", name="Start").click()
    within.get_by_label("Sun spots", exact=True).check()
    within.get_by_role("button", name="Continue").click()
    expect(within.locator("h1")).to_have_text("How pronounced is it?")
    page.goto(other)
    page.wait_for_load_state("networkidle")
    expect(page.frame_locator("iframe").get_by_role("button", name="Start")).to_have_count(0)
    framed[0] = f"http://127.0.0.1:{server.port}/workbench"
    page.goto(allowed)
    page.wait_for_load_state("networkidle")
    expect(page.frame_locator("iframe").get_by_text("picoplan")).to_have_count(0)
    page.close()


def test_it_prints_on_one_page(ask: Any) -> None:
    page = ask()
    walk(page, treated="Acne scars", hope="I am not sure", pronounced="Severe", Sensitive="I am not sure")
    page.get_by_role("button", name="See the result").click()
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).count(b"/Type /Page\n") == 1


def test_nearly_every_risk_prints_on_one_page(ask: Any, server: Served) -> None:
    pico = read_by_clients(shipped(), "pico-laser")
    client = AskingClient(server, pico)
    client.result(nearly_every_risk(pico, "melasma"))
    page = ask(path=client.where)
    assert page.locator(".texts li").count() > 20
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).count(b"/Type /Page\n") == 1


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_any_page(ask: Any, scheme: str) -> None:
    page = ask(color_scheme=scheme)
    assert violations(page) == []
    page.get_by_role("button", name="Start").click()
    _elsewhere(page.context)
    seen: set[str] = set()
    while is_question(page):
        kind = str(page.locator("input[name=answer]").first.get_attribute("type"))
        if kind not in seen:
            seen.add(kind)
            assert violations(page) == []
            assert fits(page)
            page.get_by_role("button", name="Continue").click()
            expect(page.get_by_role("alert")).to_be_visible()
            assert violations(page) == []
        reply(page, {"treated": "Sun spots", "Pregnant": "Yes", "Gold": "I am not sure"})
    assert seen == {"radio", "checkbox", "text"}
    assert violations(page) == []
    page.get_by_role("button", name="See the result").click()
    expect(page.get_by_role("heading", name="Why not now")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{page.url.rpartition('/')[0]}/closed")
    assert violations(page) == []


@needs_axe
@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"hope": "I am not sure"},
        {"treated": "I am not sure"},
        {"treated": "Sun spots"},
        {"treated": "Sun spots", "hope": "That all of it goes"},
        {"treated": "Sun spots", "Gold": "Yes"},
        {"treated": "Melasma", "skin_tan": "Brown. It hardly ever burns"},
    ],
    ids=str,
)
def test_nothing_keeps_anybody_from_a_result(ask: Any, chosen: dict[str, str]) -> None:
    page = ask(1280)
    walk(page, **{"treated": "Acne scars", **chosen})
    page.get_by_role("button", name="See the result").click()
    expect(page.get_by_text("never a promise")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 640])
def test_nothing_has_to_be_scrolled_sideways_also_at_twice_the_size(ask: Any, width: int) -> None:
    """A window of 640 px at 200 % is one of 320."""
    page = ask(width)
    assert fits(page)
    walk(page, treated="Tattoo", ink_colours="Black")
    assert fits(page)
    page.get_by_role("button", name="See the result").click()
    assert fits(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert fits(page)
