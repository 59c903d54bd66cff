"""What goes wrong with a database is said in one line, by kind, and without a password."""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event

import service.store.api_keys
import service.store.browser_sessions
import service.store.clinical_hooks
import service.store.decisions.selection
import service.store.drafts
from service.store import tables
from service.store.archive import Archive, open_archive
from service.store.database import Database, bring_up_to_date_apart, schema_of
from service.store.faults import CannotOpen, Damaged, DatabaseFault, Full, Gone, Locked, Unavailable
from service.store.migrations.versions import v0001_ruleset_archive as first_step
from tests.store.made import NOON, edition

assert service.store.browser_sessions
assert service.store.clinical_hooks
assert service.store.decisions.selection
assert service.store.drafts
assert service.store.api_keys  # all of the tables, and not only the archive's


@contextmanager
def at_connecting(statement: str) -> Iterator[None]:
    """Run a statement on each new connection."""

    def told(connection: Any, _: object) -> None:
        connection.execute(statement)

    event.listen(Engine, "connect", told)
    try:
        yield
    finally:
        event.remove(Engine, "connect", told)


def test_the_tables_are_those_that_the_migrations_make(empty_url: str) -> None:
    Database(empty_url).close()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
    engine.dispose()


def test_a_database_that_is_up_to_date_is_opened_without_writing(sqlite_url: str, tmp_path: Path) -> None:
    Database(sqlite_url).close()
    with sqlite3.connect(tmp_path / "archive.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        Database(sqlite_url, patience=0).close()
    other.close()


def test_readers_never_wait_for_a_writer(sqlite_archive: Archive, tmp_path: Path) -> None:
    published = sqlite_archive.publish(edition(), NOON)
    with sqlite3.connect(tmp_path / "archive.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM ruleset_publications")
        assert sqlite_archive.timeline() == (published,)
        other.execute("ROLLBACK")
    other.close()


def test_a_database_that_others_keep_busy_is_locked(sqlite_url: str, tmp_path: Path) -> None:
    archive = Archive(Database(sqlite_url, patience=0))
    with sqlite3.connect(tmp_path / "archive.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Locked, match="is kept busy"):
            archive.publish(edition(), NOON)
    other.close()
    assert archive.publish(edition(), NOON).sequence == 1


def test_a_server_that_others_keep_busy_is_locked(postgres_url: str) -> None:
    archive = Archive(Database(postgres_url, patience=1))
    engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as other:
        other.exec_driver_sql("LOCK TABLE ruleset_archive_state")
        with pytest.raises(Locked, match="is kept busy"):
            archive.publish(edition(), NOON)
    engine.dispose()
    archive.close()


def test_a_full_disk_is_full_and_leaves_nothing_half_done(sqlite_archive: Archive) -> None:
    long = edition(text="".join(f"# {number * 7919 % 104729}\n" for number in range(20_000)))
    full = pytest.raises(Full, match="no room left")
    with at_connecting("PRAGMA max_page_count = 1"), full as told:
        sqlite_archive.publish(long, NOON)
    assert told.value.wrote_nothing
    assert sqlite_archive.timeline() == ()
    assert sqlite_archive.publish(long, NOON).sequence == 1


def test_a_file_that_is_gone_is_gone_and_not_made_anew_empty(sqlite_archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite3").unlink()
    with pytest.raises(Gone, match="can't be opened"):
        sqlite_archive.generation()
    assert not (tmp_path / "archive.sqlite3").exists()


def test_tables_that_are_gone_are_gone(archive: Archive, url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ruleset_waiting")
    engine.dispose()
    with pytest.raises(Gone):
        archive.waiting()


def test_a_server_that_ends_connections_is_asked_again(postgres_url: str, postgres: str) -> None:
    archive = Archive(Database(postgres_url))
    engine = create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        name = postgres_url.partition("?")[0].rpartition("/")[2]
        connection.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
    engine.dispose()
    assert archive.generation() == 0
    archive.close()


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "picture.sqlite3").write_bytes(b"GIF89a" * 1_000)
    with pytest.raises(Damaged, match="is no database, or damaged"):
        Database(f"sqlite:///{tmp_path / 'picture.sqlite3'}")


def test_a_server_that_is_not_there_is_gone_and_the_password_stays_unsaid() -> None:
    with pytest.raises(Gone) as raised:
        Database("postgresql://anna:secret@127.0.0.1:1/clinic")
    said = str(raised.value)
    assert said == "the database postgresql+psycopg://anna:***@127.0.0.1:1/clinic can't be reached"
    with pytest.raises(Gone) as raised:
        Database("postgresql://127.0.0.1:1/clinic?user=anna&password=secret")
    assert str(raised.value) == "the database postgresql+psycopg://127.0.0.1:1/clinic can't be reached"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("clinic.sqlite3", "the database's URL can't be read"),
        ("mysql://localhost/clinic", "mysql is no database for picoplan"),
        (
            "postgresql://anna:se@cret@localhost/clinic",
            "password in the database.s URL holds an @. Write %40",
        ),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////nowhere/at/all.sqlite3", "Is there such a folder"),
    ],
)
def test_a_url_that_names_no_database_is_wrong_usage(url: str, says: str) -> None:
    with pytest.raises(CannotOpen, match=says):
        Database(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_a_postgresql_url_is_taken_as_people_write_it(postgres_url: str, scheme: str) -> None:
    archive = Archive(Database(postgres_url.replace("postgresql", scheme, 1)))
    assert archive.generation() == 0
    archive.close()


def test_a_postgresql_url_without_psycopg_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # so it can't be imported
    with pytest.raises(CannotOpen) as raised:
        Database("postgresql://anna:secret@127.0.0.1:1/clinic")
    assert str(raised.value) == (
        "a PostgreSQL database needs the package psycopg: "
        "install picoplan[postgresql], or run scripts/setup --postgresql in a checkout"
    )


def test_what_may_work_later_is_told_from_what_will_not() -> None:
    assert all(issubclass(kind, Unavailable) for kind in (Gone, Locked, Full))
    assert not any(issubclass(kind, Unavailable) for kind in (CannotOpen, Damaged))
    assert all(issubclass(kind, DatabaseFault) for kind in (Unavailable, CannotOpen, Damaged))


def test_the_steps_of_the_migrations_are_told_as_alembic_reads_them() -> None:
    """Their numbers and what they do are read off their files, for Alembic is large."""
    steps = [*ScriptDirectory(str(Path(first_step.__file__).parent.parent)).walk_revisions()]
    with create_engine("sqlite://").connect() as connection:
        lacks = schema_of(connection).lacks
    assert [(one.number, one.says) for one in lacks] == [(one.revision, one.doc) for one in reversed(steps)]
    assert (steps[-1].revision, steps[-1].down_revision) == ("0001", None)


def test_alembic_is_loaded_only_where_a_step_is_lacking(sqlite_url: str) -> None:
    Database(sqlite_url).close()
    opened = f"import sys; from service.store.database import Database; Database({sqlite_url!r}).close(); "
    told = subprocess.run(
        [sys.executable, "-c", opened + "print('alembic' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"


def test_alembic_is_never_loaded_where_another_process_has_run_the_steps(sqlite_url: str) -> None:
    steps = (
        "import sys; from service.store.database import Database, bring_up_to_date_apart as apart; "
        f"apart({sqlite_url!r}); lacks = Database({sqlite_url!r}, as_it_is=True).schema().lacks; "
        "print(lacks, 'alembic' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", steps], capture_output=True, text=True, check=True)
    assert told.stdout == "() False\n"


def test_what_goes_wrong_in_the_other_process_is_met_by_whoever_opens_the_database_next(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'missing' / 'file.sqlite3'}"
    bring_up_to_date_apart(url)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(CannotOpen):
        Database(url)


def test_each_folder_of_rulesets_has_a_database_of_its_own(tmp_path: Path) -> None:
    for name in ("a/rulesets", "b/rulesets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    told = {"PICOPLAN_DATA_DIR": str(tmp_path / "data")}
    names = {name: open_archive(tmp_path / name / "rulesets", told).shown_as for name in ("a", "b", "link")}
    assert names["a"] == names["link"] != names["b"]
    folder = Path(names["a"]).parent
    assert folder.name.startswith("a-rulesets-")
    assert folder.parent == tmp_path / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("told", "below"),
    [
        ({"XDG_STATE_HOME": "{}/state"}, "state/picoplan"),
        ({"XDG_STATE_HOME": "not/absolute", "HOME": "{}/home"}, "home/.local/state/picoplan"),
        ({"HOME": "{}/home"}, "home/.local/state/picoplan"),
        ({"HOME": "{}/home", "XDG_STATE_HOME": "{}/state", "PICOPLAN_DATA_DIR": "{}/data"}, "data"),
    ],
)
def test_the_database_lies_where_the_system_keeps_state(
    tmp_path: Path, told: dict[str, str], below: str
) -> None:
    archive = open_archive(tmp_path, {name: value.format(tmp_path) for name, value in told.items()})
    assert Path(archive.shown_as).parents[1] == tmp_path / below


def test_a_database_that_is_named_is_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'named.sqlite3'}"
    told = {"PICOPLAN_DATABASE_URL": url, "PICOPLAN_DATA_DIR": "/proc/nothing"}
    assert open_archive(tmp_path, told).shown_as == str(tmp_path / "named.sqlite3")


def test_a_folder_that_cannot_be_made_says_so_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen) as raised:
        open_archive(tmp_path, {"PICOPLAN_DATA_DIR": str(tmp_path / "file")})
    said = str(raised.value)
    assert "can't be made: not a directory. Name one that can be written to as PICOPLAN_DATA_DIR" in said
    assert "\n" not in said
