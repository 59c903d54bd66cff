"""What each check says of small rulesets, and of those that it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.store.folders import read_shelf
from tests.analysis.checks.samples import INPUTS, write

CASES = Path(__file__).parent / "cases"
CLINIC = "id: clinic\ntitle: Clinic\nversion: 1.0.0\nextends: small\n"


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("case", cases())
def test_a_check_says_what_is_wrong_at_its_place(tmp_path: Path, case: dict[str, Any]) -> None:
    more = "".join(f"  {line}\n" for line in case.get("inputs", "").splitlines())
    write(tmp_path, case["rules"], header=case.get("header", ""), inputs=INPUTS + more)
    if "clinic" in case:
        (tmp_path / "clinic").mkdir()
        (tmp_path / "clinic" / "ruleset.yaml").write_text(CLINIC, encoding="utf-8")
        (tmp_path / "clinic" / "assessment.yaml").write_text(case["clinic"], encoding="utf-8")
    texts = [str(problem) for problem in read_shelf(tmp_path, "r").all_problems]
    assert [text.removeprefix("r/small/").removeprefix("factors/") for text in texts] == case["problems"]


@pytest.mark.parametrize("file", sorted(CASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_check_has_a_case_that_gives_its_problem_and_one_that_does_not(file: Path) -> None:
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert any(file.stem in "".join(case["problems"]) for case in listed)
    assert any(not case["problems"] for case in listed)
