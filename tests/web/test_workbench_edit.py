"""A clinic lead edits a draft in a real browser: types, sees what is wrong, mends it by button, goes back."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from service.web.flask_app import MOST_FIELDS
from tests.waiting import until
from tests.web.accessible import needs_axe, violations
from tests.web.clinics import Clinics
from tests.web.drafts import Drafts
from tests.web.pages import Visit
from tests.web.serving import Served
from tests.web.small import write_small
from tests.web.test_workbench import keyed, living

__all__ = ["keyed"]

RULES = "factors/1-concern.yaml"
TOO_SOON_MS = 150
"""So soon after it comes the list takes no key: whoever types on has not seen it yet."""


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafts]:
    folder = tmp_path_factory.mktemp("rulesets")
    write_small(folder)
    home = tmp_path_factory.mktemp("edited")
    with Served(home, rulesets=str(folder), rulesets_shown_as="clinic", workers=1) as server:
        yield Drafts(server.until_ready(), folder)


def text_of(drafts: Drafts, draft: str, file: str = RULES) -> str:
    """What a file of the draft holds now."""
    state = drafts.store.state(draft)
    assert state is not None
    return state.files[file].decode()


def opened(
    browser: Browser,
    drafts: Drafts,
    draft: str,
    file: str = RULES,
    *,
    scripts: bool = True,
    width: int = 1280,
) -> tuple[Page, list[str]]:
    """The page, and what went wrong in it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"http://127.0.0.1:{drafts.server.port}/workbench/small/{draft}/edit/{file}")
    return page, wrong


def test_what_is_typed_is_saved_by_itself_and_its_problem_appears_at_its_place(
    browser: Browser, drafts: Drafts
) -> None:
    draft = drafts.begin()
    page, wrong = opened(browser, drafts, draft)
    editor = page.get_by_role("textbox", name=re.compile("Rules: concern"))
    expect(page.locator("#problems")).to_contain_text("All clients are as expected. 1 of 1 guarantee proven.")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("nonsense: yes")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    expect(page.locator("#problems li.error").first).to_contain_text("nonsense")
    assert "nonsense: yes" in text_of(drafts, draft)
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    expect(page.locator("#files")).to_contain_text("error")
    page.keyboard.press("Control+Home")
    page.locator("#problems a[data-line]").first.click()
    expect(editor).to_be_focused()
    assert page.evaluate("getSelection().anchorNode.textContent").startswith("nonsense")
    page.keyboard.press("Control+a")
    page.keyboard.type("x")
    expect(editor).to_have_text("x")
    page.keyboard.press("Control+z")
    expect(editor).to_contain_text("nonsense: yes")
    assert wrong == [], "also not where the whole text is typed over"
    page.close()


def test_three_slips_are_mended_by_three_buttons(browser: Browser, drafts: Drafts) -> None:
    draft = drafts.begin()
    good = text_of(drafts, draft)
    drafts.save(draft, RULES, "{concern: sun_spots}", "{concern: sun_spot}")
    drafts.save(draft, RULES, "support: judgement", "suport: judgement")
    drafts.save(draft, RULES, "marks: includes dark", "marks: includes darc")
    page, wrong = opened(browser, drafts, draft)
    mends = page.get_by_role("button", name=re.compile("^Apply: "))
    for left in (3, 2, 1):
        expect(mends).to_have_count(left)
        mends.first.focus()
        page.keyboard.press("Enter")
    expect(mends).to_have_count(0)
    expect(page.locator("#problems li.error")).to_have_count(0)
    assert text_of(drafts, draft) == good
    expect(page.locator(".cm-content")).to_contain_text("concern: sun_spots")
    expect(page.locator("#problems-title")).to_be_focused()
    assert wrong == []
    page.close()


def test_by_keyboard_alone_a_rule_is_completed_undone_and_the_editor_left(
    browser: Browser, drafts: Drafts
) -> None:
    draft = drafts.begin()
    page, wrong = opened(browser, drafts, draft)
    editor = page.get_by_role("textbox", name=re.compile("Rules: concern"))
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("  - id: pale\n")
    page.keyboard.type("when:\n")
    page.keyboard.type("  conc")
    expect(page.get_by_role("option", name="concern", exact=True)).to_be_visible()
    page.wait_for_timeout(TOO_SOON_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="sun_spots", exact=True)).to_be_visible()
    expect(page.locator(".cm-completionInfo")).to_contain_text("Sun spots")
    page.wait_for_timeout(TOO_SOON_MS)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    line = page.locator(".cm-line").last
    expect(line).to_have_text("      concern: scar")
    page.keyboard.press("Control+z")
    expect(line).to_have_text("      concern: ")
    page.keyboard.press("Control+y")
    expect(line).to_have_text("      concern: scar")
    page.keyboard.press("Tab")
    expect(editor).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    assert "- id: pale" in text_of(drafts, draft)
    assert wrong == []
    page.close()


def test_without_scripts_a_file_is_saved_mended_added_renamed_deleted_and_brought_back(
    browser: Browser, drafts: Drafts
) -> None:
    draft = drafts.begin()
    good = text_of(drafts, draft)
    page, _ = opened(browser, drafts, draft, scripts=False)
    field = page.get_by_role("textbox", name=re.compile("Rules: concern"))
    field.fill(good.replace("concern: sun_spots", "concern: sun_spot"))
    page.get_by_role("button", name="Save").click()
    until(lambda: text_of(drafts, draft) == good.replace("concern: sun_spots", "concern: sun_spot"))
    apply = page.get_by_role("button", name=re.compile("^Apply: "))
    for _ in range(40):
        if apply.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    page.get_by_text("What changes").click()
    expect(page.locator(".lines")).to_contain_text("when: {concern: sun_spots}")
    apply.click()
    until(lambda: text_of(drafts, draft) == good)
    page.get_by_text("Add a file").click()
    page.get_by_label("Its name").fill("scenarios/../ours.yaml")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is no file of a ruleset")
    page.get_by_text("Add a file").click()
    page.get_by_label("Its name").fill("scenarios/ours.yaml")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Clients: ours")).to_be_visible()
    page.get_by_text("Rename or delete this file").click()
    page.get_by_label("Another name").fill("scenarios/theirs.yaml")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", name="Clients: theirs")).to_be_visible()
    page.get_by_text("Rename or delete this file").click()
    page.get_by_role("button", name="Delete scenarios/theirs.yaml").click()
    expect(page.get_by_role("heading", name="Clients: theirs")).to_be_hidden()
    page.get_by_text(re.compile("^History")).click()
    page.get_by_role("button", name="Back to state 3", exact=True).click()
    until(lambda: text_of(drafts, draft) == good.replace("concern: sun_spots", "concern: sun_spot"))
    page.close()


def test_what_somebody_else_has_saved_meanwhile_is_not_written_over_but_brought_together(
    browser: Browser, drafts: Drafts
) -> None:
    draft = drafts.begin()
    page, _ = opened(browser, drafts, draft)
    drafts.save(draft, RULES, "title: Sun spots", "title: Spots by the sun")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# ours\n")
    expect(page.get_by_text("was changed meanwhile")).to_be_visible()
    assert "Spots by the sun" in text_of(drafts, draft)
    assert "# ours" not in text_of(drafts, draft)
    page.get_by_role("button", name="Save both sides together").click()
    expect(page.locator(".cm-content")).to_contain_text("Spots by the sun")
    assert text_of(drafts, draft).startswith("# ours\nfactor:")
    page.close()


def test_a_text_that_tries_to_break_out_stays_a_text(browser: Browser, drafts: Drafts) -> None:
    draft = drafts.begin()
    attack = "</textarea><script>window.broken = 1</script><img src=x onerror=broken=1>"
    drafts.save(draft, RULES, "title: Sun spots", f"titel: {attack}")
    drafts.save(draft, RULES, "support: published", f"support: '{attack}'")
    page, wrong = opened(browser, drafts, draft)
    expect(page.locator("#problems")).to_contain_text("<script>")
    expect(page.locator(".cm-content")).to_contain_text(attack)
    assert page.evaluate("window.broken") is None
    assert wrong == []
    page.close()


def test_who_signs_by_a_role_reads_a_draft_and_whose_key_is_of_another_clinic_finds_none(
    keyed: Clinics,
) -> None:
    at = f"/workbench/zeta/{keyed.draft_of('zeta')}/edit"
    visit = Visit(keyed.server)
    visit.signed_in(living(keyed, "director", clinic="zeta", scopes=("read",), role="Medical director").text)
    page = visit.get(at)
    assert page.status == 200
    assert "that needs a key with the scope edit, for zeta" in page.text
    sent = {".token": page.token, ".does": "save", "text": "x", ".tag": ""}
    assert visit.post(f"{at}/ruleset.yaml", sent).status == 403
    assert visit.post(at, {".token": page.token, ".name": "factors/x.yaml"}).status == 403
    stranger = Visit(keyed.server)
    stranger.signed_in(living(keyed, "stranger", clinic="alpha").text)
    assert stranger.get(at).status == 404


def test_where_nothing_can_be_written_it_says_that_nothing_was_saved_and_keeps_what_was_typed(
    drafts: Drafts,
) -> None:
    draft, visit = drafts.begin(), Visit(drafts.server)
    at = f"/workbench/small/{draft}/edit/{RULES}"
    page = visit.get(at)
    tag = re.search(r'name="\.tag" value="([^"]*)"', page.text)
    assert tag
    sent = {
        ".token": page.token,
        ".does": "save",
        ".tag": unescape(tag[1]),
        "text": "# ours <b>\nfactor: concern\n",
    }
    with closing(sqlite3.connect(drafts.server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = visit.post(at, sent)
    assert refused.status == 503
    assert "Nothing was saved." in refused.text
    kept = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(refused.text)}
    assert f'action="{at}"' in refused.text
    assert kept | {".token": ""} == sent | {".token": ""}
    assert visit.post(at, kept).status == 303
    assert text_of(drafts, draft) == sent["text"]


_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def test_the_page_lets_styles_in_by_a_nonce_that_is_new_each_time(drafts: Drafts) -> None:
    draft, visit = drafts.begin(), Visit(drafts.server)
    at = f"/workbench/small/{draft}/edit/{RULES}"
    policies = [visit.get(at).headers["content-security-policy"] for _ in range(2)]
    nonces = [re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", policy) for policy in policies]
    assert all(nonces)
    assert len({found[1] for found in nonces if found}) == 2
    assert "nonce" not in visit.get(f"/workbench/small/{draft}/rules").headers["content-security-policy"]


def test_no_file_but_of_the_plan_is_added_and_none_but_the_draft_s_is_shown(drafts: Drafts) -> None:
    draft, visit = drafts.begin(), Visit(drafts.server)
    at = f"/workbench/small/{draft}/edit"
    page = visit.get(at)
    assert page.status == 200
    for name in (
        "../x.yaml",
        "factors/../../x.yaml",
        "/etc/passwd",
        "sign-off.yaml",
        "factors/x.yaml/y",
        "x",
        RULES.replace("concern", "Concern"),
    ):
        assert visit.post(at, {".token": page.token, ".name": name}).status == 422, name
    for name in ("../small/ruleset.yaml", "factors/none.yaml", "%2e%2e/ruleset.yaml"):
        assert visit.get(f"{at}/{name}").status == 404, name
    assert visit.get(f"/workbench/other/{draft}/edit").status == 404
    assert visit.get("/workbench/small/live/edit").status == 404


def test_while_the_check_hangs_the_page_still_shows_and_saves(drafts: Drafts) -> None:
    draft, visit, bench = drafts.begin(), Visit(drafts.server), drafts.bench()
    at = f"/workbench/small/{draft}/edit/{RULES}"
    page = visit.get(at)
    tag = unescape(re.findall(r'name="\.tag" value="([^"]+)"', page.text)[0])
    text = "# Ours.\n" + text_of(drafts, draft)
    os.kill(bench, signal.SIGSTOP)
    try:
        saved = visit.post(at, {".token": page.token, ".does": "save", ".tag": tag, "text": text})
        shown = visit.get(at)
    finally:
        os.kill(bench, signal.SIGCONT)
    assert (saved.status, text_of(drafts, draft)) == (303, text)
    assert shown.status == 200
    assert "The check can’t be asked for at the moment" in shown.text


@pytest.mark.parametrize("page", ["sign-in", "small/{}/edit/" + RULES])
def test_a_form_of_very_many_fields_is_not_taken_apart(drafts: Drafts, page: str) -> None:
    at = f"/workbench/{page.format(drafts.begin())}"
    body = b"a=b&" * (MOST_FIELDS + 1)
    shown = Visit(drafts.server).sent(at, body, "application/x-www-form-urlencoded")
    assert shown.status == 413, shown.text
    assert f"more than {MOST_FIELDS:,} fields" in shown.text


def test_forms_of_elsewhere_change_nothing(drafts: Drafts) -> None:
    draft, visit = drafts.begin(), Visit(drafts.server)
    at = f"/workbench/small/{draft}"
    token = visit.get(f"{at}/edit").token
    form = {"text": "x", ".name": "factors/x.yaml", "file": RULES, "line": "1", "column": "1"}
    for path in ("edit", f"edit/{RULES}", "complete"):
        assert visit.post(f"{at}/{path}", {**form, ".token": "forged"}).status == 403
        assert (
            visit.post(f"{at}/{path}", {**form, ".token": token}, Origin="https://evil.example").status == 403
        )
    state = drafts.store.state(draft)
    assert state is not None
    assert state.number == 1


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_everybody_can_use_the_page_in_every_state(
    browser: Browser, drafts: Drafts, width: int, scheme: Any
) -> None:
    broken, good = drafts.begin(), drafts.begin()
    drafts.save(broken, RULES, "support: judgement", "suport: judgement")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        found[name] = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth") - width
        assert wide <= 0, name

    at = f"http://127.0.0.1:{drafts.server.port}/workbench/small"
    page.goto(f"{at}/{broken}/edit/{RULES}")
    expect(page.get_by_role("button", name=re.compile("^Apply: "))).to_be_visible()
    look("errors with a mend")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  - id: more\nwhen:\n  c")
    expect(page.get_by_role("listbox")).to_be_visible()
    look("a list of what may stand there")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+f")
    expect(page.get_by_role("textbox", name="Find")).to_be_visible()
    look("searching")
    page.get_by_label("Its name").fill("factors/none.txt")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("a name that no file has")
    page.goto(f"{at}/{good}/edit")
    expect(page.locator("#problems")).to_contain_text("proven")
    look("nothing wrong")
    assert not any(found.values()), found
    page.close()


def test_what_was_just_typed_is_saved_before_the_file_gets_another_name(
    browser: Browser, drafts: Drafts
) -> None:
    draft = drafts.begin()
    page, wrong = opened(browser, drafts, draft)
    page.get_by_text("Rename or delete this file").click()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# Ours.\n")
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    page.keyboard.type("# Yours.\n")
    page.get_by_label("Another name").fill("factors/1-spots.yaml")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", name="Rules: spots")).to_be_visible()
    assert text_of(drafts, draft, "factors/1-spots.yaml").startswith("# Ours.\n# Yours.\nfactor:")
    assert wrong == []
    page.close()


def test_what_is_said_of_a_key_is_shown_where_the_mouse_rests(browser: Browser, drafts: Drafts) -> None:
    page, wrong = opened(browser, drafts, drafts.begin())
    page.locator(".cm-line").get_by_text("severity", exact=True).hover()
    expect(page.locator(".cm-tooltip .told")).to_contain_text("How severe?")
    assert wrong == []
    page.close()


def test_a_save_whose_answer_got_lost_is_no_change_of_somebody_else(browser: Browser, drafts: Drafts) -> None:
    draft = drafts.begin()
    page, _ = opened(browser, drafts, draft)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch(max_redirects=0)
        route.abort()

    page.route("**/edit/**", lose)
    before = text_of(drafts, draft)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# Ours.\n")
    expect(page.locator(".progress")).to_contain_text("asked again")
    page.keyboard.type("# Yours.\n")
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    assert len(lost) == 1
    assert text_of(drafts, draft) == f"{before}# Ours.\n# Yours.\n"
    expect(page.locator("#answer")).to_be_empty()
    page.close()


def test_who_stands_in_what_is_renewed_stands_there_still(browser: Browser, drafts: Drafts) -> None:
    draft = drafts.begin()
    page, wrong = opened(browser, drafts, draft)
    expect(page.locator("#problems")).to_contain_text("1 of 1 guarantee proven.")
    page.get_by_text(re.compile("^History: ")).click()
    for number, standing in enumerate(("#files li:nth-child(2) a", "#history button, #history summary")):
        page.locator(".cm-content").focus()
        page.keyboard.press("Control+End")
        page.keyboard.type(f"nonsense{number}: yes\n")
        page.locator(standing).last.focus()
        expect(page.locator("#problems li.error")).to_have_count(number + 1)
        expect(page.locator(standing).last).to_be_focused()
    expect(page.locator("#history")).to_have_attribute("open", "")
    page.locator("#draft-state a").focus()
    page.locator("#edit button.main").evaluate("(one) => one.form.requestSubmit()")
    expect(page.locator("#draft-state :focus, #draft-state:focus")).to_have_count(1)
    assert wrong == []
    page.close()


def test_a_text_that_cannot_be_saved_is_not_left_without_being_asked(
    browser: Browser, drafts: Drafts
) -> None:
    page, _ = opened(browser, drafts, drafts.begin())
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("# " + "x" * 1_000_000)
    expect(page.locator("#answer")).to_contain_text("more than 1,000,000 bytes")
    here = page.url
    page.locator("#answer").get_by_role("link").first.click(no_wait_after=True)
    page.locator("nav.files a").nth(1).click()
    page.wait_for_timeout(3_000)
    assert asked == ["beforeunload"] * 2
    assert page.url == here
    page.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_who_is_signed_out_while_editing_signs_in_and_what_was_typed_is_saved(
    browser: Browser, keyed: Clinics, scripts: bool
) -> None:
    name = f"editing {scripts}"
    key, other = living(keyed, name, clinic="zeta"), living(keyed, f"{name} on", clinic="zeta")
    draft = keyed.draft_of("zeta")
    page = browser.new_page(java_script_enabled=scripts)
    page.goto(f"http://127.0.0.1:{keyed.server.port}/workbench/zeta/{draft}/edit/{RULES}")
    page.get_by_label("API key").fill(key.text)
    page.get_by_role("button", name="Sign in").click()
    editor = page.locator(".cm-content" if scripts else "textarea[name=text]")
    expect(editor).to_be_visible()
    keyed.revoke(key)
    until(lambda: keyed.ask(key, "GET", "/v1/rulesets")[0] == 401)
    if scripts:
        editor.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(f"# Typed late, {name}.\n")
        asks = page.locator("#answer")
    else:
        editor.fill(f"{editor.input_value()}# Typed late, {name}.\n")
        page.get_by_role("button", name="Save", exact=True).click()
        asks = page.locator("#problem")
    expect(asks).to_contain_text("You have been signed out. What you filled in is still here")
    asks.get_by_label("API key").fill(other.text)
    asks.get_by_role("button", name="Sign in").click()
    if not scripts:
        page.get_by_role("button", name="Go on").click()
    expect(page.locator("#answer")).to_be_empty()
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    if scripts:
        expect(page.locator("#problems")).to_contain_text("All clients are as expected")
    text = keyed.ask(other, "GET", f"/v1/drafts/{draft}/files/{RULES}")[2].decode()
    assert f"# Typed late, {name}.\n" in text
    page.close()


def test_a_bench_that_dies_while_somebody_types_costs_nothing(browser: Browser, drafts: Drafts) -> None:
    page, _ = opened(browser, drafts, drafts.begin())
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    os.kill(drafts.bench(), signal.SIGKILL)
    page.keyboard.type("nonsense: yes")
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    expect(page.locator("#problems li.error").first).to_contain_text("nonsense")
    assert page.locator(".cm-line").last.text_content() == "nonsense: yes"
    page.close()
