"""Worked clients in the workbench: seen under any rules; accepted, made, changed and deleted in a draft."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Browser, Page, expect

from service.pages.worked_clients import client_id
from tests.waiting import until
from tests.web.drafted import OUR_CLINIC, DraftsOf, window
from tests.web.pages import Shown, Visit
from tests.web.test_what_if import SPOTS
from tests.web.test_workbench import filled
from tests.web.test_workbench_rules import said

RULESET = OUR_CLINIC
LIVE = f"/workbench/{RULESET}/live"
GARDENER = "A gardener with many sun spots: advice about the sun, and two sessions from the start"
GOLD = "Gold therapy still stops at our clinic"
FILE = "scenarios/our-changes.yaml"
RULES = "factors/1-concern.yaml"
OTHER_NUMBER = {RULES: ("sessions: {min: 2, typical: 2, max: 3}", "sessions: {min: 2, typical: 3, max: 4}")}


@pytest.fixture(scope="module")
def drafts(clinic_drafts: DraftsOf) -> DraftsOf:
    """Drafts of a clinic's ruleset."""
    return clinic_drafts


@pytest.fixture
def house(clinic_drafts: DraftsOf) -> Visit:
    """A browser on the machine of a service without keys."""
    return Visit(clinic_drafts.server)


@pytest.fixture
def draft(drafts: DraftsOf) -> str:
    """A draft in which one client is not as expected."""
    return drafts.begin(OTHER_NUMBER)


def at(draft: str, name: str = "") -> str:
    """Where a worked client of a draft is; without a name: all of them."""
    return f"/workbench/{RULESET}/{draft}/clients" + (f"/{client_id(name)}" if name else "")


def names(page: Shown) -> list[str]:
    """Whom the page lists."""
    return re.findall(r'<th scope="row"><a href="[^"]*"><bdi[^>]*>([^<]*)</bdi>', page.text)


def shown(visit: Visit, address: str) -> Shown:
    """A page, once its draft is held."""
    until(lambda: visit.get(address).status == 200)
    return visit.get(address)


def test_live_clients_are_shown_as_expected_and_cannot_be_changed(house: Visit) -> None:
    page = house.get(f"{LIVE}/clients")
    assert len(names(page)) == 6
    assert "All 6 worked clients as expected" in said(page)
    assert names(house.get(f"{LIVE}/clients?q=GOLD+therapy")) == [GOLD]
    assert names(house.get(f"{LIVE}/clients?show=others")) == []
    one = house.get(f"{LIVE}/clients/{client_id(GOLD)}")
    assert "Verdict Do not treat Do not treat yes" in said(one)
    assert "Accept" not in said(one)
    assert house.get(f"{LIVE}/clients/{client_id(GOLD)}/accept").status == 404
    token = house.get(f"{LIVE}/try").token
    sent = house.post(f"{LIVE}/clients/{client_id(GOLD)}/delete", {".token": token})
    assert sent.status == 404


def test_rules_that_no_client_tries_are_named(house: Visit, drafts: DraftsOf) -> None:
    smoker = "    fired: [smoking-talk, review-ink]"
    draft = drafts.begin({FILE: ("smoker: yes, ", "")})
    assert smoker in drafts.text(draft, FILE)
    page = shown(house, at(draft))
    assert "Smoking and tattoo removal : fires for no client" in said(page)
    assert "“Does the client smoke? is yes” is true for no client" in said(page)


def test_what_differs_is_shown_with_the_rules_behind_it(house: Visit, draft: str) -> None:
    page = shown(house, f"{at(draft)}?show=others")
    assert names(page) == [GARDENER]
    text = said(house.get(at(draft, GARDENER)))
    assert "Sessions 2 to 3, typically 2 2 to 4, typically 3 no" in text
    assert "Verdict Several sessions Several sessions yes" in text
    assert (
        "Why “Many or pale sun spots, as our clinic plans them” gives the base: 2 to 4 sessions, typical"
        in text
    )
    assert "Does the client work outdoors on most days? yes" in text


def test_accepting_shows_the_change_first_and_changes_nothing_else(
    house: Visit, drafts: DraftsOf, draft: str
) -> None:
    before = drafts.text(draft, FILE)
    asks = shown(house, f"{at(draft, GARDENER)}/accept")
    assert "sessions: {min: 2, typical: 2, max: 3}" in asks.text
    assert "sessions: {min: 2, typical: 3, max: 4}" in asks.text
    assert drafts.text(draft, FILE) == before
    done = house.post(f"{at(draft, GARDENER)}/accept", {".token": asks.token})
    assert (done.status, done.where) == (303, at(draft, GARDENER))
    assert drafts.text(draft, FILE) == before.replace(
        "    sessions: {min: 2, typical: 2, max: 3}", "    sessions: {min: 2, typical: 3, max: 4}"
    )
    until(lambda: "Accept" not in house.get(done.where).text)
    assert "As expected" in said(house.get(done.where))


def test_there_is_nothing_to_accept_of_a_client_who_is_as_expected(house: Visit, draft: str) -> None:
    shown(house, at(draft))
    asked = house.get(f"{at(draft, GOLD)}/accept")
    assert asked.status == 422
    assert "There is no answer to accept" in said(asked)


def test_a_client_who_was_tried_is_kept_with_what_is_expected(
    house: Visit, drafts: DraftsOf, draft: str
) -> None:
    base = f"/workbench/{RULESET}/{draft}"
    token = shown(house, f"{base}/try").token
    tried = house.post(f"{base}/try", {".token": token, **filled(SPOTS), ".others": "no"}).where
    asks = house.get(f"{tried}/keep")
    assert re.findall(r'name="\.expects" value="(\w+)" checked', asks.text) == ["verdict", "sessions"]
    sent = {".token": asks.token, ".name": GOLD, ".expects": ["verdict", "support"]}
    again = house.post(f"{tried}/keep", sent)
    assert again.status == 422
    assert "Another client has this name already." in said(again)
    assert house.post(f"{tried}/keep", {**sent, ".name": " "}).status == 422
    assert house.post(f"{tried}/keep", {**sent, ".name": "Ours", ".expects": []}).status == 422
    done = house.post(f"{tried}/keep", {**sent, ".name": "  A few: sun   spots"})
    assert (done.status, done.where) == (303, at(draft, "A few: sun spots"))
    text = drafts.text(draft, FILE)
    assert text.endswith("  expect:\n    verdict: several_sessions\n    support: judgement\n")
    assert '\n\n- name: "A few: sun spots"\n  assessment: {concern: solar_lentigo,' in text
    until(lambda: "A few: sun spots" in names(house.get(at(draft))))


def test_a_client_tried_under_live_rules_is_kept_in_a_draft_of_choice(house: Visit, draft: str) -> None:
    token = house.get(f"{LIVE}/try").token
    tried = house.post(f"{LIVE}/try", {".token": token, **filled(SPOTS), ".others": "no"}).where
    page = house.get(f"{tried}/keep")
    (link,) = re.findall(rf'href="(/workbench/{RULESET}/{draft}/try/[^"]+/keep)"', page.text)
    assert "solar_lentigo" not in link
    assert 'name=".expects"' in shown(house, link).text


def test_a_client_is_changed_copied_and_deleted(house: Visit, drafts: DraftsOf, draft: str) -> None:
    before = drafts.text(draft, FILE)
    form = shown(house, f"{at(draft, GOLD)}/change")
    fields = {
        ".token": form.token,
        ".name": "Gold",
        ".expects": ["verdict"],
        **{
            f"{name}.": value
            for name, value in re.findall(r'name="(\w+)\." value="([^"]*)" checked', form.text)
        },
        "concern.": "freckles",
        "device.": "our-new-laser",
        "age.": "41",
    }
    done = house.post(f"{at(draft, GOLD)}/change", fields)
    assert (done.status, done.where) == (303, at(draft, "Gold"))
    after = drafts.text(draft, FILE)
    own = after[after.index("- name: Gold\n") :]
    assert "{concern: freckles," in own
    assert "age: 41," in own
    assert own.endswith("  expect:\n    verdict: do_not_treat\n    fired: [gold]\n")
    assert after[: after.index("- name: Gold\n")] == before[: before.index(f'- name: "{GOLD}"')]
    until(lambda: house.get(at(draft, "Gold")).status == 200)
    asks = house.get(f"{at(draft, 'Gold')}/copy")
    done = house.post(f"{at(draft, 'Gold')}/copy", {".token": asks.token, ".name": "Gold again"})
    assert done.where == f"{at(draft, 'Gold again')}/change"
    assert drafts.text(draft, FILE) == f"{after}\n{own.replace('name: Gold', 'name: Gold again')}"
    until(lambda: house.get(at(draft, "Gold again")).status == 200)
    asks = house.get(f"{at(draft, 'Gold again')}/delete")
    assert "name: Gold again" in asks.text
    done = house.post(f"{at(draft, 'Gold again')}/delete", {".token": asks.token})
    assert (done.status, done.where) == (303, at(draft))
    assert drafts.text(draft, FILE) == after


def test_a_form_of_another_page_changes_no_client(house: Visit, drafts: DraftsOf, draft: str) -> None:
    shown(house, at(draft))
    before = drafts.text(draft, FILE)
    assert house.post(f"{at(draft, GOLD)}/delete", {".token": "x"}).status == 403
    assert house.post(f"{at(draft, GARDENER)}/accept", {".token": ""}).status == 403
    assert drafts.text(draft, FILE) == before


def test_a_client_is_found_for_what_none_tries_and_made(house: Visit, drafts: DraftsOf) -> None:
    draft = drafts.begin({FILE: ("smoker: yes, ", "")})
    address = f"/workbench/{RULESET}/{draft}/never-tried"
    until(lambda: "Keep this client" in house.get(address).text)
    page = house.get(address)
    (item,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    sent = {".token": page.token, ".item": unescape(item), ".name": "A smoker"}
    done = house.post(at(draft), sent)
    assert (done.status, done.where) == (303, at(draft, "A smoker"))
    assert "smoker: yes" in drafts.text(draft, FILE).partition("- name: A smoker\n")[2]
    until(lambda: house.get(at(draft, "A smoker")).status == 200)
    assert "As expected" in said(house.get(at(draft, "A smoker")))
    for wrong in ("", "- name: [", "- name: One\n- name: Two\n", "name: One\n"):
        assert house.post(at(draft), {**sent, ".item": wrong, ".name": "Other"}).status == 422


def reloaded_until(page: Page, text: str) -> None:
    """Wait until what was saved is checked, and the page shows it."""

    def is_there() -> bool:
        if text in " ".join(page.locator("main").inner_text().split()):
            return True
        page.reload()
        return False

    until(is_there)


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_a_lead_accepts_a_result_and_makes_a_client(
    browser: Browser, drafts: DraftsOf, width: int, scripts: bool
) -> None:
    draft = drafts.begin(OTHER_NUMBER)
    page, wrong = window(browser, drafts.server, width, scripts=scripts)
    page.goto(f"http://127.0.0.1:{drafts.server.port}{at(draft)}")
    page.get_by_label("Not as expected").check()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name=GARDENER).click()
    expect(page.get_by_role("row", name="Sessions 2 to 3")).to_contain_text("2 to 4, typically 3")
    page.get_by_role("link", name="Accept the new result").click()
    page.get_by_role("button", name="Accept it").click()
    reloaded_until(page, "As expected")
    page.get_by_role("link", name="Copy").click()
    page.get_by_label("Name").fill("Another gardener")
    page.get_by_role("button", name="Copy").click()
    reloaded_until(page, "Change a worked client")
    page.get_by_text("Answers", exact=True).click()
    page.get_by_label("Age in years").fill("55")
    page.get_by_role("button", name="Save").click()
    reloaded_until(page, "Age in years 55")
    expect(page.get_by_role("heading", name="Another gardener")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width if scripts else True
    assert [one for one in wrong if "503" not in one] == [], "a check may still go on"
    page.close()
