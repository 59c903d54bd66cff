"""The rules in the workbench: the same words as on the page that is signed, found by what stands in them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.pages import Shown, Visit
from tests.web.serving import ROOT, Served
from tests.web.test_what_if import SPOTS
from tests.web.test_workbench import filled

RULES = "/workbench/pico-laser/live/rules"
RULE = "freckles-mild"


@pytest.fixture
def house(shipped_server: Served) -> Visit:
    """A browser on the machine of a service without keys."""
    return Visit(shipped_server)


def said(page: Shown) -> str:
    """The words of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def titles(page: Shown) -> list[str]:
    """The rules that a page lists, by id."""
    return re.findall(r'<tr id="rule-([^"]+)">', page.text)


def test_every_rule_is_listed_and_has_a_page_of_its_own(house: Visit) -> None:
    listed = titles(house.get(RULES))
    assert len(listed) == len(set(listed)) > 150
    assert {house.get(f"{RULES}/{one}").status for one in listed[::20]} == {200}


def test_each_guarantee_says_whether_it_is_proven(house: Visit) -> None:
    page = house.get(RULES)
    rows = re.findall(r'<tr id="guarantee-.*?</tr>', page.text, re.DOTALL)
    promised = (ROOT / "rulesets" / "pico-laser" / "guarantees.yaml").read_text(encoding="utf-8")
    assert len(rows) == promised.count("- id:") > 10
    assert all('<span class="proof proven">Proven</span>' in row for row in rows)


def test_rules_are_found_by_all_words_whatever_their_case(house: Visit) -> None:
    found = titles(house.get(f"{RULES}?q=FRECKLES+mild"))
    assert RULE in found
    assert len(found) < 10
    nothing = house.get(f"{RULES}?q=no+such+word")
    assert titles(nothing) == []
    assert "No rules found" in said(nothing)


def test_only_ours_leaves_out_what_is_taken_over(house: Visit) -> None:
    clinic = "/workbench/example-clinic/live/rules"
    ours, all_of_them = titles(house.get(f"{clinic}?own=yes")), titles(house.get(clinic))
    assert set(ours) < set(all_of_them)
    own = "".join(one.read_text() for one in (ROOT / "rulesets" / "example-clinic" / "factors").iterdir())
    assert all(re.search(rf"id: {re.escape(one)}\b", own) for one in ours)


def test_a_rule_shows_its_words_papers_source_and_whom_it_meets(house: Visit) -> None:
    page = house.get(f"{RULES}/{RULE}")
    where = re.search(r"factors/[\w.-]+\.yaml:(\d+)", said(page))
    assert where is not None
    file, _, line = where[0].rpartition(":")
    written = (ROOT / "rulesets" / "pico-laser" / file).read_text(encoding="utf-8").splitlines()
    source = [unescape(one) for one in re.findall(r"<bdi>(.*?)</bdi>\n", page.text)]
    assert source[0] == "- id: mild"  # a row of the table freckles
    as_written = written[int(line) - 1 : int(line) - 1 + len(source)]
    indent = len(as_written[0]) - len(as_written[0].lstrip())
    assert source == [one[indent:] for one in as_written]
    assert 'href="https://' in page.text
    clients = re.findall(r'<a href="(/workbench/pico-laser/live/try/[^"]+)">', page.text)
    assert clients
    assert f'id="rule-{RULE}"' in house.get(clients[0]).text


def test_a_rule_that_is_not_there_is_told_with_the_nearest(house: Visit) -> None:
    page = house.get(f"{RULES}/freckles-mildd")
    assert page.status == 404
    assert RULE in said(page)


def test_an_answer_links_the_rules_that_fired(house: Visit) -> None:
    new = house.get("/workbench/pico-laser/live/try")
    where = house.post("/workbench/pico-laser/live/try", {".token": new.token, **filled(SPOTS)}).where
    links = re.findall(rf'href="({RULES}/[^"]+)"', house.get(where).text)
    assert links
    assert house.get(links[0]).status == 200


def test_an_edition_that_served_is_shown_by_its_digest(house: Visit) -> None:
    digest = re.search(r"sha256:([0-9a-f]{12})", house.get(RULES).text)
    assert digest is not None
    earlier = f"/workbench/pico-laser/{digest[1]}"
    for page in ("try", "table", "rules", f"rules/{RULE}"):
        shown = house.get(f"{earlier}/{page}")
        assert shown.status == 200
        assert "an edition that served, version 2" in said(shown)
    new = house.get(f"{earlier}/try")
    tried = house.post(f"{earlier}/try", {".token": new.token, **filled(SPOTS)}).where
    assert tried.startswith(f"{earlier}/try/")
    assert 'class="verdict' in house.get(tried).text
    assert house.get(tried.replace(digest[1], "live")).status == 404
    assert house.get(f"{tried}/record").status == 404


@pytest.mark.parametrize("of", ["000000000000", "LIVE", "draft", "464929"])
def test_what_never_served_is_not_there(house: Visit, of: str) -> None:
    assert house.get(f"/workbench/pico-laser/{of}/try").status == 404
