from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.store.folders import NotARulesetsFolder
from service.vetting.sources import NAMES, Source


@pytest.fixture
def source(rulesets: Path) -> Source:
    return Source(rulesets, "clinic")


def test_every_change_of_a_file_is_seen_also_one_that_leaves_size_and_time_alone(source: Source) -> None:
    file = source.root / "small/assessment.yaml"
    before, times = source.fingerprints(["small"]), file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("Scar", "Scab"), encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not before.still(source)


@pytest.mark.parametrize("name", ["sign-off.yaml", "factor.yaml", "factors/new.yaml", "factors/a.txt"])
def test_a_new_file_is_seen_whether_it_belongs_there_or_not(source: Source, name: str) -> None:
    before = source.fingerprints(["small"])
    (source.root / "small" / name).write_text("x", encoding="utf-8")
    assert not before.still(source)


@pytest.mark.parametrize(
    "name", [".1-concern.yaml.swp", "~$ruleset.yaml", "ruleset.yaml~", "#a#", "Thumbs.db"]
)
def test_hidden_and_temporary_files_are_no_change(source: Source, name: str) -> None:
    before = source.fingerprints(["small", NAMES])
    for folder in ("", "small", "small/factors"):
        (source.root / folder / name).write_text("x", encoding="utf-8")
    assert before.still(source)


def test_a_file_that_cannot_be_read_a_link_to_nothing_and_a_folder_in_its_place_are_seen(
    source: Source,
) -> None:
    looks = {source.fingerprint("small")}
    file = source.root / "small/guarantees.yaml"
    file.unlink()
    looks.add(source.fingerprint("small"))
    file.symlink_to("nowhere")
    looks.add(source.fingerprint("small"))
    file.unlink()
    file.mkdir()
    looks.add(source.fingerprint("small"))
    assert len(looks) == 4


def test_a_shipped_ruleset_is_seen_through_any_folder(source: Source) -> None:
    assert source.fingerprint("pico-laser") != source.fingerprint("nothing") == ""
    assert source.fingerprint("../rulesets") == ""


def test_one_ruleset_is_a_source_of_its_own(source: Source) -> None:
    single = Source(source.root / "small", "clinic")
    assert (single.ids(), single.shown("small")) == (("small",), "clinic")
    assert single.fingerprint("small") == source.fingerprint("small")
    assert (source.ids(), source.shown("small")) == (("small",), "clinic/small")


def test_what_is_no_folder_of_rulesets_is_said(source: Source, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, says in (("nowhere", "is not a folder"), ("empty", "holds no ruleset")):
        with pytest.raises(NotARulesetsFolder, match=says):
            Source(tmp_path / name, name).ids()
    assert Source(tmp_path / "empty", "empty", may_be_empty=True).ids() == ()
