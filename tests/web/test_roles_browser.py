"""A lead edits, a medical director signs, a third publishes: each with a key of his own, in browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.authoring.node_packages import missing
from tests.commandline.console import picoplan
from tests.waiting import PATIENCE_S, until
from tests.web.accessible import violations
from tests.web.clinics import Clinics, clinics, url_in

WAITS_MS = PATIENCE_S * 1_000
RULES = "factors/1-concern.yaml"
KEYS = {
    "lead": ("--clinic", "zeta", "--ruleset", "zeta", "--scope", "edit", "--for", "zeta"),
    "publisher": ("--clinic", "zeta", "--scope", "edit", "--scope", "publish", "--for", "zeta"),
    "director": ("--clinic", "zeta", "--scope", "publish", "--for", "zeta", "--role", "Medical director"),
    "lead of alpha": ("--clinic", "alpha", "--scope", "edit", "--scope", "publish", "--for", "alpha"),
}
"""What an operator types for each."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    """A service that may write its folder of rulesets."""
    with clinics(tmp_path_factory.mktemp("roles"), workers=1, allow_edits=True) as server:
        server.server.until_ready()
        yield server


@pytest.fixture(scope="module")
def keys(served: Clinics) -> dict[str, str]:
    """The keys as ``picoplan keys add`` gives them, once they are asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICOPLAN_DATABASE_URL", url_in(served.folder))
        said = {name: picoplan("keys", "add", name, *told) for name, told in KEYS.items()}
    found = {}
    for name, one in said.items():
        token = re.search(r"picoplan_[0-9a-f]{12}_[0-9a-f]{64}", one.out)
        assert token, one.err
        found[name] = token[0]
    until(lambda: served.ask(None, "GET", "/v1/rulesets")[0] == 401)
    until(lambda: all(served.ask(one, "GET", "/v1/rulesets")[0] != 401 for one in found.values()))
    return found


@pytest.fixture
def signed_in(browser: Browser, served: Clinics, keys: dict[str, str]) -> Iterator[Callable[[str], Page]]:
    """Opens the workbench in a browser of its own, signed in with the key of that name."""
    pages: list[Page] = []

    def opened(name: str) -> Page:
        page = browser.new_context().new_page()
        pages.append(page)
        page.goto(f"http://127.0.0.1:{served.server.port}/workbench")
        page.get_by_label("API key").fill(keys[name])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Rulesets")).to_be_visible()
        return page

    yield opened
    for page in pages:
        page.context.close()


def at_publish(page: Page, at: str) -> Page:
    """The page Publish of the draft, once nothing more is worked at."""
    page.goto(f"{at}/publish")
    expect(page.locator("#checklist")).not_to_contain_text("Working", timeout=WAITS_MS)
    return page


def test_each_does_what_his_key_is_for_and_nothing_else(
    served: Clinics, signed_in: Callable[[str], Page]
) -> None:
    rules = Path(served.folder) / "rulesets" / "zeta" / RULES
    lead = signed_in("lead")
    lead.get_by_role("button", name="Edit").click()
    lead.wait_for_url("**/edit")
    at = lead.url.removesuffix("/edit")
    lead.goto(f"{at}/edit/{RULES}")
    lead.locator(".cm-content").click()
    lead.keyboard.press("Control+Home")
    lead.keyboard.type("# As our lead has it\n")
    expect(lead.locator("#draft-state")).to_contain_text("proven", timeout=WAITS_MS)

    director = signed_in("director")
    director.get_by_role("link", name="A small clinic, version").click()
    director.get_by_role("link", name="Files", exact=True).click()
    director.goto(f"{at}/edit/{RULES}")
    expect(director.locator(".cm-content")).to_contain_text("# As our lead has it")
    expect(director.get_by_text("needs a key with the scope edit, for zeta")).to_be_visible()
    expect(director.get_by_text("as you type")).to_have_count(0)
    assert missing("axe-core") is not None or violations(director) == []
    expect(director.get_by_role("button", name=re.compile("Save|Add|Delete"))).to_have_count(0)
    at_publish(director, at).get_by_role("link", name="Read the rules in words").click()
    expect(director.get_by_role("link", name="Sun spots", exact=True)).to_be_visible()
    at_publish(director, at).get_by_label(re.compile("I have read this and sign")).check()
    expect(director.get_by_text("You sign as Medical director, as your key says.")).to_be_visible()
    director.get_by_role("button", name="Sign", exact=True).click()
    expect(director.locator("#line-signatures")).to_contain_text("Medical director on ")

    expect(at_publish(lead, at).locator("#line-signatures")).to_contain_text("Medical director on ")
    for name in ("Save to the folder", "Sign"):
        expect(lead.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(lead.get_by_text("The key may not publish zeta.")).to_be_visible()
    token = lead.locator("#checklist [name='.token']").first.input_value()
    origin = {"Origin": at.partition("/workbench")[0]}
    sent = lead.request.post(f"{at}/publish/save", form={".token": token, "digest": ""}, headers=origin)
    assert sent.status == 403
    assert "As our lead has it" not in rules.read_text()

    other = signed_in("lead of alpha")
    assert "zeta" not in other.content()
    for page in ("publish", "compare", "clients", "edit", "rules"):
        assert other.request.get(f"{at}/{page}").status == 404
    assert other.request.get(f"{at.rpartition('/')[0]}/history").status == 404

    publisher = at_publish(signed_in("publisher"), at)
    publisher.get_by_role("button", name="Save to the folder").click()
    expect(publisher.locator("#standing")).to_contain_text("Live since", timeout=WAITS_MS)
    assert "As our lead has it" in rules.read_text()
    assert "Medical director" in (rules.parents[1] / "sign-off.yaml").read_text()
