"""docs/rulesets.md: every piece of a ruleset on the page is read, and does what the page says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from schemas.ruleset_files import EffectsEntry
from service.commandline.main import main
from tests.docs.folders import extended_by, folders_of, problems_in, with_part, write
from tests.docs.pages import ROOT, Block, Page
from tests.docs.worked import shown_steps, worked_rows

PAGE = Page("rulesets.md")
FOLDERS = folders_of(PAGE)
PARTS = PAGE.marked("as", "in")


def table(mark: str) -> Block:
    (block,) = PAGE.marked(mark)
    return block


def cells(mark: str, column: int) -> list[str]:
    return [re.findall(r"`([^`]+)`", row[column])[0] for row in table(mark).rows]


def codes(tmp_path: Path, folders: dict[str, dict[str, str]]) -> set[str]:
    write(tmp_path, folders)
    return {f"{problem.code} ({problem})" for problem in problems_in(tmp_path)}


def test_the_rulesets_of_the_page_are_read_without_a_problem_and_their_scenarios_hold(tmp_path: Path) -> None:
    assert codes(tmp_path, FOLDERS) == set()


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_a_part_is_read_without_a_problem_or_with_the_one_that_the_page_names(
    block: Block, tmp_path: Path
) -> None:
    name = block.marks["in"]
    write(tmp_path, extended_by(FOLDERS | {name: with_part(FOLDERS[name], block)}, name))
    problems = problems_in(tmp_path, run_scenarios=False)
    wanted = {block.marks["problem"]} if "problem" in block.marks else set()
    assert {problem.code for problem in problems} == wanted, problems


def sample_rule(when: str, then: str) -> dict[str, str]:
    """A factor file with one rule."""
    head = "factor: concern\nrules:\n  - id: sample\n    title: A sample\n"
    tail = "    because: A sample.\n    support: judgement\n"
    return {"factors/9-sample.yaml": f"{head}    when: {when}\n    then: {then}\n{tail}"}


@pytest.mark.parametrize("said", cells("tests", 1))
def test_a_test_of_the_table_is_one_that_rules_take(said: str, tmp_path: Path) -> None:
    folder = FOLDERS["tour"] | sample_rule(f"\n      {said}", "{advise: A sample.}")
    assert codes(tmp_path, {"tour": folder}) == set()


@pytest.mark.parametrize("said", cells("effects", 0))
def test_an_effect_of_the_table_is_one_that_rules_take(said: str, tmp_path: Path) -> None:
    then = said if said.startswith("{") else f"\n      {said}"
    folder = FOLDERS["tour"] | sample_rule("{concern: acne_scar, age: 99}", then)
    assert codes(tmp_path, {"tour": folder}) == set()


def test_the_table_of_effects_names_every_effect() -> None:
    known = {made.data_key or name for name, made in EffectsEntry().fields.items()}
    named = {key for said in cells("effects", 0) for key in re.findall(r"(?:^|[{,] ?)([a-z ]+):", said)}
    assert known <= named


@pytest.mark.parametrize("block", PAGE.marked("steps"), ids=str)
def test_the_steps_of_a_worked_example_are_the_services_own(block: Block) -> None:
    assert worked_rows(block) == shown_steps(PAGE, block)


@pytest.mark.parametrize("block", [one for one in PAGE.blocks if one.language == "console"], ids=str)
def test_a_command_of_the_page_says_what_the_page_says(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "rulesets", {"my-clinic": FOLDERS["my-clinic"]})
    monkeypatch.chdir(tmp_path)
    command, said = block.text.split("\n", 1)
    assert main(command.removeprefix("$ picoplan ").split()) == 0
    assert capsys.readouterr().out == said


def test_every_yaml_block_of_the_page_is_read_by_a_test() -> None:
    yaml = [block for block in PAGE.blocks if block.language == "yaml"]
    assert [str(block) for block in yaml if not block.marks] == []
    assert PAGE.marks_without_block == []


def test_every_bound_of_the_reader_stands_in_the_table_of_bounds() -> None:
    said = PAGE.section("Bounds") + PAGE.section("ruleset.yaml: who it is")
    words = {1_000_000: "1 MB", 8_000_000: "8 MB"}
    missing = []
    for file in [*(ROOT / "service/reading").glob("*.py"), ROOT / "schemas/ruleset_files.py"]:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            for name, value in _bounds(node):
                if words.get(value, f"{value:,}") not in said and name not in UNTOLD:
                    missing.append(f"{file.name}: {name} = {value:,}")
    assert missing == []


UNTOLD = {"MOST_PROBLEMS", "MOST_SESSIONS_DONE"}
"""Bounds that a person meets only through a problem which explains itself."""


def _bounds(node: ast.stmt) -> list[tuple[str, int]]:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
        return []
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [
        (name, node.value.value)
        for name in names
        if name.startswith(("MOST_", "LONGEST_", "_MOST")) and isinstance(node.value.value, int)
    ]
