"""A folder is replaced as a whole or stays as it is, and what was there is never lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store.editions import Edition
from service.store.faults import Damaged
from service.store.folders import CantRestore, staged, swap_in
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
    with staged(edition(), folder) as new:
        kept = swap_in(new, folder, AT)
    assert kept == folder.parent / ".small.before-rollback-20260601-123015"
    assert below(kept) == {"ruleset.yaml": "now"}
    assert below(folder) == {"ruleset.yaml": "id: small\nversion: 1.0.0\n", "factors/1-a.yaml": "a\n"}
    assert {path.name for path in folder.parent.iterdir()} == {kept.name, "small"}


@pytest.mark.usefixtures("any_system")
def test_two_rollbacks_in_one_second_keep_both(folder: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        with staged(edition(version), folder) as new:
            kept = swap_in(new, folder, AT)
    assert kept == folder.parent / ".small.before-rollback-20260601-123015-2"
    assert below(kept)["ruleset.yaml"] == "id: small\nversion: 1.0.0\n"


@pytest.mark.usefixtures("any_system")
def test_a_swap_that_fails_changes_nothing(folder: Path) -> None:
    with pytest.raises(CantRestore, match="small can't be replaced: no such file or directory"):
        swap_in(folder.parent / "nothing", folder, AT)
    assert below(folder.parent) == {"small/ruleset.yaml": "now"}


def test_what_is_not_swapped_in_leaves_nothing_behind(folder: Path) -> None:
    with staged(edition(), folder) as new:
        assert new.name == "small"
        assert new.parent.name.startswith(".picoplan-rollback-")
    assert [path.name for path in folder.parent.iterdir()] == ["small"]


def test_where_nothing_can_be_written_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CantRestore, match="nothing can be written to"),
        staged(edition(), tmp_path / "file" / "small"),
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
    with pytest.raises(Damaged, match="odd name"), staged(odd, folder):
        pass
    assert below(folder.parent) == {"small/ruleset.yaml": "now"}
