"""A folder into which drafts are published is one that can be written, and is not the shipped one."""

import os
from pathlib import Path

import pytest

from service.drafting.editable_folder import NotEditable, make_editable
from service.store.folders import shipped


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    make_editable(tmp_path / "clinic" / "rulesets", "rulesets")
    assert (tmp_path / "clinic" / "rulesets").is_dir()


def test_the_shipped_rulesets_can_only_be_built_upon(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(shipped())
    for folder in (shipped(), shipped() / "pico-laser", tmp_path / "link"):
        with pytest.raises(NotEditable, match="name a folder of your own, which may be empty"):
            make_editable(folder, "rulesets")


def test_what_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotEditable, match="rulesets can't be written: not a directory"):
        make_editable(tmp_path / "file" / "rulesets", "rulesets")
    for name in ("mine", "theirs"):
        (tmp_path / "rulesets" / name).mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "theirs")  # root may write anything
    with pytest.raises(NotEditable, match="theirs can't be written: permission denied"):
        make_editable(tmp_path / "rulesets", "rulesets")
    make_editable(tmp_path / "rulesets" / "mine", "mine")


def test_of_one_ruleset_the_folder_around_it_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "ruleset.yaml").write_text("")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    with pytest.raises(NotEditable, match="can't be written"):
        make_editable(tmp_path / "small", "small")
