"""The page as a document: whole, safe, and with everything that a ruleset says."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from schemas.language import SUPPORTS
from service.documenting.dossier import Dossier, Faulty
from service.documenting.page import html
from tests.documenting.hostile import ATTACK, write_hostile
from tests.documenting.markup import Markup, flat, parsed
from tests.documenting.samples import SHIPPED, dossier, ruleset, shipped_dossier

NAMES = ("pico-laser", "example-clinic", "tattoo-kirby-desai")


@pytest.fixture(scope="module")
def dossiers() -> dict[str, Dossier]:
    return {name: shipped_dossier(name) for name in NAMES}


@pytest.fixture(scope="module")
def pages(dossiers: dict[str, Dossier]) -> dict[str, Markup]:
    return {name: parsed(html(one)) for name, one in dossiers.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_element_is_closed_where_it_should_be(pages: dict[str, Markup], name: str) -> None:
    assert pages[name].mistakes == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_in_the_page_leads_to_one_place(pages: dict[str, Markup], name: str) -> None:
    ids = Counter(one.attributes["id"] for one in pages[name].elements if "id" in one.attributes)
    assert [one for one, times in ids.items() if times > 1] == []
    links = [one.attributes["href"] for one in pages[name].all("a")]
    assert {link for link in links if link.startswith("#") and link[1:] not in ids} == set()
    assert {link for link in links if not link.startswith(("#", "https://", "http://"))} == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_asks_nothing_of_any_other_place(pages: dict[str, Markup], name: str) -> None:
    assert pages[name].all("script", "img", "iframe", "object", "embed", "form", "video", "audio") == []
    assert [one for one in pages[name].elements if "src" in one.attributes] == []
    assert [one.attributes["href"] for one in pages[name].all("link")] == ["data:,"]
    (style,) = pages[name].all("style")
    assert re.findall(r"url\(|@import", style.text) == []
    policy = next(one for one in pages[name].all("meta") if "http-equiv" in one.attributes)
    assert policy.attributes["content"].startswith("default-src 'none';")


@pytest.mark.parametrize("name", NAMES)
def test_headings_step_down_one_at_a_time_and_tables_name_their_columns(
    pages: dict[str, Markup], name: str
) -> None:
    levels = [int(one.tag[1]) for one in pages[name].all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {one.attributes.get("scope") for one in pages[name].all("th")} == {"col", "row"}
    (document,) = pages[name].all("html")
    assert document.attributes["lang"] == "en"


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_the_ruleset_says_is_on_the_page(
    dossiers: dict[str, Dossier], pages: dict[str, Markup], name: str
) -> None:
    shown = dossiers[name].ruleset
    page = pages[name]
    for rule in shown.rules:
        row = flat(page.by_id(f"rule-{rule.id}").text)
        then = rule.then
        texts = (then.stop, then.defer, then.until, then.no_numbers, then.refer, then.expect)
        advice = (text for _, text in then.advise)
        said = [rule.title, rule.because, rule.support or "", *rule.evidence, *filter(None, texts), *advice]
        assert [one for one in said if flat(one) not in row] == []
    for question in shown.inputs.values():
        row = flat(page.by_id(f"question-{question.id}").text)
        said = [question.label, question.help or "", *(option.label for option in question.options)]
        assert [one for one in said if flat(one) not in row] == []
    for paper in shown.evidence.values():
        row = flat(page.by_id(f"paper-{paper.id}").text)
        assert [one for one in (paper.title, paper.says or "") if flat(one) not in row] == []
    whole = flat(page.all("body")[0].text)
    texts = [*shown.verdicts.values(), *shown.benefit_texts.values(), *shown.factors.values()]
    assert [one for one in texts if flat(one) not in whole] == []
    for number, scenario in enumerate(shown.scenarios, 1):
        assert flat(scenario.name) in flat(page.by_id(f"client-{number}").text)
    for guarantee in shown.guarantees:
        row = flat(page.by_id(f"guarantee-{guarantee.id}").text)
        assert guarantee.title in row
        assert "Proven" in row


def test_rules_are_counted_by_support_and_papers_name_who_cites_them(
    dossiers: dict[str, Dossier], pages: dict[str, Markup]
) -> None:
    shown = dossiers["pico-laser"].ruleset
    evidence = flat(pages["pico-laser"].by_id("evidence").text)
    for support in SUPPORTS:
        number = sum(rule.support == support for rule in shown.rules)
        assert re.search(rf"{support} The figure [a-z ]+\. {number}\b", evidence)
    paper = flat(pages["pico-laser"].by_id("paper-EV-ACN-03").text)
    cited = [rule.title for rule in shown.rules if "EV-ACN-03" in rule.evidence]
    assert cited
    assert all(title in paper for title in cited)


def test_a_clinic_sees_what_is_its_own(pages: dict[str, Markup]) -> None:
    own = flat(pages["example-clinic"].by_id("differences").text)
    assert "The rule “Smoking slows tattoo removal” was removed." in own
    assert "The rule “Working outdoors” is new." in own
    assert "The question “Which laser is used?”, choices: now “Our new laser”." in own
    assert "our own" in flat(pages["example-clinic"].by_id("rule-outdoor-work").text)
    assert "our own" not in flat(pages["example-clinic"].by_id("rule-acne-scar-mild").text)


def test_the_same_ruleset_makes_the_same_bytes(dossiers: dict[str, Dossier]) -> None:
    name = "example-clinic"
    assert html(dossier(SHIPPED, name)) == html(dossiers[name])


def test_no_text_of_a_ruleset_becomes_markup(tmp_path: Path) -> None:
    gathered = dossier(write_hostile(tmp_path), "hostile")
    page = html(gathered)
    markup = parsed(page)
    assert markup.all("script", "img") == []
    assert "<script" not in page
    assert markup.mistakes == []
    assert [one for one in markup.elements if any(name.startswith("on") for name in one.attributes)] == []
    assert not any("javascript:" in one.attributes.get("href", "") for one in markup.elements)
    whole = flat(markup.all("body")[0].text)
    places = re.findall(rf"([a-z0-9 ]+) {re.escape(ATTACK)}", whole, re.IGNORECASE)
    said = {place.strip() for place in places}
    wanted = (
        "title owner factor verdict benefit reason question help option age unit gold rule expect "
        "advise refer because gates none paper authors journal year doi says guarantee client role stop"
    )
    assert {word for word in wanted.split() if not any(one.endswith(word) for one in said)} == set()


def test_a_broken_guarantee_shows_the_client_who_breaks_it_in_words(dossiers: dict[str, Dossier]) -> None:
    whole = dossiers["pico-laser"]
    example = json.dumps({"concern": "acne_scar", "severity": "mild", "gold_therapy": True, "inks": []})
    broken = replace(whole.proofs[0], state="broken", examples=(example, example))
    open_ = replace(whole.proofs[1], state="not decided")
    page = parsed(html(replace(whole, proofs=(broken, open_, *whole.proofs[2:]))))
    row = flat(page.by_id(f"guarantee-{broken.guarantee.id}").text)
    assert "Does not hold These clients break it:" in row
    assert "What should be treated? Acne scars How severe is it? mild" in row
    assert "Gold therapy, now or ever? yes" in row
    assert "Which ink colours are in it? none" in row
    assert "Not decided" in flat(page.by_id(f"guarantee-{open_.guarantee.id}").text)
    state = flat(page.by_id("state").text)
    assert f"{len(whole.proofs) - 2} proven, 1 does not hold, 1 not decided" in state


def test_a_failed_scenario_says_what_is_otherwise(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "tattoo-kirby-desai", tmp_path / "tattoo-kirby-desai")
    (tmp_path / "tattoo-kirby-desai" / "scenarios" / "1-score.yaml").write_text(
        "- name: Never\n  assessment: {phototype: III}\n  expect: {verdict: defer}\n", encoding="utf-8"
    )
    gathered = dossier(tmp_path, "tattoo-kirby-desai")
    assert gathered.failed == 1
    row = flat(parsed(html(gathered)).by_id("client-1").text)
    assert "No answer" in row
    assert "is required" in row


def test_what_changed_is_said_in_words_and_once(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "old")
    assessment = tmp_path / "old" / "tattoo-kirby-desai" / "assessment.yaml"
    text = assessment.read_text(encoding="utf-8")
    assert "label: Age in years" in text
    assessment.write_text(text.replace("label: Age in years", "label: How old?"), encoding="utf-8")
    older = ruleset(tmp_path / "old", "tattoo-kirby-desai")
    page = parsed(html(replace(shipped_dossier("tattoo-kirby-desai"), older=older)))
    said = flat(page.by_id("changes").text)
    assert said.endswith("The question “Age in years”, label: was “How old?”, is now “Age in years”.")
    assert said.count("How old?") == 1


def test_nothing_edited_is_said_to_be_nothing(dossiers: dict[str, Dossier]) -> None:
    whole = dossiers["example-clinic"]
    page = parsed(html(replace(whole, older=whole.ruleset)))
    assert "Nothing was edited since" in flat(page.by_id("changes").text)


def test_a_ruleset_with_errors_has_no_page(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "tattoo-kirby-desai", tmp_path / "tattoo-kirby-desai")
    (tmp_path / "tattoo-kirby-desai" / "factors" / "1-score.yaml").write_text("factor: nothing\n")
    with pytest.raises(Faulty) as faulty:
        dossier(tmp_path, "tattoo-kirby-desai")
    assert faulty.value.problems
