"""Each kind of edit: what is said to be edited, what it means, and whether it breaks requests of before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.analysis.compare.breaking import breaking
from service.analysis.compare.compare import compare
from service.analysis.compare.meaning import edited_lines, meaning_lines
from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf

HERE = Path(__file__).parent
BASE = HERE / "base" / "clinic"


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted((HERE / "cases").glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def read(folder: Path, shown_as: str) -> Ruleset:
    found = read_shelf(folder, shown_as).read["clinic"]
    assert found.ruleset is not None, found.problems
    return found.ruleset


def after(folder: Path, case: dict[str, Any]) -> Ruleset:
    root = folder / "clinic"
    shutil.copytree(BASE, root)
    for edit in case["edits"]:
        path = root / edit["file"]
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["before"]) == 1, edit
        path.write_text(text.replace(edit["before"], edit["after"]), encoding="utf-8")
    return read(root, "new")


@pytest.mark.parametrize("case", cases())
def test_an_edit_is_named_with_its_meaning_and_an_example(tmp_path: Path, case: dict[str, Any]) -> None:
    old, new = read(BASE, "old"), after(tmp_path, case)
    before, now = CompiledRuleset(old), CompiledRuleset(new)
    comparison = compare(before, now)
    for statement in (*comparison.plans, *comparison.texts):
        for one in (before, now) if statement.example is not None else ():
            assert not isinstance(one.decide_example(statement.example or {}), tuple), statement
    before.close()
    now.close()
    assert [*edited_lines(comparison)] == case["edited"]
    assert [*meaning_lines(comparison)] == case["means"]
    assert [str(problem) for problem in breaking(old, new)] == case.get("breaking", [])
