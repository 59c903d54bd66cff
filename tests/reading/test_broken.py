"""Every mistake that a clinic lead can make is one problem, at its place, with its mend.

The cases are files, each named by the mistake; how one is written says ``tests.reading.reading.prepare``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.reading.problem_collector import ERRORS, WARNINGS
from tests.reading.reading import HERE, load_case, prepare, read

CASES = sorted((HERE / "broken").glob("*.yaml"))
_LINE = re.compile(r"\S+?:[0-9]+:[0-9]+: (error|warning) ([a-z-]+) (.+)\Z")

NOT_AS_FILES = {
    "file-too-large",
    "link-outside",
    "too-many-attributes",
    "too-many-extended",
    "too-many-files",
    "too-many-inputs",
    "too-many-options",
    "too-many-problems",
    "too-many-rules",
    "unreadable",
    "yaml",
}
"""Codes whose cases are too large for a file, or need more than one; ``test_bounds.py`` has them."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_mistake_gets_exactly_these_problems(path: Path, tmp_path: Path) -> None:
    case = load_case(path)
    name = prepare(tmp_path, case)
    found = read(tmp_path, name)
    assert [str(problem) for problem in found.problems] == case["problems"]
    errors = [problem for problem in found.problems if problem.severity == "error"]
    assert (found.ruleset is None) == bool(errors)


def said() -> list[tuple[str, str, str]]:
    """Severity, code and message of every problem that a case expects."""
    lines = [line for path in CASES for line in load_case(path)["problems"]]
    matches = [_LINE.match(line) for line in lines]
    assert all(matches)
    return [match.groups() for match in matches if match]  # type: ignore[misc]


def test_there_are_cases_of_very_many_mistakes() -> None:
    assert len(CASES) > 300


def test_every_code_has_a_case_and_every_case_a_known_code() -> None:
    errors = {code for severity, code, _ in said() if severity == "error"}
    warnings = {code for severity, code, _ in said() if severity == "warning"}
    assert warnings == WARNINGS
    assert errors <= ERRORS
    assert not (ERRORS - errors) - NOT_AS_FILES


def test_messages_are_sentences_without_a_programmers_words() -> None:
    words = re.compile(
        r"\b(None|True|False|dict|str|int|tuple|object|exception|regex|parse|schema|NoneType)\b"
    )
    for _, code, message in said():
        assert not words.search(re.sub(r"\"[^\"]*\"", "", message)), message
        assert message.endswith((".", "?", '"')), message
        assert len(message) < 260, message
        assert code


def test_ten_mistakes_in_five_files_are_ten_problems_in_order_of_place(tmp_path: Path) -> None:
    case = load_case(HERE / "broken" / "ten-mistakes-in-five-files.yaml")
    found = read(tmp_path, prepare(tmp_path, case)).problems
    assert len(found) == 10
    assert len({problem.place.file for problem in found}) >= 5
    assert list(found) == sorted(found, key=lambda problem: problem.place)
