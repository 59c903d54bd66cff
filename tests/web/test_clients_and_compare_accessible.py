"""Everybody can use the pages of worked clients and of Compare: axe-core finds nothing wrong, in any look."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from service.pages.worked_clients import client_id
from tests.waiting import until
from tests.web.accessible import needs_axe, violations
from tests.web.drafted import DraftsOf
from tests.web.pages import Visit
from tests.web.test_what_if import SPOTS
from tests.web.test_workbench import filled
from tests.web.test_workbench_accessible import IN_LOOKS
from tests.web.test_workbench_clients import FILE, GARDENER, GOLD, LIVE, OTHER_NUMBER, RULESET, drafts

__all__ = ["drafts"]

pytestmark = needs_axe


@pytest.fixture(scope="module")
def addresses(drafts: DraftsOf) -> dict[str, str]:
    """Every page in its states, by what it is."""
    visit = Visit(drafts.server)
    draft = drafts.begin({**OTHER_NUMBER, FILE: ("smoker: yes, ", "")})
    drafts.save(draft, FILE, drafts.text(draft, FILE).replace("concern: acne_scar, severity: mild,", "", 1))
    of = f"/workbench/{RULESET}/{draft}"
    until(lambda: visit.get(f"{of}/clients").status == 200)
    for page in ("meaning", "past-clients", "never-tried"):
        until(lambda page=page: "Working on it" not in visit.get(f"{of}/{page}").text)
    found = {"live": LIVE, "draft": of}
    tried = {}
    for side, at in found.items():
        token = visit.get(f"{at}/try").token
        tried[side] = visit.post(f"{at}/try", {".token": token, **filled(SPOTS), ".others": "no"}).where
    gold, gardener = (f"{of}/clients/{client_id(name)}" for name in (GOLD, GARDENER))
    no_answer = "Our new laser on acne scars: it has no fractional handpiece, so no number"
    return {
        "live clients": f"{LIVE}/clients",
        "clients of a draft": f"{of}/clients",
        "no client found": f"{of}/clients?q=nobody",
        "as expected": gold,
        "not as expected": gardener,
        "without an answer": f"{of}/clients/{client_id(no_answer)}",
        "asks to accept": f"{gardener}/accept",
        "asks to delete": f"{gold}/delete",
        "a form": f"{gold}/change",
        "a form with mistakes": f"{of}/clients/{client_id(no_answer)}/change",
        "a copy": f"{gold}/copy",
        "which draft": f"{tried['live']}/keep",
        "to keep": f"{tried['draft']}/keep",
        "never tried": f"{of}/never-tried",
        "both tables": f"{of}/compare",
        "all cells": f"{of}/compare?show=all",
        "whose answers change": f"{of}/meaning",
        "past clients": f"{of}/past-clients",
    }


@pytest.mark.parametrize("look", IN_LOOKS)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, drafts: DraftsOf, addresses: dict[str, str], look: dict[str, Any]
) -> None:
    page = browser.new_page(**look)
    wrong: dict[str, object] = {}
    for name, address in addresses.items():
        page.goto(f"http://127.0.0.1:{drafts.server.port}{address}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        if found := violations(page):
            wrong[name] = found
        if (more := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            wrong[f"{name}: wide"] = more
    page.close()
    assert wrong == {}


def test_no_page_scrolls_sideways_with_letters_twice_as_large(
    browser: Browser, drafts: DraftsOf, addresses: dict[str, str]
) -> None:
    page = browser.new_page(viewport={"width": 640, "height": 800})
    wide = {}
    for name, address in addresses.items():
        page.goto(f"http://127.0.0.1:{drafts.server.port}{address}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide[name] = page.evaluate("document.documentElement.scrollWidth") - 640
    page.close()
    assert {name: more for name, more in wide.items() if more > 0} == {}
