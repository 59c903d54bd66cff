"""The real yaml-language-server, as VS Code runs it, with the settings and schemas that picoplan writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.authoring.editor import write_schemas, write_settings
from service.store.folders import shipped
from tests.authoring.language_server import Flagged, LanguageServer, needs_language_server

pytestmark = needs_language_server

HEAD = """\
factor: concern
rules:
  - id: ours
    title: Our rule
    because: We prefer it.
    when:
"""


@pytest.fixture(scope="module")
def rulesets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped rulesets with their schemas, and VS Code's settings beside them."""
    folder = tmp_path_factory.mktemp("editor") / "rulesets"
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".*"))
    every = sorted(folder.iterdir())
    for ruleset in every:
        write_schemas(ruleset)
    write_settings(every, folder)
    return folder


@pytest.fixture(scope="module")
def editor(rulesets: Path) -> Iterator[LanguageServer]:
    """The server, with the copy opened as a folder."""
    settings = json.loads((rulesets / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    with LanguageServer(rulesets, {"schemas": settings["yaml.schemas"]}) as server:
        yield server


@pytest.fixture
def file(rulesets: Path) -> Path:
    """A factor file of pico-laser that is being written."""
    return rulesets / "pico-laser" / "factors" / "new.yaml"


def place(text: str, what: str) -> tuple[int, int]:
    """Line and column behind the last place where the words stand."""
    before = text[: text.rindex(what) + len(what)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def test_every_shipped_file_is_clean(editor: LanguageServer, rulesets: Path) -> None:
    every = sorted(rulesets.rglob("*.yaml"))
    for path in every:
        editor.put(path)
    assert {path: found for path in every if (found := editor.shown(path))} == {}


def test_an_option_is_offered_after_its_question(editor: LanguageServer, file: Path) -> None:
    text = f"{HEAD}      concern: \n"
    editor.show(file, text)
    offered = {one.label: one for one in editor.offers(file, *place(text, "concern: "))}
    assert offered["acne_scar"].inserts == "acne_scar"
    assert offered["acne_scar"].says == "Acne scars"
    assert {"melasma", "tattoo", "given", "unknown", "not solar_lentigo"} <= offered.keys()


def test_worded_tests_are_offered_after_levels_numbers_and_sets(editor: LanguageServer, file: Path) -> None:
    for key, wanted in {
        "severity": {"mild", "at least moderate", "below moderate", "mild to moderate"},
        "age": {"at least 60", "given"},
        "reactions": {"includes pih", "includes any of [pih, rebound]"},
        "gold_therapy": {"yes", "no", "unknown"},
        "device.pulse": {"picosecond", "nanosecond"},
        "scores.kirby_desai": {"above 5"},
    }.items():
        text = f"{HEAD}      {key}: \n"
        editor.show(file, text)
        assert wanted <= {one.inserts for one in editor.offers(file, *place(text, f"{key}: "))}, key


def test_questions_attributes_conclusions_and_scores_are_offered_under_when(
    editor: LanguageServer, file: Path
) -> None:
    text = f"{HEAD}      concern: acne_scar\n      \n"
    editor.show(file, text)
    offered = {one.label: one for one in editor.offers(file, *place(text, "\n      "))}
    assert "How severe is it?" in offered["severity"].says
    assert offered["severity"].inserts == "severity: "
    assert {"device.pulse", "conclusions.wavelength_mismatch", "scores.kirby_desai"} <= offered.keys()
    assert {"any", "all", "not"} <= offered.keys()
    assert "concern" not in offered  # it stands there already


def test_the_keys_of_a_rule_and_its_effects_are_offered(editor: LanguageServer, file: Path) -> None:
    text = f"{HEAD}      concern: acne_scar\n    \n"
    editor.show(file, text)
    offered = {one.label: one.says for one in editor.offers(file, *place(text, "\n    "))}
    assert {"then", "support", "evidence", "allow"} <= offered.keys()
    assert offered["support"] == "How sure the number is. Needed where the rule gives one."
    text = f"{HEAD}      concern: acne_scar\n    then:\n      advise: A word.\n      \n"
    editor.show(file, text)
    effects = {one.label for one in editor.offers(file, *place(text, "\n      "))}
    assert {"sessions", "interval weeks", "one session", "benefits"} <= effects


def test_benefits_papers_and_rules_are_offered_by_id(editor: LanguageServer, file: Path) -> None:
    text = f"{HEAD}      concern: acne_scar\n    then: {{benefits: []}}\n    evidence: []\n"
    editor.show(file, text)
    benefits = {one.label: one.says for one in editor.offers(file, *place(text, "benefits: ["))}
    assert benefits["cumulative"] == "Each session builds on the one before it."
    papers = {one.label for one in editor.offers(file, *place(text, "evidence: ["))}
    assert "EV-ACN-01" in papers
    scenario = file.parents[1] / "scenarios" / "new.yaml"
    text = "- name: A client\n  assessment:\n    age: 40\n    \n  expect: {fired: []}\n"
    editor.show(scenario, text)
    assert "gold" in {one.label for one in editor.offers(scenario, *place(text, "fired: ["))}
    assert "concern" in {one.label for one in editor.offers(scenario, *place(text, "40\n    "))}


def test_a_clinic_is_offered_the_rules_that_it_can_replace_or_disable(
    editor: LanguageServer, rulesets: Path
) -> None:
    header = rulesets / "example-clinic" / "ruleset.yaml"
    text = header.read_text(encoding="utf-8").replace("[smoker-tattoo]", "[]")
    editor.show(header, text)
    assert "smoker-tattoo" in {one.label for one in editor.offers(header, *place(text, "disable: ["))}
    editor.show(header)
    factor = rulesets / "example-clinic" / "factors" / "new.yaml"
    text = "factor: concern\nrules:\n  - id: \n"
    editor.show(factor, text)
    offered = {one.label: one.says for one in editor.offers(factor, *place(text, "id: "))}
    assert offered["acne-scar-mild"].startswith("Replaces: ")


def test_hovering_over_a_question_shows_its_label_and_help(editor: LanguageServer, file: Path) -> None:
    text = f"{HEAD}      severity: mild\n      concern: acne_scar\n"
    editor.show(file, text)
    shown = editor.hover(file, *place(text, "sever"))
    assert "**How severe is it?**" in shown
    assert "Sun spots - mild is few and well defined on the face" in shown
    assert "`acne_scar`: Acne scars" in editor.hover(file, *place(text, "acne"))
    assert "For whom it fires." in editor.hover(file, *place(text, "    whe"))


def test_slips_are_flagged_at_their_words(editor: LanguageServer, file: Path) -> None:
    text = (
        f"{HEAD}      concern: acne_scars\n      severity: at least moderat\n      aeg: 40\n"
        "    then: {sessions: four, benefit: [collagen]}\n    support: judgement\n"
    )
    flagged = editor.show(file, text)
    assert [(one.line, one.column) for one in flagged] == [(7, 16), (8, 17), (9, 7), (10, 22), (10, 28)]
    option, level, question, number, effect = (one.message for one in flagged)
    assert option.startswith('Not a test of concern. Write "solar_lentigo", "freckles", ')
    assert level == (
        'Not a test of severity. Write "mild", "moderate" or "severe", or a test such as "at least moderate".'
    )
    assert question == "Property aeg is not allowed."
    assert number == "Write a number or a range such as 5, 4 to 6, or min, typical and max."
    assert effect == "Property benefit is not allowed."


def test_what_is_missing_in_a_rule_is_flagged(editor: LanguageServer, file: Path) -> None:
    flagged = editor.show(file, "factor: concern\nrules:\n  - id: ours\n    then: {sessions: 4 to 6}\n")
    assert flagged == [
        Flagged(3, 5, f'Missing property "{key}".') for key in ("because", "support", "title", "when")
    ]


def test_yes_and_no_and_numbers_in_any_spelling_are_clean(editor: LanguageServer, file: Path) -> None:
    text = (
        f"{HEAD}      gold_therapy: no\n      sensitivity: True\n      vitiligo: 'yes'\n      age: 40\n"
        "      improvement_pct: 4-6\n      sessions_done: '3'\n    then: {refer: No.}\n    replaces: NO\n"
    )
    assert editor.show(file, text) == []


def test_a_new_question_is_known_once_the_schemas_are_written_again(
    editor: LanguageServer, rulesets: Path
) -> None:
    ruleset = rulesets / "tattoo-kirby-desai"
    file = ruleset / "factors" / "new.yaml"
    text = "factor: response\nrules:\n  - id: ours\n    title: Ours\n    because: So.\n"
    text += "    when: {outdoors: yes}\n"
    text += "    then: {advise: Something.}\n"
    assert [one.message for one in editor.show(file, text)] == ["Property outdoors is not allowed."]
    asked = ruleset / "assessment.yaml"
    more = "inputs:\n  outdoors: {label: Working outdoors?, kind: yes or no}\n"
    asked.write_text(asked.read_text(encoding="utf-8").replace("inputs:\n", more, 1), encoding="utf-8")
    for path in write_schemas(ruleset):
        editor.rewritten(path)
    assert editor.show(file, text + "\n") == []


def test_a_line_at_the_top_of_a_file_names_its_schema_in_any_editor(rulesets: Path) -> None:
    file = rulesets / "pico-laser" / "factors" / "named.yaml"
    text = f"# yaml-language-server: $schema=../.schemas/factors.json\n{HEAD}      concern: acne_scars\n"
    with LanguageServer(rulesets.parent, {}) as server:
        flagged = server.show(file, text)
    assert Flagged(8, 16, flagged[-1].message) in flagged
    assert flagged[-1].message.startswith("Not a test of concern.")
