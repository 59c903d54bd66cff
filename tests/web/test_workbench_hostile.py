"""Whatever stands in the texts of a ruleset, or is sent: a page stays the page that it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.documenting.hostile import ATTACK, write_hostile
from tests.documenting.markup import parsed
from tests.web.drafts import Drafts
from tests.web.pages import Shown, Visit
from tests.web.serving import Served

OVERRIDE = "\u202e"
"""Turns the direction of what follows around, unless it is kept to itself."""

AT = "/workbench/hostile/live"
ASKED = {"concern": "scars", "age": "40", "gold": "no"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """A browser at a service whose ruleset tries to break out of each of its texts."""
    folder = tmp_path_factory.mktemp("hostile")
    root = write_hostile(folder / "rulesets") / "hostile"
    named = ATTACK.replace("'", "''")
    expected = "  assessment: {concern: scars, age: 40, gold: no}\n  expect: {verdict: clinician_review}\n"
    (root / "scenarios" / "1-all.yaml").write_text(f"- name: '{named}'\n{expected}", encoding="utf-8")
    for file in root.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("<script>", f"{OVERRIDE}=<script>"), encoding="utf-8")
    with Served(folder, rulesets=str(root.parent), workers=1) as server:
        yield Visit(server.until_ready())


@pytest.fixture(scope="module")
def addresses(hostile: Visit) -> dict[str, str]:
    """Every page in its states, by what it is."""
    token = hostile.get(f"{AT}/try").token
    tried = hostile.post(f"{AT}/try", {".token": token, **ASKED, ".day": "2026-12-01"}).where
    stopped = hostile.post(f"{AT}/try", {".token": token, **ASKED, "gold": "yes"}).where
    asked = {".token": token, "age": "40", ".rows": "concern", ".outer": "concern"}
    draft = Drafts(hostile.server, hostile.server.log_file.parent / "rulesets").begin_at("hostile")
    return {
        "what can be added": f"{draft}/add",
        "a laser to add": f"{draft}/add/laser",
        "a concern to add": f"{draft}/add/concern?label=%3Cscript%3E&id=%3Cscript%3E",
        "a rule to add": f"{draft}/add/rule?q=%22%3E%3Cscript%3E",
        "a rule for an answer": f"{draft}/add/rule?question=concern&option=scars",
        "what follows of an answer": f"{draft}/add/laser/concern/scars",
        "an answer that is not there": f"{draft}/add/laser/concern/%3Cscript%3E",
        "an added rule": f"{draft}/add/rule/scars",
        "the rules of a draft as text": f"{draft}/edit/factors/1-concern.yaml",
        "its clients": f"{draft}/clients",
        "its comparison": f"{draft}/compare",
        "its way to publish": f"{draft}/publish",
        "its end": f"{draft}/discard",
        "home": "/workbench",
        "an empty form": f"{AT}/try",
        "an answer": tried,
        "a stop": stopped,
        "a mistake": hostile.post(f"{AT}/try", {".token": token, **ASKED, "age": ATTACK}).where,
        "why not": f"{tried}?why=gates",
        "which rule": f"{tried}?why=%22%3E%3Cscript%3E",
        "on record": f"{tried}/record",
        "printed": f"{tried}/print?looked=yes",
        "a stop that is printed": f"{stopped}/print",
        "a table": hostile.post(f"{AT}/table", asked).where,
        "rules": f"{AT}/rules",
        "rules that are searched for": f"{AT}/rules?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "a rule": f"{AT}/rules/scars",
        "no rule": f"{AT}/rules/%3Cscript%3E",
    }


def test_no_text_of_a_ruleset_becomes_markup_on_any_page(hostile: Visit, addresses: dict[str, str]) -> None:
    wrong = {}
    for name, address in addresses.items():
        page = hostile.get(address)
        markup = parsed(page.text)
        links = [one.attributes.get("href", "") for one in markup.elements]
        wrong[name] = [
            *markup.mistakes,
            *(one.tag for one in markup.all("img", "iframe", "style", "object")),
            *(
                one.attributes["src"]
                for one in markup.all("script")
                if "/static/" not in one.attributes["src"]
            ),
            *(
                name
                for one in markup.elements
                for name in one.attributes
                if name.startswith("on") or name == "style"
            ),
            *(link for link in links if link and not link.startswith(("/", "#", "https://"))),
        ]
        assert page.text.count("<script") == len(markup.all("script"))
    assert not any(wrong.values()), wrong


def test_every_authored_text_keeps_its_direction_to_itself(
    browser: Browser, hostile: Visit, addresses: dict[str, str]
) -> None:
    outside = """() => {
      const found = [], all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (all.nextNode()) {
        const { data, parentElement } = all.currentNode;
        const own = parentElement.closest("bdi, [dir], option, textarea, pre, li code, code");
        if (data.includes("\\u202e") && !own && !data.includes("\\u2068")) found.push(data);
      }
      return found;
    }"""
    page = browser.new_page()
    found = {}
    for name, address in addresses.items():
        page.goto(hostile.origin + address)
        found[name] = page.evaluate(outside)
    page.close()
    assert not any(found.values()), found


@pytest.mark.parametrize("path", ["try", "table"])
def test_no_page_is_framed_and_no_form_is_taken_from_elsewhere(hostile: Visit, path: str) -> None:
    page = hostile.get(f"{AT}/{path}")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    sent: dict[str, Any] = {".token": page.token}
    refused: list[Shown] = [
        hostile.post(f"{AT}/{path}", {}),
        hostile.post(f"{AT}/{path}", sent, Origin="https://elsewhere.example"),
        hostile.post(f"{AT}/{path}", sent, Sec_Fetch_Site="cross-site"),
        hostile.get(f"{AT}/{path}", Host="elsewhere.example"),
    ]
    assert [one.status for one in refused] == [403] * 4
