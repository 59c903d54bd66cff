"""A folder is replaced as a whole or stays as it is, and what was there is never lost."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store import replacing
from service.store.editions import Edition
from service.store.faults import Damaged
from service.store.replacing import CantReplace, ChangedMeanwhile, staged, swap_in, swap_in_for
from tests.store.made import edition

AT = datetime(2026, 6, 1, 12, 30, 15, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ruleset's folder."""
    (tmp_path / "small" / "factors").mkdir(parents=True)
    (tmp_path / "small" / "ruleset.yaml").write_text("now")
    return tmp_path / "small"


@pytest.fixture(params=["exchange", "rename"])
def any_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems on which two folders can change places at once, and on which they can't."""
    if request.param == "rename":
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())


def below(folder: Path) -> dict[str, str]:
    """Every file below a folder."""
    found = folder.rglob("*")
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found if path.is_file()}


@pytest.mark.usefixtures("any_system")
def test_what_was_there_is_kept_whole(folder: Path) -> None:
    with staged(folder, edition().own_files) as new:
        kept = swap_in(new, folder, AT)
    assert kept == folder.parent / ".small.before-rollback-20260601-123015"
    assert below(kept) == {"ruleset.yaml": "now"}
    assert below(folder) == {"ruleset.yaml": "id: small\nversion: 1.0.0\n", "factors/1-a.yaml": "a\n"}
    assert {path.name for path in folder.parent.iterdir()} == {kept.name, "small"}


@pytest.mark.usefixtures("any_system")
def test_two_rollbacks_in_one_second_keep_both(folder: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        with staged(folder, edition(version).own_files) as new:
            kept = swap_in(new, folder, AT)
    assert kept == folder.parent / ".small.before-rollback-20260601-123015-2"
    assert below(kept)["ruleset.yaml"] == "id: small\nversion: 1.0.0\n"


@pytest.mark.usefixtures("any_system")
def test_a_swap_that_fails_changes_nothing(folder: Path) -> None:
    with pytest.raises(CantReplace, match="small can't be replaced: no such file or directory"):
        swap_in(folder.parent / "nothing", folder, AT)
    assert below(folder.parent) == {"small/ruleset.yaml": "now"}


def test_what_is_not_swapped_in_leaves_nothing_behind(folder: Path) -> None:
    with staged(folder, edition().own_files) as new:
        assert new.name == "small"
        assert new.parent.name.startswith(".picoplan-staged-")
    assert [path.name for path in folder.parent.iterdir()] == ["small"]


def test_where_nothing_can_be_written_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CantReplace, match="nothing can be written to"),
        staged(tmp_path / "file" / "small", edition().own_files),
    ):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "../evil.yaml",
        "factors/../../evil.yaml",
        "/etc/evil",
        "other/1-a.yaml",
        "factors/.hidden.yaml",
        "a.txt",
    ],
)
def test_a_file_that_is_none_of_a_ruleset_is_never_written(folder: Path, name: str) -> None:
    odd = Edition("small", "1.0.0", "sha256:0", None, "", {f"small/{name}": "evil"})
    with pytest.raises(Damaged, match="odd name"), staged(folder, odd.own_files):
        pass
    assert below(folder.parent) == {"small/ruleset.yaml": "now"}


HELD = {"ruleset.yaml": b"now"}
NEW = {"ruleset.yaml": b"new", "texts.es.yaml": b"hola", "scenarios/1-a.yaml": b"a"}


def put(folder: Path, expected: dict[str, bytes], files: dict[str, bytes] | None = None) -> Path | None:
    """Have the folder replaced, as long as it holds what is expected."""
    signed = replacing.held_sign_offs(folder)
    with staged(folder, NEW if files is None else files) as new:
        return swap_in_for(new, folder, expected, signed, AT)


def texts(files: dict[str, bytes]) -> dict[str, str]:
    """The files as they are read."""
    return {name: content.decode() for name, content in files.items()}


@pytest.mark.usefixtures("any_system")
def test_what_is_published_leaves_nothing_behind(folder: Path) -> None:
    assert put(folder, HELD) is None
    assert below(folder) == texts(NEW)
    assert [path.name for path in folder.parent.iterdir()] == ["small"]


@pytest.mark.usefixtures("any_system")
def test_a_folder_that_holds_something_else_is_left_alone(folder: Path) -> None:
    for expected in ({"ruleset.yaml": b"then"}, {}, {**HELD, "factors/1-a.yaml": b"a"}):
        with pytest.raises(ChangedMeanwhile):
            put(folder, expected)
    assert below(folder.parent) == {"small/ruleset.yaml": "now"}


@pytest.mark.usefixtures("any_system")
def test_a_save_just_before_the_exchange_is_not_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = replacing.held_files

    def look_and_save(path: Path) -> dict[str, bytes]:
        """Somebody saves as soon as the folder was looked at."""
        held = looked(path)
        if path == folder:
            (folder / "ruleset.yaml").write_text("saved")
        return held

    monkeypatch.setattr(replacing, "held_files", look_and_save)
    with pytest.raises(ChangedMeanwhile, match="just saved"):
        put(folder, HELD)
    assert below(folder.parent) == {"small/ruleset.yaml": "saved"}


def test_a_signature_that_was_given_meanwhile_is_not_lost(folder: Path) -> None:
    with staged(folder, NEW) as new:
        (folder / "sign-off.yaml").write_text("- {digest: a, role: b, date: c}\n")
        with pytest.raises(ChangedMeanwhile):
            swap_in_for(new, folder, HELD, b"", AT)
    assert below(folder) == {**texts(HELD), "sign-off.yaml": "- {digest: a, role: b, date: c}\n"}


def test_line_ends_of_another_machine_are_no_change(folder: Path) -> None:
    (folder / "ruleset.yaml").write_bytes(b"\xef\xbb\xbfid: small\r\n")
    assert put(folder, {"ruleset.yaml": b"id: small\n"}) is None


def test_a_new_ruleset_gets_a_folder_unless_something_is_there(folder: Path) -> None:
    other = folder.parent / "other"
    assert put(other, {}) is None
    assert below(other) == texts(NEW)
    with pytest.raises(ChangedMeanwhile):
        put(other, {})
    other.with_name("third").mkdir()
    (other.with_name("third") / ".git").mkdir()
    (other.with_name("third") / ".git" / "HEAD").write_text("ref")
    put(other.with_name("third"), {})
    assert below(other.with_name("third")) == {**texts(NEW), ".git/HEAD": "ref"}


def test_hidden_files_sign_offs_and_rights_stay_and_what_is_of_no_ruleset_is_kept_beside(
    folder: Path,
) -> None:
    (folder / ".git").write_text("ref")
    (folder / "sign-off.yaml").write_text("- {digest: a, role: b, date: c}\n")
    (folder / "ruleset.yaml").chmod(0o600)
    assert put(folder, HELD) is None
    assert below(folder) == {
        **texts(NEW),
        ".git": "ref",
        "sign-off.yaml": "- {digest: a, role: b, date: c}\n",
    }
    assert (folder / "ruleset.yaml").stat().st_mode & 0o777 == 0o600
    (folder / "factors").mkdir()
    (folder / "factors" / "notes.txt").write_text("mine")
    kept = put(folder, NEW, HELD)
    assert kept is not None
    assert kept.name == ".small.before-publish-20260601-123015"
    assert (kept / "factors" / "notes.txt").read_text() == "mine"


def test_of_many_who_publish_at_once_one_wins_and_the_others_are_told(folder: Path) -> None:
    def publish(number: int) -> bool:
        """Whether this one won."""
        try:
            put(folder, HELD, {"ruleset.yaml": str(number).encode()})
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(publish, range(24)))
    assert won.count(True) == 1
    assert below(folder.parent) == {"small/ruleset.yaml": str(won.index(True))}


_KILLED_AT = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from service.store.replacing import staged, swap_in_for

folder, at = Path(sys.argv[1]), int(sys.argv[2])
count = 0


def dies(event, arguments):
    global count
    if event.startswith(("open", "os.", "ctypes.", "shutil.")):
        count += 1
        if count == at:
            os._exit(9)


sys.addaudithook(dies)
with staged(folder, {"ruleset.yaml": b"new", "factors/1-a.yaml": b"a"}) as new:
    swap_in_for(new, folder, {"ruleset.yaml": b"now"}, b"", datetime.now(UTC))
"""


def test_whenever_it_is_killed_the_folder_is_the_old_or_the_new_whole(folder: Path) -> None:
    old, new = {"ruleset.yaml": "now"}, {"ruleset.yaml": "new", "factors/1-a.yaml": "a"}
    (folder / "factors").rmdir()
    seen = []
    for at in range(1, 60):
        ended = subprocess.run([sys.executable, "-c", _KILLED_AT, str(folder), str(at)], check=False)
        seen.append(below(folder))
        if ended.returncode == 0:
            break
        assert seen[-1] in (old, new)
        if seen[-1] == new:
            shutil.rmtree(folder)
            folder.mkdir()
            (folder / "ruleset.yaml").write_text("now")
    assert seen[-1] == new, "it was let come to its end"
    assert old in seen
    assert seen.count(new) > 1, "it was also killed after the exchange"
