"""docs/rulesets.md on scenarios: what picoplan is shown to say of the small ruleset is what it says."""

from __future__ import annotations

from pathlib import Path

from tests.commandline.console import picoplan
from tests.commandline.samples import edit
from tests.docs.folders import write
from tests.docs.test_rulesets import FOLDERS, PAGE

SHOWN = {block.marks["says"]: block.text.splitlines() for block in PAGE.marked("says")}


def tour(tmp_path: Path) -> Path:
    write(tmp_path / "rulesets", {"tour": FOLDERS["tour"]})
    return tmp_path


def test_a_failure_is_told_as_the_page_shows_it(tmp_path: Path) -> None:
    folder = tour(tmp_path)
    scenarios = folder / "rulesets/tour/scenarios/1-first.yaml"
    edit(scenarios, "sessions: {typical: 1, max: 2}", "sessions: {typical: 2, max: 2}")
    assert picoplan("test", folder=folder).out.splitlines()[:-1] == SHOWN["test"]


def test_coverage_is_told_as_the_page_shows_it(tmp_path: Path) -> None:
    said = picoplan("test", "--coverage", folder=tour(tmp_path)).out.splitlines()
    assert [line for line in said if line in SHOWN["coverage"]] == SHOWN["coverage"]


def test_the_suggestions_are_as_expected_and_leave_nothing_to_suggest(tmp_path: Path) -> None:
    folder = tour(tmp_path)
    assert (
        "written to rulesets/tour/scenarios/suggested.yaml"
        in picoplan("test", "--suggest", folder=folder).out
    )
    said = picoplan("test", "--fail-under", "100", folder=folder)
    assert (said.code, "tour: 100 % (11 of 11)" in said.out) == (0, True)
