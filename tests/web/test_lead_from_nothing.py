"""A lead with an empty folder and a browser alone comes to a ruleset of her own that is signed and live."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.waiting import PATIENCE_S
from tests.web.serving import Served

WAITS_MS = PATIENCE_S * 1_000
RULE = "Few well-defined sun spots on the face"


def menu(page: Page, name: str) -> None:
    """Open a page of the draft by the links above it."""
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()


def add_a_laser(page: Page) -> None:
    """One that has 532 nm alone."""
    page.get_by_role("link", name="Add a laser, a concern or a rule").click()
    page.get_by_role("link", name="Add a laser").click()
    page.get_by_label("What do people call it?").fill("GreenLine 532")
    page.get_by_label("Wavelengths (nm)").fill("532")
    page.get_by_label("Pulse").fill("picosecond")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Show the line").click()
    page.get_by_role("button", name="Add it to the draft").click()
    expect(page.get_by_role("heading", name="GreenLine 532: what follows")).to_be_visible(timeout=WAITS_MS)
    for ink in ("Blue", "Green"):
        expect(page.get_by_text(f"Which ink colours are in it? includes {ink}")).to_be_visible(
            timeout=WAITS_MS
        )


def replace_a_rule(page: Page) -> None:
    """By one of her own, with another number."""
    menu(page, "Edit")
    page.get_by_role("link", name="Add a laser, a concern or a rule").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("search by title or id").fill("lentigo-mild")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=RULE).click()
    page.locator("[name='then.sessions.max']").fill("3")
    page.get_by_role("button", name="Show the lines").click()
    expect(page.get_by_role("alert")).to_contain_text("It says something else than the rule of pico-laser")
    page.get_by_label("Why?").fill("We plan up to three.")
    page.get_by_role("button", name="Show the lines").click()
    page.get_by_role("button", name="Add it to the draft").click()
    expect(page.get_by_role("heading", name="The rule that it replaces")).to_be_visible(timeout=WAITS_MS)


def mend_three_slips(page: Page) -> None:
    """Typed into the rule, and put right by their buttons."""
    menu(page, "Edit")
    page.get_by_role("link", name="Rules: concern").click()
    for right, slip in (("severity: mild", "mld"), ("concern: solar_lentigo", "solar_lentgo")):
        page.locator(".cm-line", has_text=re.compile(rf"^\s*{right}$")).click()
        page.keyboard.press("End")
        for _ in right.split()[-1]:
            page.keyboard.press("Backspace")
        page.keyboard.type(slip)
        page.keyboard.press("Escape")
    page.locator(".cm-line", has_text="title: ").click()
    page.keyboard.press("Home")
    for _ in "title":
        page.keyboard.press("Delete")
    page.keyboard.type("titel")
    page.keyboard.press("Escape")
    for word in ("title", "mild", "solar_lentigo"):
        page.get_by_role("button", name=f'Apply: write "{word}"').click(timeout=WAITS_MS)
    expect(page.get_by_role("button", name="Apply")).to_have_count(0, timeout=WAITS_MS)


def accept_what_changed(page: Page) -> None:
    """For the one worked client whom the new number meets."""
    menu(page, "Clients")
    expect(page.locator("#draft-state")).to_contain_text("1 client not as expected", timeout=WAITS_MS)
    page.get_by_role("link", name=re.compile("^Few sun spots, complete resolution")).click()
    page.get_by_role("link", name="Accept the new result").click()
    page.get_by_role("button", name="Accept it").click()
    expect(page.get_by_role("main")).to_contain_text("1 to 4, typically 2")


def try_and_keep_a_client(page: Page) -> None:
    """One for the new laser."""
    menu(page, "Try a client")
    page.get_by_label("What should be treated?").first.select_option("solar_lentigo")
    for name, value in (("severity.", "mild"), ("phototype.", "III"), ("goal.", "clear")):
        page.locator(f"[name='{name}'][value='{value}']").check()
    page.locator("[name='device.']").select_option("greenline-532")
    page.get_by_role("link", name="Keep as a worked client").click()
    page.get_by_label("Name: who that is").fill("Sun spots with our GreenLine")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name="Sun spots with our GreenLine")).to_be_visible()


def sign_and_publish(page: Page) -> None:
    """Once all is proven."""
    menu(page, "Publish")
    page.locator("#line-changes").get_by_role("button", name="I have read them").click(timeout=WAITS_MS)
    expect(page.locator("#line-changes")).to_contain_text("As it stands. Compare with pico-laser")
    example = page.locator("#line-example")
    expect(example).to_contain_text("The question “Does the client work outdoors on most days?”.")
    expect(page.locator("#line-support")).to_contain_text("No rule says something else", timeout=WAITS_MS)
    expect(page.locator("#line-guarantees")).to_contain_text(
        re.compile(r"(\d+) of \1 proven"), timeout=WAITS_MS
    )
    page.get_by_label("Who has read it").fill("Medical director")
    page.get_by_label(re.compile("I have read this and sign")).check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#line-signatures")).to_contain_text("Medical director on ")
    page.get_by_role("button", name="Save to the folder").click()
    expect(page.locator("#standing")).to_contain_text("Live since", timeout=WAITS_MS)


def test_from_an_empty_folder_to_a_ruleset_that_is_signed_and_live(browser: Browser, tmp_path: Path) -> None:
    rulesets = tmp_path / "our-rules"
    rulesets.mkdir()
    with Served(tmp_path, rulesets=str(rulesets), allow_edits=True, workers=1) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.get_by_role("link", name="Build your own on pico-laser").click()
        page.get_by_label("Its title").fill("Laser sessions at our clinic")
        page.get_by_label("Its id").fill("our-laser")
        page.get_by_role("button", name="Begin").click()
        add_a_laser(page)
        replace_a_rule(page)
        mend_three_slips(page)
        accept_what_changed(page)
        try_and_keep_a_client(page)
        sign_and_publish(page)
        (live,) = json.loads(server.ask("GET", "/readyz")[2])["rulesets"]
        assert (live["id"], live["state"]) == ("our-laser", "current")
        page.locator("#standing").get_by_role("link", name="Try a client").click()
        page.locator("[name='device.']").select_option("greenline-532")
        expect(page.get_by_role("main")).to_contain_text("version 1.0.0, live")
        expect(page.get_by_text("Nobody has signed off")).to_have_count(0)
        page.close()
    assert wrong == []
    assert "lentigo-mild" in (rulesets / "our-laser/factors/concern.yaml").read_text(encoding="utf-8")
