"""docs/problems.md: an entry for each problem that picoplan can find, with samples that have it and don't."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.reading.codes import ERRORS, WARNINGS
from tests.docs.codes import codes_in
from tests.docs.folders import folders_of, problems_in, with_part, write
from tests.docs.pages import Block, Page
from tests.docs.test_rulesets import PAGE as RULESETS

PAGE = Page("problems.md")
BASE = folders_of(PAGE)["base"]
ENTRIES = [heading for level, heading in PAGE.headings if level == 3]


def problems_of(block: Block, tmp_path: Path) -> set[tuple[str, str]]:
    write(tmp_path, {"base": with_part(BASE, block)})
    return {(problem.code, problem.severity) for problem in problems_in(tmp_path)}


def test_every_problem_has_an_entry_and_there_is_no_entry_too_many() -> None:
    beside = codes_in("service/checking", "service/library", "service/answering/trying.py")
    assert set(ENTRIES) == ERRORS | WARNINGS | beside


def test_the_entries_are_sorted_and_each_stands_once() -> None:
    assert sorted(set(ENTRIES)) == ENTRIES


def test_the_ruleset_of_the_samples_has_no_problem(tmp_path: Path) -> None:
    write(tmp_path, {"base": BASE})
    assert problems_in(tmp_path) == []


@pytest.mark.parametrize("block", PAGE.marked("problem"), ids=str)
def test_a_bad_sample_has_its_problem_and_no_other(block: Block, tmp_path: Path) -> None:
    severity = re.match(r"\n(Error|Warning)\. ", PAGE.section(block.heading))
    assert severity, "the entry begins with how grave it is"
    assert problems_of(block, tmp_path) == {(block.marks["problem"], severity.group(1).lower())}


@pytest.mark.parametrize("block", PAGE.marked("mended"), ids=str)
def test_a_good_sample_has_no_problem(block: Block, tmp_path: Path) -> None:
    assert problems_of(block, tmp_path) == set()


@pytest.mark.parametrize("code", ENTRIES)
def test_an_entry_has_a_bad_and_a_good_sample_or_says_why_it_has_none(code: str) -> None:
    samples = [block for block in PAGE.blocks if block.heading == code]
    marks = [sorted({"problem", "mended"} & block.marks.keys()) for block in samples]
    assert marks == [["problem"], ["mended"]] or ("<!-- no sample: " in PAGE.section(code) and marks == [])


def test_a_sample_stands_in_the_entry_of_its_problem() -> None:
    for block in [*PAGE.marked("problem"), *PAGE.marked("mended")]:
        assert block.heading in block.marks.values(), str(block)


def test_every_yaml_block_of_the_page_is_read_by_a_test() -> None:
    assert [str(block) for block in PAGE.blocks if block.language == "yaml" and not block.marks] == []
    assert PAGE.marks_without_block == []


def test_every_problem_shown_in_the_guide_has_an_entry() -> None:
    assert {block.marks["problem"] for block in RULESETS.marked("problem")} <= set(ENTRIES)
