"""``picoplan evaluate`` without a file: the questions that apply, one after another; safety in one block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.analysis.proofs.results import RuleOutcome
from service.analysis.proofs.suggestions import suggest
from service.commandline.assessments import as_file, open_one, read_assessment
from service.commandline.interview import Interview
from service.evaluation.compiled import CompiledRuleset
from tests.commandline.console import picoplan
from tests.serving.translated import translate
from tests.web.small import ASSESSMENT, write_small

SAFETY = """\
  pregnant: {label: Pregnant or nursing?, help: Now., kind: yes or no, must ask: true}
  lesion: {label: A suspicious spot?, kind: yes or no, must ask: true}
  biopsy: {label: Was it looked at?, kind: yes or no, must ask: true, only if: {lesion: yes}}
contradictions:
  - {id: pale, when: {concern: sun_spots, marks: includes pale}, says: Sun spots leave no pale marks.}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small ruleset with a block of safety questions, in English and Spanish."""
    root = tmp_path_factory.mktemp("rulesets")
    folder = write_small(root)
    (folder / "assessment.yaml").write_text(ASSESSMENT + SAFETY)
    translate(root, "small", "es")
    return root


@pytest.fixture(scope="module")
def small(root: Path) -> CompiledRuleset:
    return open_one(str(root), "small").compiled


def asked(small: CompiledRuleset, *typed: str, language: str = "en") -> tuple[dict[str, Any], list[str]]:
    """The answers to what is typed, and all that was shown."""
    lines: Iterator[str] = iter(typed)
    shown: list[str] = []

    def read(prompt: str) -> str:
        shown.append(prompt)
        return next(lines)

    answers = Interview(small, language, read, shown.append).answers()
    assert list(lines) == []
    return answers, [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown]


def test_only_what_applies_is_asked_and_enter_takes_what_stands_there(small: CompiledRuleset) -> None:
    answers, shown = asked(small, "1", "", "", "no", "", "", "")
    assert answers == {"concern": "sun_spots", "marks": [], "gold": False, "pregnant": False, "lesion": False}
    assert "How severe?" not in shown
    assert "Improvement seen" in shown


def test_answers_are_named_by_number_by_id_and_by_label(small: CompiledRuleset) -> None:
    for scar in ("2", "scar", "Scar", " sCaR "):
        answers, _ = asked(small, scar, "severe", "Dark, 2", "yes", "n", "3", "", "")
        assert (answers["concern"], answers["marks"], answers["sensitive"]) == (
            "scar",
            ["dark", "pale"],
            True,
        )


def test_a_block_is_answered_by_naming_those_that_are_so_and_all_others_are_no(
    small: CompiledRuleset,
) -> None:
    answers, shown = asked(small, "1", "", "", "?", "0", "10", "3", "2", "yes")
    assert shown.count("Which of these are so?") == 1
    assert '  "3" is no number of these.' in shown
    assert answers.keys().isdisjoint({"gold"})
    assert (answers["pregnant"], answers["lesion"], answers["biopsy"]) == (False, True, True)
    answers, _ = asked(small, "1", "", "", "?", "0", "10", "?1")
    assert answers.keys().isdisjoint({"pregnant", "biopsy"})


def test_what_is_not_taken_is_told_and_asked_again(small: CompiledRuleset) -> None:
    answers, shown = asked(small, "", "9", "1", "pale", "", "maybe", "no", "?", "seven", "1", "12", "4", "")
    assert answers["concern"] == "sun_spots"
    told = "\n".join(shown)
    assert "There is no plan without an answer to this one." in told
    assert "Sun spots leave no pale marks." in told
    assert "Type yes or no." in told


def test_the_questions_are_shown_in_the_language(small: CompiledRuleset) -> None:
    _, shown = asked(small, "1", "", "", "n", "", "", "", language="es")
    assert "es{What should be treated?}" in shown
    assert "  1  es{Sun spots}" in shown


@pytest.mark.parametrize("name", ["client.yaml", "client.json"])
def test_kept_answers_read_back_as_they_were(small: CompiledRuleset, tmp_path: Path, name: str) -> None:
    answers, _ = asked(small, "2", "mild", "1", "yes", "n", "2", "12.5", "")
    file = tmp_path / name
    file.write_text(as_file(answers, small.ruleset.inputs, name), encoding="utf-8")
    assert read_assessment(str(file), small.ruleset.inputs).data == answers


def test_without_a_terminal_nobody_is_asked(root: Path) -> None:
    said = picoplan("evaluate", "small", "--rulesets", root)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        'picoplan: nobody is there to ask. Name a FILE with the answers, or "-" for standard input.\n'
    )


def test_answers_are_kept_only_where_they_are_asked_for(root: Path) -> None:
    said = picoplan("evaluate", "small", "client.json", "--save", "x.json", "--rulesets", root)
    assert said.code == 2
    assert "leave FILE out" in said.err


@pytest.mark.parametrize("named", ["rulesets/small", "./rulesets/small", "rulesets/small/"])
def test_a_ruleset_is_named_by_its_folder_as_well_as_by_its_id(
    root: Path, tmp_path: Path, named: str
) -> None:
    (tmp_path / "rulesets").symlink_to(root)
    (tmp_path / "client.json").write_text('{"concern": "sun_spots", "gold": false}')
    by_id = picoplan("explain", "small", "client.json", folder=tmp_path)
    assert by_id.code == 0
    assert picoplan("explain", named, "client.json", folder=tmp_path) == by_id
    twice = picoplan("explain", named, "client.json", "--rulesets", "rulesets", folder=tmp_path)
    assert (twice.code, twice.err) == (
        2,
        "picoplan: name the ruleset by its id beside --rulesets, such as small\n",
    )


def test_in_its_own_folder_a_ruleset_is_a_dot(root: Path, tmp_path: Path) -> None:
    client = tmp_path / "client.json"
    client.write_text('{"concern": "sun_spots", "gold": false}')
    said = picoplan("explain", ".", client, folder=root / "small")
    assert (said.code, said.err) == (0, "")


def test_a_suggested_client_is_otherwise_healthy(small: CompiledRuleset) -> None:
    found = suggest(small, [RuleOutcome("sun-spots", None, holds=True)])
    ((_, client),) = found.assessments
    assert {name: client.get(name) for name in ("gold", "pregnant", "lesion")} == dict.fromkeys(
        ("gold", "pregnant", "lesion"), False
    )
    ((_, client),) = suggest(small, [RuleOutcome("gold", None, holds=True)]).assessments
    assert (client["gold"], client["pregnant"]) == (True, False)
