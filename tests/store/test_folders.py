"""What reading a folder adds to reading its rulesets: escapes that stand for control characters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from service.store.editions import edition_of, read_edition
from service.store.folders import read_shelf
from tests.web.small import write_small


def with_title(folder: Path, title: str) -> Path:
    """A folder with a ruleset of that title, as YAML."""
    header = write_small(folder) / "ruleset.yaml"
    text = header.read_text(encoding="utf-8")
    header.write_text(text.replace("title: A small clinic", f"title: {title}"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("escape", [r"\0", r"\x00", r"\u0007", r"\U0000001b", r"\e", r"\x7f", r"\r"])
def test_an_escape_for_a_control_character_is_an_error_at_its_text(tmp_path: Path, escape: str) -> None:
    read = read_shelf(with_title(tmp_path, f'"A{escape}b"'), "clinic").read["small"]
    assert read.ruleset is None
    assert [str(problem) for problem in read.problems] == [
        "clinic/small/ruleset.yaml:2:8: error bad-character "
        "An escape in this text stands for a control character. Type the text anew."
    ]


@pytest.mark.parametrize("title", [r'"A\tb\nc\u00e9"', r"'A\0b'", r"A\0b", r'"A\\0b"'])
def test_what_only_looks_like_one_is_none(tmp_path: Path, title: str) -> None:
    assert read_shelf(with_title(tmp_path, title), "clinic").read["small"].problems == ()


def test_an_archived_edition_is_read_with_it(tmp_path: Path) -> None:
    read = read_shelf(with_title(tmp_path, "A small clinic"), "clinic").read["small"]
    edition = edition_of(read)
    text = edition.files["small/ruleset.yaml"].replace("A small clinic", r'"A\0b"')
    again = read_edition(replace(edition, files={**edition.files, "small/ruleset.yaml": text}))
    assert again.ruleset is not None
    assert again.ruleset.title == "A\0b"
