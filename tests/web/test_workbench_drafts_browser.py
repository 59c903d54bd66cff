"""Two leads at one draft, in real browsers; and everybody can use every page of drafts, in any look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.model.draft import file_tag
from tests.waiting import until
from tests.web.accessible import needs_axe, violations
from tests.web.clinics import clinics
from tests.web.test_workbench_accessible import IN_LOOKS
from tests.web.test_workbench_drafts import CONCERN, Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with clinics(tmp_path_factory.mktemp("leads"), workers=1) as server:
        server.add("first")
        until(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        server.server.until_ready()
        found = Desk(server)
        yield found
        found.store.close()


@pytest.fixture
def signed_in(browser: Browser, desk: Desk) -> Iterator[Callable[..., Page]]:
    """Opens the workbench in a browser of its own, signed in with a new key."""
    pages: list[Page] = []

    def opened(name: str, *, scripts: bool = True, width: int = 1280) -> Page:
        key = desk.server.add(name, clinic="zeta")
        until(lambda: desk.server.ask(key, "GET", "/v1/rulesets")[0] != 401)
        page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        pages.append(page)
        page.goto(f"http://127.0.0.1:{desk.server.server.port}/workbench")
        page.get_by_label("API key").fill(key.text)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Rulesets")).to_be_visible()
        return page

    yield opened
    for page in pages:
        page.close()


def at_of(page: Page) -> str:
    """Where the pages of the draft are that the browser shows."""
    found = re.search(r"/workbench/zeta/d-[a-z2-7]{12}", page.url)
    assert found, page.url
    return found[0]


def goes_to(page: Page, path: str) -> None:
    """Open a page of the same service."""
    page.goto(re.sub(r"(://[^/]+).*", rf"\1{path}", page.url))


def test_two_leads_edit_one_file_and_choose_part_by_part(desk: Desk, signed_in: Callable[..., Page]) -> None:
    anna, ben = signed_in("Anna"), signed_in("Ben", scripts=False, width=390)
    anna.get_by_role("button", name="Edit").click()
    at = at_of(anna)
    before = desk.text(at)
    for page in (anna, ben):
        goes_to(page, f"{at}/edit/{CONCERN}")
    field = ben.locator("textarea[name=text]")
    field.fill(before.replace("Sun spots", "Spots of Ben").replace("Scars are deep.", "Ben says so."))
    ben.get_by_role("button", name="Save", exact=True).click()
    until(lambda: "Spots of Ben" in desk.text(at))
    anna.locator(".cm-content").click()
    anna.keyboard.press("Control+Home")
    anna.keyboard.type("# of Anna\n")
    shown = anna.locator("#answer")
    expect(shown).to_contain_text("Ben saved the draft")
    expect(shown).to_contain_text("Both sides go together")
    shown.get_by_role("button", name="Save both sides together").click()
    until(lambda: "# of Anna" in desk.text(at))
    assert "Spots of Ben" in desk.text(at)

    state = desk.state(at).files[CONCERN]
    goes_to(ben, f"{at}/edit/{CONCERN}")
    desk.saved(at, "Spots of Ben", "Spots of Anna")
    ben.locator("textarea[name=text]").fill(state.decode().replace("Spots of Ben", "Spots of both"))
    ben.get_by_role("button", name="Save", exact=True).click()
    expect(ben.get_by_role("heading", name="Two have changed this")).to_be_visible()
    expect(ben.locator("input[type=radio]:checked")).to_have_count(0)
    assert ben.evaluate("document.documentElement.scrollWidth") <= 390
    ben.get_by_role("button", name="Save both sides together").click()
    expect(ben.get_by_role("alert")).to_contain_text("Still to choose: 1.")
    ben.get_by_role("group", name=re.compile("Part 1 of 1")).get_by_label("Take this").last.check()
    ben.get_by_role("button", name="Save both sides together").click()
    until(lambda: "Spots of both" in desk.text(at))
    assert "Spots of Anna" not in desk.text(at)


def test_a_draft_is_begun_looked_at_and_discarded_by_keyboard_alone(
    desk: Desk, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Carla")
    page.get_by_role("button", name="Edit").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    at = at_of(page)
    expect(page.get_by_role("region", name="This draft")).to_contain_text("No errors")
    goes_to(page, "/workbench")
    page.locator(f'a[href="{at}/discard"]').focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Discard", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Drafts")).to_be_visible()
    assert desk.store.state(at.rpartition("/")[2]) is None


@needs_axe
@pytest.mark.parametrize("look", IN_LOOKS)
def test_axe_finds_nothing_on_pages_of_drafts(
    desk: Desk, signed_in: Callable[..., Page], look: dict[str, object]
) -> None:
    page = signed_in(f"looks {look['color_scheme']}", width=390 if look["color_scheme"] == "dark" else 1280)
    page.emulate_media(color_scheme="dark" if look["color_scheme"] == "dark" else "light")
    found: dict[str, list[str]] = {}

    def look_at(name: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        found[name] = violations(page)
        width = page.viewport_size["width"] if page.viewport_size else 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name

    page.get_by_role("button", name="Edit").click()
    at = at_of(page)
    expect(page.get_by_role("region", name="This draft")).to_contain_text("No errors")
    look_at("a draft that is checked")
    for name, path in (
        ("home", "/workbench"),
        ("to build", "/workbench/zeta/build"),
        ("to discard", f"{at}/discard"),
        ("a page of the holder", f"{at}/try"),
    ):
        goes_to(page, path)
        look_at(name)
    before = desk.text(at)
    desk.saved(at, "title: Sun spots", "titel: Theirs")
    until(lambda: "error" in (page.reload() and page.locator("#draft-state").inner_text()))
    look_at("a broken draft")
    goes_to(page, f"{at}/edit/{CONCERN}")
    page.evaluate(
        """([tag, text]) => {
            document.querySelector("#edit [name='.tag']").value = tag;
            document.querySelector("#edit textarea").value = text;
            document.querySelector("#edit").submit();
        }""",
        [file_tag(before.encode()), before.replace("title: Sun spots", "title: Mine")],
    )
    expect(page.get_by_role("heading", name="Two have changed this")).to_be_visible()
    look_at("three sides")
    page.get_by_role("button", name="Save both sides together").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at("three sides, something is still to choose")
    assert not any(found.values()), found
