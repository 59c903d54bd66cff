"""Each kind of finding: what gives it, with the assessment that shows it, and what does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.analysis.proofs.prove import prove
from service.analysis.proofs.results import PROOFS
from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf
from service.vetting.check import check_shelf
from tests.analysis.checks.samples import INPUTS, rule, write

CASES = Path(__file__).parent / "cases"
IDLE = ("goal", "depth", "improvement", "concern", "gained")
"""Questions of the sample that a case need not use: a case is about one kind of finding."""


def cases() -> list[Any]:
    return [
        pytest.param(file.stem, case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def found(folder: Path, case: dict[str, Any]) -> list[tuple[str, str]]:
    """The code and the text of each problem, with its examples behind it."""
    root = write(folder, case["rules"], header=case.get("header", "") + "\n")
    if "inputs" in case:
        more = "".join(f"  {line}\n" for line in case["inputs"].strip().splitlines())
        asked = case.get("asked", INPUTS)  # instead of the sample's questions
        (root / "assessment.yaml").write_text(asked + more + case.get("beside", ""), encoding="utf-8")
    if "guarantees" in case:
        (root / "guarantees.yaml").write_text(case["guarantees"], encoding="utf-8")
    shelf = read_shelf(folder, "r")
    checked = check_shelf(shelf, scenarios=False)
    served = checked.snapshot.served
    assert served, shelf.all_problems
    for problem in checked.proof_problems:
        for text in problem.examples:
            assert not isinstance(served["small"].decide_example(json.loads(text)), tuple), text
    checked.close()
    return [
        (problem.code, " ".join([str(problem).removeprefix("r/small/"), *problem.examples]))
        for problem in checked.proof_problems
        if problem.code not in _OF_QUESTIONS or not _OF_QUESTIONS[problem.code](problem.message) <= {*IDLE}
    ]


_OF_QUESTIONS: dict[str, Callable[[str], set[str]]] = {
    "input-never-matters": lambda message: {message.split('"')[1]},
    "gate-not-asked": lambda message: set(re.findall('"([^"]+)"', message)[2:]),
}
"""The questions that a problem is about, by its code."""


@pytest.mark.parametrize(("code", "case"), cases())
def test_a_finding_is_said_with_its_place_its_mend_and_an_example(
    tmp_path: Path, code: str, case: dict[str, Any]
) -> None:
    texts = [text for _, text in found(tmp_path, case)]
    assert texts == case["problems"]


def test_every_kind_of_finding_has_a_case_that_gives_it_and_one_that_does_not() -> None:
    for code in PROOFS:
        if code == "not-decided":
            continue  # it depends on time: see test_deadline.py
        listed = yaml.safe_load((CASES / f"{code}.yaml").read_text(encoding="utf-8"))
        assert any(code in "".join(case["problems"]) for case in listed), code
        assert any(code not in "".join(case["problems"]) for case in listed), code


def test_a_gap_is_found_for_the_last_of_many_options(tmp_path: Path) -> None:
    options = ", ".join(f"c{number}" for number in range(40))
    inputs = f"inputs:\n  concern: {{label: What?, one of: [{options}], required: true}}\n"
    rules = (
        "- {id: one, title: One, when: {concern: {not: [c38, c39]}}, then: {sessions: 1 to 3}, "
        "because: So, support: judgement}"
    )
    write(tmp_path, rules, inputs=inputs)
    checked = check_shelf(read_shelf(tmp_path, "r"), scenarios=False)
    checked.close()
    assert [problem.message.split(" there")[0] for problem in checked.proof_problems] == [
        "A gap: for concern c38",
        "A gap: for concern c39",
    ]


def test_nothing_is_proven_of_what_an_earlier_version_of_the_language_comes_to(tmp_path: Path) -> None:
    write(tmp_path, rule("{concern: given}", "{sessions: 1 to 3}"))
    ruleset = read_shelf(tmp_path, "r").read["small"].ruleset
    assert ruleset is not None
    compiled = CompiledRuleset(replace(ruleset, language_version=1))
    with pytest.raises(ValueError, match="an earlier version of the language"):
        prove(compiled)
    compiled.close()
