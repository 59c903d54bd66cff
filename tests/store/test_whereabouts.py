"""The database is found again where the folder of rulesets is a link, and nobody else reads its files."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store.api_keys import NewKey, open_keys
from service.store.archive import open_archive
from service.store.faults import CannotOpen
from service.store.whereabouts import (
    FILE,
    database_url,
    names_database,
    readable_by_others,
    state_folder,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "postgresql://anna:hunter2@db.example/clinic"


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """An environment, and two releases of the rulesets of which "current" is the first."""
    for name in ("v1", "v2"):
        (tmp_path / name / "rulesets").mkdir(parents=True)
    point(tmp_path, "v1")
    return {"PICOPLAN_DATA_DIR": str(tmp_path / "data")}


def point(folder: Path, release: str) -> None:
    """Let the link "current" lead to a release."""
    (folder / "current").unlink(missing_ok=True)
    (folder / "current").symlink_to(release)


def database(rulesets: Path, told: dict[str, str]) -> Path:
    return Path(database_url(rulesets, told).removeprefix("sqlite:///"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def with_key(rulesets: Path, told: dict[str, str]) -> str:
    store = open_keys(rulesets, told)
    key, _ = store.add(NewKey("house"), NOON)
    store.close()
    return key.id


def keys_of(rulesets: Path, told: dict[str, str]) -> list[str]:
    store = open_keys(rulesets, told)
    found = [key.id for key in store.all_keys()]
    store.close()
    return found


def test_what_a_link_points_at_may_move_and_its_keys_are_still_there(
    tmp_path: Path, told: dict[str, str]
) -> None:
    key = with_key(tmp_path / "current/rulesets", told)
    point(tmp_path, "v2")
    assert keys_of(tmp_path / "current/rulesets", told) == [key]


def test_a_folder_given_in_another_way_is_the_same(
    tmp_path: Path, told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "current/rulesets"
    in_a_shell = {**told, "PWD": str(given)}
    key = with_key(given, told)
    for same in (tmp_path / "v1/rulesets", tmp_path / "current/../v1/rulesets", f"{given}/"):
        assert keys_of(Path(same), told) == [key]
    monkeypatch.chdir(given)
    point(tmp_path, "v2")
    assert keys_of(Path(), in_a_shell) == [key], "the shell stands in what the link pointed at before"
    monkeypatch.chdir(given)
    assert keys_of(Path(), in_a_shell) == [key]


def test_a_step_upwards_goes_up_from_what_a_link_points_at(tmp_path: Path, told: dict[str, str]) -> None:
    (tmp_path / "far/away/rulesets").mkdir(parents=True)
    (tmp_path / "near").symlink_to("far/away")
    key = with_key(tmp_path / "far/away/rulesets", told)
    assert keys_of(tmp_path / "near/../away/rulesets", told) == [key]
    assert keys_of(tmp_path / "away/rulesets", told) == []


def test_a_database_named_after_what_a_link_points_at_is_gone_on_with_and_found_when_that_moves(
    tmp_path: Path, told: dict[str, str]
) -> None:
    """Earlier versions of picoplan named it so; it keeps that name for whoever goes back to one."""
    key = with_key(tmp_path / "v1/rulesets", told)
    given = tmp_path / "current/rulesets"
    assert [state_folder(given, told).found_anew for _ in range(2)] == [True, False]
    point(tmp_path, "v2")
    assert keys_of(given, told) == [key]
    assert database(given, told).parent.name.startswith("v1-rulesets-")


def test_a_database_that_was_removed_is_not_begun_anew_in_silence(
    tmp_path: Path, told: dict[str, str]
) -> None:
    earlier = database(tmp_path / "v1/rulesets", told).parent
    assert database(tmp_path / "current/rulesets", told).parent == earlier
    earlier.rmdir()
    with pytest.raises(CannotOpen, match="which is gone, and with it the keys"):
        database_url(tmp_path / "current/rulesets", told)


def test_one_name_may_hold_wherever_the_rulesets_are(tmp_path: Path, told: dict[str, str]) -> None:
    """As in an image, in which the packages lie elsewhere with every Python."""
    key = with_key(tmp_path / "v1/rulesets", told)
    fixed = {**told, "PICOPLAN_DATABASE_NAME": "clinic"}
    assert keys_of(tmp_path / "v1/rulesets", fixed) == [key], "that of before is gone on with"
    assert keys_of(tmp_path / "v2/rulesets", fixed) == [key]
    assert (tmp_path / "data/clinic" / FILE).is_file()


@pytest.mark.parametrize("name", ["../clinic", "Clinic", "a/b", ".", "x" * 65])
def test_a_name_that_is_none_is_told(tmp_path: Path, told: dict[str, str], name: str) -> None:
    with pytest.raises(CannotOpen, match="lower-case letters"):
        database_url(tmp_path, {**told, "PICOPLAN_DATABASE_NAME": name})


def test_only_the_owner_reads_what_is_made(tmp_path: Path, told: dict[str, str]) -> None:
    before = os.umask(0)
    try:
        archive = open_archive(tmp_path / "v1/rulesets", told)
        with archive._database.writing():
            beside = database(tmp_path / "v1/rulesets", told).parent
            assert {path.name for path in beside.iterdir()} >= {FILE, f"{FILE}-wal", f"{FILE}-shm"}
            assert {mode(path) for path in beside.iterdir()} == {0o600}
        archive.close()
        assert {mode(tmp_path / "data"), mode(beside)} == {0o700}
    finally:
        os.umask(before)


def test_what_others_could_read_is_tightened(tmp_path: Path, told: dict[str, str]) -> None:
    with_key(tmp_path / "v1/rulesets", told)
    file = database(tmp_path / "v1/rulesets", told)
    (file.parent / "handled.json").write_text("{}")
    for path in (file, file.parent / "handled.json"):
        path.chmod(0o664)
    file.parent.chmod(0o755)
    assert readable_by_others(file)
    state_folder(tmp_path / "v1/rulesets", told)
    assert not readable_by_others(file)
    assert (mode(file.parent / "handled.json"), mode(file.parent)) == (0o600, 0o700)


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{URL}\n")
    told = {"PICOPLAN_DATABASE_URL_FILE": str(tmp_path / "secret")}
    assert database_url(tmp_path, told) == URL
    assert names_database(told)


def test_the_url_stands_in_one_place_alone(tmp_path: Path) -> None:
    told = {"PICOPLAN_DATABASE_URL": URL, "PICOPLAN_DATABASE_URL_FILE": str(tmp_path / "secret")}
    with pytest.raises(CannotOpen, match="both PICOPLAN_DATABASE_URL and PICOPLAN_DATABASE_URL_FILE are set"):
        database_url(tmp_path, told)


@pytest.mark.parametrize(
    "content",
    [b"", b"hunter2", b"hunter2://a/b", b"postgresql://a/b\nhunter2", b"PASSWORD=hunter2", b"hunter2\xff"],
)
def test_what_a_file_holds_is_never_quoted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(CannotOpen) as raised:
        database_url(tmp_path, {"PICOPLAN_DATABASE_URL_FILE": str(tmp_path / "secret")})
    said = str(raised.value)
    assert said.startswith(
        f"the file {tmp_path / 'secret'}, which PICOPLAN_DATABASE_URL_FILE names, must hold"
    )
    assert "hunter2" not in said
    assert "\n" not in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="can't be read: no such file or directory"):
        database_url(tmp_path, {"PICOPLAN_DATABASE_URL_FILE": str(tmp_path / "secret")})


def test_keys_in_databases_beside_one_without_are_seen_and_only_read(
    tmp_path: Path, told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATA_DIR", told["PICOPLAN_DATA_DIR"])
    with_key(tmp_path / "v1/rulesets", told)
    other = database(tmp_path / "v1/rulesets", told)
    state_folder(tmp_path / "current/rulesets", told)  # another name of the same
    damaged = tmp_path / "data/damaged"
    damaged.mkdir()
    (damaged / FILE).write_bytes(b"GIF89a" * 100)
    before = {path: path.stat().st_mtime_ns for path in other.parent.iterdir()}
    empty = open_keys(tmp_path / "v2/rulesets", told)
    assert empty.kept_elsewhere() == (other,)
    assert {path: path.stat().st_mtime_ns for path in other.parent.iterdir()} == before
    empty.close()
    revoked = open_keys(tmp_path / "v1/rulesets", told)
    assert revoked.kept_elsewhere() == ()
    revoked.revoke(revoked.all_keys()[0].id, NOON)
    assert empty.kept_elsewhere() == ()
    revoked.close()
