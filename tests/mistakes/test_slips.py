"""Each slip of somebody who does not program has one message, at its place, with its cause and its mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.count_mistakes import report
from tests.mistakes.making import load_case
from tests.mistakes.slips import FILES, told

SLIP = next(path for path in FILES if path.stem == "number-as-a-word")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_slip_is_told_well(path: Path, tmp_path: Path) -> None:
    case = load_case(path)
    one = told(case, tmp_path)
    assert list(one.lines) == case["problems"]
    assert one.after == ()
    assert one.well


def test_there_are_118_and_each_says_in_a_sentence_what_was_done() -> None:
    assert len(FILES) == 118
    for path in FILES:
        case = load_case(path)
        assert re.fullmatch(r"(I|We|My) [^\n]+\.", case["what"]), path.name
        assert case["edits"], path.name
        assert case["mended"], path.name


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        (
            "problems",
            ["rulesets/laser-room/factors/1-concern.yaml:1:1: error not-a-number"],
            {"place", "cause"},
        ),
        ("problems", ["a", "b"], {"once", "place", "cause"}),
        (
            "mended",
            [{"file": "ruleset.yaml", "replace": "version: 1.2.0", "with": "version: 1.2.1"}],
            {"mend"},
        ),
        (
            "edits",
            [
                {"file": "factors/1-concern.yaml", "replace": "add sessions: 2", "with": "add sessions: two"},
                {"file": "ruleset.yaml", "replace": "version: 1.2.0", "with": "version: one"},
            ],
            {"once", "mend"},
        ),
    ],
)
def test_what_is_not_as_it_must_be_is_not_counted(
    key: str, value: object, wrong: set[str], tmp_path: Path
) -> None:
    one = told(load_case(SLIP) | {key: value}, tmp_path)
    assert {name for name in ("once", "place", "cause", "mend") if not getattr(one, name)} >= wrong
    assert not one.well
    lines, all_well = report({"good": told_well(tmp_path), "bad": one})
    assert not all_well
    assert lines[-1].startswith("1 of 2 ")
    assert any("bad" in line for line in lines)


def told_well(folder: Path) -> object:
    below = folder / "as-it-is"
    below.mkdir()
    return told(load_case(SLIP), below)
