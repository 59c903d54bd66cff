"""Everybody can use every page of the workbench: axe-core finds nothing wrong, in any look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.waiting import until
from tests.web.accessible import needs_axe, violations
from tests.web.clinics import WRONG, Clinics
from tests.web.pages import Visit
from tests.web.serving import Served
from tests.web.test_what_if import SPOTS
from tests.web.test_workbench import TABLE, TRY, filled, keyed, living
from tests.web.test_workbench_rules import RULES

__all__ = ["keyed"]

pytestmark = needs_axe

LOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("light at a desk", {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}),
    ("dark on a phone", {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}),
)
IN_LOOKS = [
    pytest.param(look, id=name, marks=() if place == 0 else pytest.mark.long)
    for place, (name, look) in enumerate(LOOKS)
]
"""The looks as parameters; all but the first are for the long run."""


@pytest.fixture(scope="module")
def addresses(shipped_server: Served) -> dict[str, str]:
    """Every page in its states, by what it is."""
    visit = Visit(shipped_server)
    token = visit.get(TRY).token
    tried = visit.post(TRY, {".token": token, **filled(SPOTS), ".others": "no"}).where
    review = visit.post(TRY, {".token": token, **filled(SPOTS)}).where
    asks = visit.get(f"{tried}/record")
    decision = visit.post(f"{tried}/record", {".token": asks.token}).where
    empty = visit.post(TRY, {".token": token, "age": "40"}).where
    mistaken = visit.post(TRY, {".token": token, **filled(SPOTS), "age": "400"}).where
    return {
        "home": "/workbench",
        "an empty form": TRY,
        "an answer": tried,
        "an answer for a clinician": review,
        "a mistake": mistaken,
        "why not": f"{tried}?why=freckles-mild",
        "which rule": f"{tried}?why=ink",
        "for the client": f"{tried}/print",
        "for a client whom a clinician sees": f"{review}/print",
        "rules that are searched for": f"{RULES}?q=ink",
        "a question before it is a decision": f"{tried}/record",
        "what can't be put on record": f"{empty}/record",
        "a decision": decision,
        "a table": TABLE,
        "the rules": RULES,
        "a rule": f"{RULES}/freckles-mild",
        "decisions": "/workbench/decisions",
        "nothing there": "/workbench/none/live/try",
    }


@pytest.fixture(scope="module", params=IN_LOOKS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window, in one of the looks."""
    opened = browser.new_page(**request.param)
    yield opened
    opened.close()


def test_axe_finds_nothing_on_any_page(page: Page, shipped_server: Served, addresses: dict[str, str]) -> None:
    found = {}
    for name, address in addresses.items():
        page.goto(f"http://127.0.0.1:{shipped_server.port}{address}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        found[name] = violations(page)
    assert not any(found.values()), found


def test_axe_finds_nothing_on_the_way_in_and_out(page: Page, keyed: Clinics) -> None:
    """Signing in, also with a wrong key; signed in; while an edit with problems waits; signed out midway."""
    key = living(keyed, f"at {page.viewport_size}")
    found = {}

    def look(name: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        found[name] = violations(page)

    page.goto(f"http://127.0.0.1:{keyed.server.port}/workbench/decisions")
    for name, text in (("to sign in", WRONG), ("a wrong key", key.text)):
        look(name)
        page.get_by_label("API key").fill(text)
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    look("signed in")
    file = keyed.folder / "rulesets" / "zeta" / "ruleset.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("title:", "titel:"), encoding="utf-8")
    until(lambda: b'"stale"' in keyed.ask(key, "GET", "/readyz")[2])
    page.goto(f"http://127.0.0.1:{keyed.server.port}/workbench/zeta/live/try")
    expect(page.get_by_text("A newer edit of this ruleset waits")).to_be_visible()
    look("while an edit waits")
    file.write_text(good, encoding="utf-8")
    until(lambda: b'"stale"' not in keyed.ask(key, "GET", "/readyz")[2])
    page.context.clear_cookies()
    page.locator("#questions input[type=radio]").first.check()
    expect(page.locator("#answer").get_by_label("API key")).to_be_visible()
    look("signed out midway")
    assert not any(found.values()), found


def test_no_page_scrolls_sideways(
    browser: Browser, shipped_server: Served, addresses: dict[str, str]
) -> None:
    """At 390 px, and at 640 px with letters twice as large."""
    wide = {}
    for width, size in ((390, "100%"), (640, "200%")):
        page = browser.new_page(viewport={"width": width, "height": 800})
        for name, address in addresses.items():
            page.goto(f"http://127.0.0.1:{shipped_server.port}{address}")
            page.evaluate("size => document.documentElement.style.fontSize = size", size)
            wide[name, width] = page.evaluate("document.documentElement.scrollWidth") - width
        page.close()
    assert {name: more for name, more in wide.items() if more > 0} == {}


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<!DOCTYPE html><html lang='en'><title>A page</title><main><h1>One</h1><input></main>")
    (found,) = violations(page)
    assert found.startswith("label: ")
