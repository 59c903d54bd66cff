"""A clinic lead adds a laser, a concern and a rule to a draft in a real browser, and sees what follows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.store.folders import shipped
from tests.web.accessible import needs_axe, violations
from tests.web.drafts import Drafts
from tests.web.serving import Served

CLINIC = "our-clinic"
"""The example clinic under a name of its own: what is shipped can't be edited."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafts]:
    """The service."""
    folder = tmp_path_factory.mktemp("rulesets")
    shutil.copytree(shipped() / "example-clinic", folder / CLINIC)
    header = folder / CLINIC / "ruleset.yaml"
    header.write_text(header.read_text().replace("id: example-clinic", f"id: {CLINIC}"))
    home = tmp_path_factory.mktemp("wizards")
    with Served(home, rulesets=str(folder), rulesets_shown_as="clinic", workers=1) as server:
        yield Drafts(server.until_ready(), folder)


def goes_to(page: Page, address: str, heading: str) -> None:
    """Open a page of the draft."""
    response = page.goto(address)
    while response is not None and response.status == 503:  # on a busy machine it may have been late
        page.wait_for_timeout(500)
        response = page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def until_shown(page: Page, text: str, *, scripts: bool = True) -> None:
    """What was added is read: the page says so by itself, or once one looks again."""
    for _ in range(120):
        again = page.get_by_role("link", name="Look again")
        if page.get_by_text(text).count():
            return
        if not again.count():
            page.reload()  # on a busy machine the draft may have been late to answer
        elif not scripts:
            again.click()
        page.wait_for_timeout(500)
    expect(page.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_a_laser_with_532_nm_alone_is_added_and_is_not_for_blue_and_green_ink(
    browser: Browser, desk: Drafts, width: int, scripts: bool
) -> None:
    at = f"http://127.0.0.1:{desk.server.port}{desk.begin_at(CLINIC)}"
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    goes_to(page, f"{at}/add", "Add to the draft")
    page.get_by_role("link", name="Add a laser").click()
    page.get_by_label("What do people call it?").fill("GreenLine 532")
    page.get_by_label("Wavelengths (nm)").fill("532 nm")
    page.get_by_label("Pulse").fill("picosecond")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Show the line").first.click()
    expect(page.get_by_role("alert")).to_contain_text(
        "“nm” is not a number. Write digits alone, such as 532 or 1.5."
    )
    assert page.get_by_label("Pulse").input_value() == "picosecond"
    page.get_by_label("Wavelengths (nm)").fill("532")
    page.get_by_role("button", name="Show the line").first.click()
    expect(page.locator("pre.source")).to_contain_text(
        "greenline-532: {label: GreenLine 532, wavelengths_nm: [532],       pulse: picosecond, "
        "fractional: no}"
    )
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Add it to the draft").click()
    until_shown(page, "GreenLine 532: what follows", scripts=scripts)
    no_number = page.locator(".met").first
    expect(no_number).to_contain_text("This laser does not suit blue ink.")
    expect(no_number).to_contain_text("This laser does not suit green ink.")
    expect(page.get_by_text("No cell differs.")).to_be_visible()
    page.get_by_label("Compare with").select_option("picosure")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name="Melasma").get_by_text("differs").first).to_be_visible()
    assert "greenline-532: {label: GreenLine 532" in desk.text(at, "assessment.yaml")
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_concern_with_a_gap_gets_a_base(browser: Browser, desk: Drafts) -> None:
    at = f"http://127.0.0.1:{desk.server.port}{desk.begin_at(CLINIC)}"
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    goes_to(page, f"{at}/add/concern", "Add a concern")
    page.get_by_label("What is treated?").fill("Speckled lip")
    page.get_by_label("Target", exact=True).fill("epidermal")
    page.get_by_label("Scale").fill("clearance")
    page.get_by_label("Most", exact=True).fill("8")
    page.get_by_role("button", name="Show the line").first.click()
    page.get_by_role("button", name="Add it to the draft").click()
    until_shown(page, "Speckled lip: what follows")
    expect(page.get_by_text("A gap:")).to_be_visible()
    border = page.get_by_role("row", name="How is the border of the patch?")
    expect(border.get_by_role("cell").first).to_have_text("no")
    page.get_by_role("link", name="Write its base").click()
    for name, value in (("min", "2"), ("typical", "3"), ("max", "4")):
        page.locator("#then-sessions").get_by_label(name).fill(value)
        page.locator("#then-interval-weeks").get_by_label(name).fill("6" if name == "max" else "4")
    page.get_by_label("Why?").fill("Our own experience.")
    page.get_by_role("button", name="Show the lines").first.click()
    page.get_by_role("button", name="Add it to the draft").click()
    until_shown(page, "The new rule")
    assert "      sessions: {min: 2, typical: 3, max: 4}\n" in desk.text(at, "factors/1-concern.yaml")
    goes_to(page, f"{at}/add/concern/concern/speckled_lip", "Speckled lip")
    expect(page.get_by_text("A gap:")).to_have_count(0)
    page.close()


def test_a_rule_is_replaced_beside_the_original(browser: Browser, desk: Drafts) -> None:
    at = f"http://127.0.0.1:{desk.server.port}{desk.begin_at(CLINIC)}"
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    goes_to(page, f"{at}/add/rule", "Add a rule")
    page.get_by_label("search by title or id").fill("unicorn")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("No rule of pico-laser has these words in its title or id.")).to_be_visible()
    page.get_by_label("search by title or id").fill("freckles-mild")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="A few freckles").click()
    original = page.get_by_role("region", name="The rule of pico-laser")
    expect(original).to_contain_text("An older type of laser needed one and a half sessions on average")
    page.locator("#then-sessions").get_by_label("max").fill("3")
    page.get_by_label("Why?").fill("We book up to three.")
    page.get_by_label("One more test").select_option("phototype")
    page.locator("#when").get_by_role("button", name="Choose").click()
    page.get_by_label("How to test it").select_option("at most")
    page.get_by_label("Type III", exact=True).check()
    page.get_by_role("button", name="Add this test").click()
    assert page.locator("#when input[value='at most III']").count() == 1
    assert page.get_by_label("Why?").input_value() == "We book up to three."
    page.get_by_label("One more effect").select_option("advise")
    page.locator("#then").get_by_role("button", name="Choose").click()
    page.get_by_label("Advice").fill("Sun protection: every day.")
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.get_by_role("alert")).to_contain_text("It says something else than the rule of pico-laser")
    assert page.get_by_role("textbox", name="Papers").input_value() == ""
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.locator(".preview")).to_contain_text("replaces: ")
    page.get_by_label("Why?").fill("We book three.")
    page.get_by_role("button", name="Add it to the draft").click()
    expect(page.get_by_text("It has changed since it was shown.")).to_be_visible()
    page.get_by_role("button", name="Add it to the draft").click()
    until_shown(page, "The rule that it replaces")
    expect(page.get_by_role("region", name="Your rule")).to_contain_text("We book three.")
    expect(page.get_by_role("link", name="Whose answers change")).to_be_visible()
    text = desk.text(at, "factors/1-concern.yaml")
    assert '      advise: "Sun protection: every day."\n' in text
    assert "  - id: lentigo-moderate\n" in text
    page.goto(f"{page.url.partition('/add/')[0]}/add/rule?replaces=lentigo-moderate")
    expect(page.get_by_role("heading", name="It is replaced already")).to_be_visible()
    page.get_by_role("link", name="To where it stands").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("id: lentigo-moderate")
    page.close()


def keeps_nobody_out(page: Page, where: str) -> None:
    """Nothing on the page, light or dark, keeps people from using it, and it fits a phone."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == [], f"{where}, {scheme}"


@needs_axe
def test_nothing_keeps_people_from_using_these_pages(browser: Browser, desk: Drafts) -> None:
    at = f"http://127.0.0.1:{desk.server.port}{desk.begin_at(CLINIC)}"
    page = browser.new_page(viewport={"width": 390, "height": 900})
    for path in ("", "/laser", "/concern", "/rule?q=sun", "/laser/device/our-new-laser"):
        page.goto(f"{at}/add{path}")
        keeps_nobody_out(page, path)
    page.goto(f"{at}/add/rule")
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.get_by_role("alert")).to_contain_text("to mend first")
    keeps_nobody_out(page, "mistakes")
    page.get_by_label("One more test").select_option("concern")
    page.locator("#when").get_by_role("button", name="Choose").click()
    expect(page.get_by_label("How to test it")).to_be_visible()
    keeps_nobody_out(page, "a test is picked")
    page.goto(f"{at}/add/rule?replaces=freckles-mild")
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.locator(".preview")).to_be_visible()
    keeps_nobody_out(page, "the lines of a rule")
    page.locator("#then-sessions").get_by_label("max").fill("3")
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.get_by_role("radio", name="Our own judgement")).to_be_checked()
    keeps_nobody_out(page, "what it rests on")
    page.goto(f"{at}/add/concern/concern/melasma")
    keeps_nobody_out(page, "what follows of a concern")
    page.close()


def test_a_number_that_is_set_back_rests_on_what_the_original_does(browser: Browser, desk: Drafts) -> None:
    at = f"http://127.0.0.1:{desk.server.port}{desk.begin_at(CLINIC)}"
    page = browser.new_page(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    goes_to(page, f"{at}/add/rule?replaces=freckles-mild", "Your own rule")
    reason = page.get_by_label("Why?").input_value()
    most = page.locator("#then-sessions").get_by_label("max")
    before = most.input_value()
    most.fill("9")
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.get_by_role("alert")).to_contain_text("It says something else")
    most.fill(before)
    page.get_by_role("button", name="Show the lines").first.click()
    expect(page.locator(".preview")).to_contain_text("evidence: [EV-FRK-01, EV-LEN-01]")
    assert page.get_by_label("Why?").input_value() == reason
    expect(page.get_by_text("What does it rest on now?")).to_have_count(0)
    goes_to(page, f"{at}/add/rule?q=lentigo-moderate", "Add a rule")
    expect(page.get_by_role("listitem").filter(has_text="lentigo-moderate")).to_contain_text(
        "replaced already"
    )
    page.close()
