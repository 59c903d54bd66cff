"""Every way in which a save reaches a folder is told once, and nothing else is."""

import queue
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.vetting.watcher import LOOK_AGAIN, SETTLED, changes
from tests.vetting.bursts import Saves
from tests.waiting import PATIENCE_S


class Watched:
    """A folder that a thread watches."""

    def __init__(self, folder: Path, *also: Path) -> None:
        self.stop = threading.Event()
        self.told: queue.Queue[frozenset[Path]] = queue.Queue()
        stream = changes(folder, self.stop, also)
        self.thread = threading.Thread(target=lambda: [self.told.put(one) for one in stream])
        self.thread.start()

    def next(self) -> frozenset[Path]:
        """The next set of changes."""
        return self.told.get(timeout=PATIENCE_S)

    def until(self, *files: Path) -> list[frozenset[Path]]:
        """What is told until all the files have been."""
        told: list[frozenset[Path]] = []
        while not frozenset().union(*told) >= {*files}:
            told.append(self.next())
        return told

    def end(self) -> None:
        """Stop the thread; fails where it does not stop."""
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of rulesets with one ruleset."""
    root = tmp_path / "rulesets"
    (root / "small" / "factors").mkdir(parents=True)
    (root / "small" / "ruleset.yaml").write_text("id: small\n")
    (root / "small" / "factors" / "1-a.yaml").write_text("factor: a\n")
    return root


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    """The folder, watched."""
    one = Watched(folder)
    yield one
    one.end()


def test_a_save_in_place_is_told(folder: Path, watched: Watched) -> None:
    file = folder / "small" / "factors" / "1-a.yaml"
    file.write_text("factor: b\n")
    assert watched.next() == {file}


def test_a_change_is_told_within_a_second_even_where_the_system_gives_no_events() -> None:
    assert LOOK_AGAIN + SETTLED < 1


def test_an_atomic_rename_is_told_without_its_temporary_file(folder: Path, watched: Watched) -> None:
    file = folder / "small" / "ruleset.yaml"
    temporary = folder / "small" / ".ruleset.yaml.swp"
    temporary.write_text("id: smaller\n")
    temporary.rename(file)
    assert watched.next() == {file}


def test_a_burst_of_many_files_is_one_change(folder: Path, watched: Watched) -> None:
    files = [folder / "small" / "factors" / f"{number}.yaml" for number in range(200)]
    saves = Saves()
    for file in files:
        saves.save(file, "factor: a\n")
    told = watched.until(*files)
    assert set().union(*told) == set(files)
    assert len(told) <= saves.most_bursts


def test_a_swapped_link_to_the_whole_folder_is_told(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "small" / "ruleset.yaml").write_text("id: small\nversion: 2.0.0\n")
    link = tmp_path / "current"
    link.symlink_to(folder)
    watched = Watched(link)
    try:
        fresh = tmp_path / ".fresh"
        fresh.symlink_to(other)
        fresh.replace(link)
        assert link / "small" / "ruleset.yaml" in watched.next()
        (other / "small" / "ruleset.yaml").write_text("id: small\nversion: 3.0.0\n")
        assert watched.next() == {link / "small" / "ruleset.yaml"}  # the watch has moved with the link
    finally:
        watched.end()


def test_a_hidden_link_behind_the_files_may_be_swapped(tmp_path: Path) -> None:
    """As container platforms mount configuration: every file is a link through ``..data``."""
    root = tmp_path / "rulesets"
    for version in ("..v1", "..v2"):
        (root / version / "small").mkdir(parents=True)
        (root / version / "small" / "ruleset.yaml").write_text(f"id: {version}\n")
    (root / "..data").symlink_to("..v1")
    (root / "small").symlink_to("..data/small")
    watched = Watched(root)
    try:
        (root / "..fresh").symlink_to("..v2")
        (root / "..fresh").replace(root / "..data")
        assert root / "small" / "ruleset.yaml" in watched.next()
    finally:
        watched.end()


def test_a_file_reached_by_a_link_is_watched_where_it_lies(folder: Path, tmp_path: Path) -> None:
    far = tmp_path / "far.yaml"
    far.write_text("factor: a\n")
    near = folder / "small" / "factors" / "2-far.yaml"
    near.symlink_to(far)
    watched = Watched(folder)
    try:
        far.write_text("factor: another\n")
        assert watched.next() == {near}
    finally:
        watched.end()


def test_a_folder_that_goes_and_comes_back_is_told(folder: Path, watched: Watched) -> None:
    away = folder.with_name("away")
    folder.rename(away)
    watched.until(folder / "small" / "ruleset.yaml")
    away.rename(folder)
    watched.until(folder / "small" / "ruleset.yaml")


def test_a_new_ruleset_and_edits_in_it_are_told(folder: Path, watched: Watched) -> None:
    new = folder / "new"
    (new / "scenarios").mkdir(parents=True)
    (new / "scenarios" / "1.yaml").write_text("- name: a\n")
    watched.until(new / "scenarios" / "1.yaml")
    (new / "scenarios" / "1.yaml").write_text("- name: bc\n")
    assert watched.next() == {new / "scenarios" / "1.yaml"}


def test_a_file_that_goes_is_told(folder: Path, watched: Watched) -> None:
    (folder / "small" / "factors" / "1-a.yaml").unlink()
    assert watched.next() == {folder / "small" / "factors" / "1-a.yaml"}


def test_hidden_and_temporary_files_are_not_told(folder: Path, watched: Watched) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    (folder / "small" / "~$ruleset.yaml").write_text("x")
    (folder / "small" / ".schemas").mkdir()
    (folder / "small" / ".schemas" / "rules.json").write_text("{}")
    (folder / "small" / "factors" / "1-a.yaml~").write_text("x")
    (folder / "small" / "ruleset.yaml").write_text("id: a\n")
    assert watched.next() == {folder / "small" / "ruleset.yaml"}


def test_what_changes_while_the_reader_is_busy_is_told_next(folder: Path) -> None:
    stop = threading.Event()
    stream = changes(folder, stop)
    (folder / "small" / "ruleset.yaml").write_text("id: a\n")  # after the call, before the first step
    assert next(stream) == {folder / "small" / "ruleset.yaml"}
    (folder / "small" / "factors" / "1-a.yaml").write_text("factor: c\n")
    assert next(stream) == {folder / "small" / "factors" / "1-a.yaml"}
    stop.set()
    assert next(stream, None) is None


def test_saves_without_end_are_told_all_the_same(folder: Path, watched: Watched) -> None:
    file = folder / "small" / "ruleset.yaml"
    began = time.monotonic()
    number = 0
    while watched.told.empty():
        assert time.monotonic() - began < PATIENCE_S
        file.write_text(f"id: a{number}\n")
        number += 1
        time.sleep(0.01)
    assert watched.next() == {file}


def test_a_second_folder_is_watched_too(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "extended"
    other.mkdir()
    watched = Watched(folder / "small", other)
    try:
        (other / "ruleset.yaml").write_text("id: extended\n")
        assert watched.next() == {other / "ruleset.yaml"}
    finally:
        watched.end()
