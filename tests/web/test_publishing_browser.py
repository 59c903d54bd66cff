"""A clinician signs, publishes and goes back in a real browser; everybody can use the pages for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.waiting import PATIENCE_S
from tests.web.accessible import needs_axe, violations
from tests.web.publishing import Clinic, publishing_clinic
from tests.web.test_workbench_accessible import LOOKS

WAITS_MS = PATIENCE_S * 1_000


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic without keys."""
    with publishing_clinic(tmp_path_factory.mktemp("clinic")) as opened:
        yield opened


def sign_and_save(page: Page) -> None:
    """As a clinician does it."""
    page.get_by_label("Who has read it").fill("Medical director")
    page.get_by_label(re.compile("I have read this and sign [0-9a-f]{12}")).check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#line-signatures")).to_contain_text("Medical director on ")
    page.get_by_role("button", name="Save to the folder").click()


@needs_axe
@pytest.mark.parametrize(
    ("look", "scripts"),
    [
        (LOOKS[0][1], True),
        pytest.param(LOOKS[1][1], True, marks=pytest.mark.long),
        (LOOKS[0][1], False),
    ],
)
def test_a_clinician_signs_publishes_and_goes_back(
    browser: Browser, clinic: Clinic, look: dict[str, Any], scripts: bool
) -> None:
    before, draft = clinic.files(), clinic.edited()
    page = browser.new_page(**look, java_script_enabled=scripts)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    found: list[str] = []

    def look_at_it() -> None:
        if scripts:
            found.extend(violations(page))
            assert page.evaluate("document.documentElement.scrollWidth") <= look["viewport"]["width"]

    origin = f"http://127.0.0.1:{clinic.server.port}"
    page.goto(f"{origin}{draft}/publish")
    page.get_by_role("button", name="I have read them").click()
    expect(page.locator("#line-changes")).to_contain_text("As it stands.")
    look_at_it()
    sign_and_save(page)
    look_at_it()
    if not scripts:
        clinic.until_it_stands(draft, "Live since")
        page.reload()
    expect(page.locator("#standing")).to_contain_text("Live since", timeout=WAITS_MS)
    expect(page.locator(".moved")).to_have_count(0)
    assert f"{draft}/rebase" not in page.request.get(f"{origin}/workbench").text()
    look_at_it()
    page.get_by_role("link", name="What served so far").first.click()
    look_at_it()
    page.get_by_role("link", name=re.compile("Compare, go back to 1.2.0")).first.click()
    look_at_it()
    page.get_by_role("button", name="Go back to version 1.2.0").click()
    while not scripts and page.get_by_role("link", name="Look again").count():
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("main .verdict")).to_contain_text("is in the folder again", timeout=WAITS_MS)
    look_at_it()
    assert {**clinic.files(), "sign-off.yaml": b""} == {**before, "sign-off.yaml": b""}
    assert (found, wrong) == ([], [])
    page.close()


def test_nothing_is_ever_written_without_publish(browser: Browser, clinic: Clinic) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(clinic.rulesets).rglob("*")}
    draft = clinic.edited()
    page = browser.new_page()
    for name in ("edit", "try", "table", "rules", "clients", "compare", "publish"):
        page.goto(f"http://127.0.0.1:{clinic.server.port}{draft}/{name}")
    page.close()
    assert {path: path.stat().st_mtime_ns for path in Path(clinic.rulesets).rglob("*")} == before
