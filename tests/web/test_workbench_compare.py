"""A draft beside what is live: what was edited, exactly the cells that change, and whose answers change."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.waiting import until
from tests.web.drafted import DraftsOf, window
from tests.web.pages import Shown, Visit
from tests.web.small import write_small
from tests.web.test_workbench_clients import OTHER_NUMBER, RULES, RULESET, drafts, shown
from tests.web.test_workbench_rules import said

__all__ = ["drafts"]

PHOTOTYPE_AND_LASER = {"phototype.": "III", "device.": "picosure", "age.": "40"}
AXES = {"rows": "concern", "outer": "goal", "inner": "severity"}


@pytest.fixture
def house(clinic_drafts: DraftsOf) -> Visit:
    """A browser on the machine of a service without keys."""
    return Visit(clinic_drafts.server)


@pytest.fixture(scope="module")
def other_number(drafts: DraftsOf) -> str:
    """A draft in which one number is another."""
    return drafts.begin(OTHER_NUMBER)


def of(draft: str, page: str) -> str:
    return f"/workbench/{RULESET}/{draft}/{page}"


def asked(page: Shown) -> dict[str, list[str]]:
    """What the form of both tables is filled in with, as it is sent by a browser."""
    form = page.text.partition('class="axes"')[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([\w.]+)" value="([^"]*)" checked', form):
        found.setdefault(name, []).append(value)
    return found


def cells(visit: Visit, draft: str, fields: dict[str, list[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The table of live rules or of a draft, cell by cell, as its CSV has it."""
    page = visit.get(of(draft, "table"))
    sent = {**fields, **{f".{name}": value for name, value in AXES.items()}, ".token": page.token}
    table = visit.get(visit.post(of(draft, "table"), sent).where)
    (address,) = re.findall(r'href="([^"]*/table\.csv[^"]*)"', table.text)
    text = visit.get(address.replace("&amp;", "&")).text.lstrip("\ufeff")
    return {tuple(row[:6]): tuple(row[6:]) for row in list(csv.reader(io.StringIO(text)))[1:]}


def test_after_a_change_of_one_number_just_the_cells_that_change_are_marked(
    house: Visit, other_number: str
) -> None:
    page = shown(house, of(other_number, "compare"))
    fields = {**asked(page), **{name: [value] for name, value in PHOTOTYPE_AND_LASER.items()}}
    sent = {**fields, **{f".{name}": value for name, value in AXES.items()}, ".token": page.token}
    page = house.get(house.post(of(other_number, "compare"), sent).where.partition("#")[0])
    was, now = cells(house, "live", fields), cells(house, other_number, fields)
    differing = [at for at in was if was[at] != now[at]]
    assert {(at[1], at[5]) for at in differing} == {("Sun spots", "moderate")}
    assert f"{len(differing)} of {len(was)} cells differ." in said(page)
    marked = re.findall(r'<td colspan="1" class="differs">(.*?)</td>', page.text, re.DOTALL)
    assert len(marked) == len(differing)
    text = said(page)
    assert "was 2 to 3, typically 2 Several sessions is 2 to 4, typically 3 Several sessions" in text
    rows = re.findall(r'<th scope="row"><bdi[^>]*>([^<]*)', page.text)
    assert rows == ["Sun spots"]
    everything = house.get(re.findall(r'href="([^"]*show=all[^"#]*)', page.text)[0].replace("&amp;", "&"))
    assert len(re.findall(r'class="differs"', everything.text)) == len(differing)
    assert "Freckles" in said(everything)


def test_each_side_of_a_cell_opens_the_client_under_its_rules(house: Visit, other_number: str) -> None:
    page = shown(house, of(other_number, "compare"))
    marked = re.findall(r'class="differs">(.*?)</td>', page.text, re.DOTALL)[0]
    was, now = re.findall(r'href="([^"]+)"', marked)
    assert was.startswith(of("live", "try/"))
    assert now.startswith(of(other_number, "try/"))
    for address, verdict in ((was, "2 to 3"), (now, "2 to 4")):
        assert f"Sessions {verdict}" in said(house.get(address))


def test_what_was_edited_is_told_in_labels_with_ids_and_lines_behind(house: Visit, other_number: str) -> None:
    page = shown(house, of(other_number, "compare"))
    text = said(page)
    assert "The rule “Many or pale sun spots, as our clinic plans them”, what it does:" in text
    assert "rule lentigo-moderate changed" in text
    assert f"{RULES} : changed" in text
    old, new = OTHER_NUMBER[RULES]
    assert f"- {old}" in re.sub(" +", " ", text)
    assert f"+ {new}" in re.sub(" +", " ", text)
    assert f'href="{of(other_number, "edit")}/{RULES}"' in page.text


def test_a_draft_without_edits_differs_in_nothing(house: Visit, drafts: DraftsOf) -> None:
    draft = drafts.begin()
    text = said(shown(house, of(draft, "compare")))
    assert "Nothing: the draft is as it is live." in text
    assert "0 of" in text
    until(lambda: "Proven" in said(house.get(of(draft, "meaning"))))
    assert "No change in meaning: all are accepted, planned and told as before." in said(
        house.get(of(draft, "meaning"))
    )


def test_files_that_came_or_went_are_named(house: Visit, drafts: DraftsOf) -> None:
    draft = drafts.begin()
    drafts.save(draft, "scenarios/more.yaml", "# none yet\n")
    text = said(shown(house, of(draft, "compare")))
    assert "scenarios/more.yaml : new" in text
    assert "Nothing that means anything: only how it is written." in text


def test_a_new_ruleset_is_held_against_what_it_extends(house: Visit, drafts: DraftsOf) -> None:
    questions = b"""inputs:
  concern:
    one of:
      our_spots: {label: Our own spots, target: epidermal, scale: clearance}
"""
    rules = b"""factor: concern
rules:
  - id: our-spots
    title: What we do about our own spots
    when: {concern: our_spots}
    then: {sessions: 2 to 4}
    because: We have seen it.
    support: judgement
"""
    header = b"id: corner\ntitle: Our corner\nversion: 1.0.0\nowner: Lead\nextends: our-clinic\n"
    files = {"ruleset.yaml": header, "assessment.yaml": questions, "factors/1-ours.yaml": rules}
    draft = drafts.store.begin("corner", None, None, None, files, datetime.now(UTC)).id
    text = said(shown(house, f"/workbench/corner/{draft}/compare"))
    assert "It is held against our-clinic, version" in text
    assert "Our own spots" in text
    assert "What we do about our own spots" in text
    assert "Whose answers change" in text


def test_a_new_ruleset_that_extends_nothing_is_held_against_nothing(
    house: Visit, drafts: DraftsOf, tmp_path: Path
) -> None:
    folder = write_small(tmp_path)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(b"id: small", b"id: corner")
        for path in folder.rglob("*.yaml")
    }
    draft = drafts.store.begin("corner", None, None, None, files, datetime.now(UTC)).id
    page = shown(house, f"/workbench/corner/{draft}/compare")
    assert "Nothing of this ruleset serves yet" in said(page)
    until(lambda: "nobody’s answers change" in said(house.get(f"/workbench/corner/{draft}/meaning")))


def test_whose_answers_change_is_told_with_both_verdicts(house: Visit, other_number: str) -> None:
    address = of(other_number, "meaning")
    until(lambda: "Working on it" not in shown(house, address).text)
    page = house.get(address)
    text = said(page)
    assert "Other plans:" in text
    found = re.search(r"For example: live: (.+?) ; the draft: (.+?) Who that is", text)
    assert found is not None
    assert found[1] != found[2]
    links = re.findall(r'<a href="([^"]+/try/[^"]+)">', page.text)
    assert {link.split("/")[3] for link in links} == {"live", other_number}
    assert {house.get(link).status for link in links} == {200}
    assert ("Proven" in text) is ("Not decided" not in text)


def test_past_clients_are_made_again_under_the_draft(house: Visit, other_number: str) -> None:
    asked_for = {
        "ruleset": RULESET,
        "assessment": {
            "concern": "solar_lentigo",
            "severity": "moderate",
            "phototype": "III",
            "goal": "clear",
            "device": "picosure",
        },
    }
    status, _, content = house.server.ask("POST", "/v1/evaluate", asked_for)
    assert status == 200, content
    decision = re.search(rb'"decision_id":\s*"([^"]+)"', content)
    assert decision is not None
    address = of(other_number, "past-clients")
    until(lambda: "Working on it" not in shown(house, address).text)
    page = house.get(address)
    text = said(page)
    assert "made again under the draft." in text
    assert "Another plan: the verdict, the numbers or what is unanswered" in text
    assert f'href="/workbench/decisions/{decision[1].decode()}"' in page.text
    assert house.get(f"/workbench/decisions/{decision[1].decode()}").status == 200


@pytest.mark.parametrize("width", [1280, 390])
def test_a_lead_compares_a_draft(browser: Browser, drafts: DraftsOf, other_number: str, width: int) -> None:
    page, wrong = window(browser, drafts.server, width)
    page.goto(f"http://127.0.0.1:{drafts.server.port}{of(other_number, 'compare')}")
    table = page.locator("table.compared")
    expect(table.locator("td.differs").first).to_contain_text("is 2 to 4, typically 3")
    page.get_by_role("link", name="All cells").click()
    expect(table).to_contain_text("Freckles")
    expect(page.locator("#meaning")).to_contain_text("For example: live")
    expect(page.locator("#past-clients")).not_to_contain_text("Working on it")
    link = page.locator("#meaning a[href*='/try/']").nth(1)
    says = link.inner_text()
    link.click()
    expect(page.locator("#answer .name")).to_have_text(says.partition(",")[0])
    page.go_back()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()
