"""``picoplan database``: backup, check, migrate and compact, as an operator does them."""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.migrations import versions
from tests.commandline.console import CommandOutput, picoplan
from tests.replaying.past import CLIENTS, Past
from tests.store.decided import decision, tamper
from tests.store.earlier import leave_to_picoplan
from tests.store.postgres import programs

STEPS = sorted(path.name[1:5] for path in Path(versions.__file__).parent.glob("v0*.py"))
NEWEST = STEPS[-1]
WELL = [
    f"ok     tables: {NEWEST}",
    "ok     integrity of the file",
    "ok     foreign keys",
    "ok     editions come to their digests",
    "ok     each decision's edition is archived",
    "ok     decisions are as they were logged",
    "ok     API keys can be read",
    "ok     drafts are as they were saved",
]


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    made = Past(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", made.url)
    return made


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database as an earlier picoplan left it."""
    file = tmp_path / "earlier.sqlite3"
    leave_to_picoplan(f"sqlite:///{file}")
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", f"sqlite:///{file}")
    return file


def database(*arguments: str | Path) -> CommandOutput:
    return picoplan("database", *arguments)


def at(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_a_backup_is_made_while_others_write_and_is_whole(past: Past, tmp_path: Path) -> None:
    over, wrote = threading.Event(), threading.Event()
    faults: list[BaseException] = []

    def write() -> None:
        log = DecisionLog(Database(past.url))
        writer = log.writer()
        number = 0
        try:
            while not over.is_set():
                writer.write([decision(number).row])
                number += 1
                wrote.set()
        except Exception as fault:  # noqa: BLE001 - shown below, whatever it is
            faults.append(fault)
        writer.close()
        log.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert wrote.wait(60)
    file = tmp_path / "copy.sqlite3"
    said = database("backup", file)
    over.set()
    thread.join()
    assert faults == []
    assert said.code == 0, said.err
    assert said.out.endswith(", and the copy is good.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("*copy.sqlite3*")) == ["copy.sqlite3"]
    copied = DecisionLog(Database(f"sqlite:///{file}"))
    assert copied.count() > len(CLIENTS)
    copied.close()


def test_a_backup_takes_the_place_of_another_file_only_where_that_is_said(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite3"
    file.write_bytes(b"precious")
    said = database("backup", file)
    assert (said.code, file.read_bytes()) == (2, b"precious")
    assert "is there already: name another file, or say --replace" in said.err
    assert database("backup", file, "--replace").code == 0
    assert at(file) == NEWEST
    live = Path(past.url.removeprefix("sqlite:///"))
    said = database("backup", live, "--replace")
    assert (said.code, "the database itself is never replaced" in said.err) == (2, True)
    assert database("backup", tmp_path / "nowhere" / "copy").err.endswith(
        "can't be written: no such file or directory\n"
    )


def test_a_backup_before_an_upgrade_upgrades_nothing(earlier: Path, tmp_path: Path) -> None:
    assert database("backup", tmp_path / "copy.sqlite3").code == 0
    assert (at(earlier), at(tmp_path / "copy.sqlite3")) == ("0004", "0004")


def test_of_a_postgresql_the_command_that_backs_it_up_is_shown_and_works(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Past(tmp_path / "past", url=postgres_url)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", postgres_url.replace("@", ":not-told@", 1))
    file = tmp_path / "a copy.dump"
    said = database("backup", file)
    assert (said.code, "not-told" in said.err, "***" in said.err) == (2, False, False)
    _, _, command = said.err.strip().rstrip(".").partition("own tools: ")
    found = programs()
    assert found is not None
    environ = {**os.environ, "PATH": f"{found}:{os.environ['PATH']}"}
    subprocess.run(shlex.split(command), check=True, timeout=60, env=environ)
    listed = subprocess.run(
        [found / "pg_restore", "--list", file], check=True, timeout=60, capture_output=True, text=True
    )
    assert "TABLE DATA public decisions" in listed.stdout


def test_a_good_database_is_found_good_and_nothing_in_it_is_changed(past: Past) -> None:
    file = Path(past.url.removeprefix("sqlite:///"))
    said = database("check")
    assert (said.code, said.out.splitlines()) == (0, [str(file), *WELL])


def test_a_good_postgresql_is_found_good(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Past(tmp_path, url=postgres_url)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", postgres_url)
    said = database("check")
    assert (said.code, said.out.splitlines()[1:]) == (0, [WELL[0], *WELL[3:]])


@pytest.mark.parametrize(
    ("statement", "part", "says"),
    [
        (
            "UPDATE decisions SET verdict = 'defer' WHERE rowid = 1",
            5,
            "is damaged: it comes to another digest",
        ),
        ("UPDATE ruleset_texts SET deflated = x'00'", 3, "are damaged: they come to another digest"),
        ("DELETE FROM ruleset_editions", 2, "names one of ruleset_editions that is not there"),
        ("DELETE FROM ruleset_editions", 4, f"{len(CLIENTS)} decisions were made under sha256:"),
        ("DELETE FROM api_keys_state", 6, "the table api_keys_state is damaged"),
    ],
)
def test_each_damage_is_found_and_named(past: Past, statement: str, part: int, says: str) -> None:
    tamper(past.url, statement)
    said = database("check")
    assert said.code == 1
    assert WELL[part].replace("ok   ", "wrong") in said.out
    assert says in said.out
    assert said.err.endswith(("1 finding.\n", "findings.\n"))


def test_a_page_that_is_overwritten_is_found(past: Past) -> None:
    file = Path(past.url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'decisions_by_time'")
        [(size,)] = connection.execute("PRAGMA page_size")
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)
    said = database("check")
    assert (said.code, "wrong  integrity of the file" in said.out) == (1, True)


def test_migrate_says_what_it_would_do_and_does_it(earlier: Path) -> None:
    assert database("check").out.splitlines()[1] == "wrong  tables: 0004"
    said = database("migrate", "--dry-run")
    assert (said.code, at(earlier)) == (0, "0004")
    first, *steps = said.out.splitlines()
    assert first == f"{earlier} would go from 0004 to {NEWEST}:"
    assert [step.split()[0] for step in steps] == STEPS[STEPS.index("0004") + 1 :]
    assert all(step.endswith(".") for step in steps)
    said = database("migrate")
    assert (said.code, said.out.splitlines()) == (0, [first.replace("would go", "went"), *steps])
    assert at(earlier) == NEWEST
    assert database("migrate").out == f"{earlier} is up to date, at {NEWEST}.\n"
    assert database("check").code == 0


@pytest.mark.parametrize("name", ["check", "migrate", "compact", "backup"])
def test_a_database_of_a_later_picoplan_is_refused(past: Past, tmp_path: Path, name: str) -> None:
    tamper(past.url, "UPDATE alembic_version SET version_num = '9999'")
    said = database(name, *([tmp_path / "copy"] if name == "backup" else []))
    assert (said.code, "a later picoplan has written this database" in said.err) == (2, True)


@pytest.mark.parametrize("name", ["check", "migrate", "compact", "backup"])
def test_a_database_that_is_not_there_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    said = database(name, *([tmp_path / "copy"] if name == "backup" else []))
    assert (said.code, "can't be opened" in said.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_compact_gives_the_room_of_purged_decisions_back(past: Past, tmp_path: Path) -> None:
    log = DecisionLog(Database(past.url))
    writer = log.writer()
    writer.write([decision(number).row for number in range(2_000)])
    writer.close()
    log.close()
    file = Path(past.url.removeprefix("sqlite:///"))
    assert picoplan("decisions", "purge", "--before", "2030-01-01").code == 0
    before = file.stat().st_size
    said = database("compact")
    assert said.code == 0
    assert " MB before, " in said.out
    assert file.stat().st_size < before / 2
    assert database("check").code == 0


def test_compact_gives_the_room_back_also_while_others_write(past: Past) -> None:
    log = DecisionLog(Database(past.url))
    writer = log.writer()
    writer.write([decision(number).row for number in range(4_000)])
    writer.close()
    assert picoplan("decisions", "purge", "--before", "2030-01-01").code == 0
    file = Path(past.url.removeprefix("sqlite:///"))
    before = file.stat().st_size
    over = threading.Event()
    faults: list[BaseException] = []

    def write() -> None:
        writer, number = log.writer(), 0  # a writer is of one thread
        try:
            while not over.is_set():
                writer.write([decision(number % 50).row])  # the same again and again: it grows no further
                number += 1
        except Exception as fault:  # noqa: BLE001 - shown below, whatever it is
            faults.append(fault)
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    said = database("compact")
    over.set()
    thread.join()
    log.close()
    assert faults == []
    assert file.stat().st_size < before / 2, said.out


@pytest.mark.parametrize("fixture", ["postgres_url", "pgbouncer_url"])
def test_compact_of_a_postgresql_vacuums_every_table(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixture: str
) -> None:
    url = request.getfixturevalue(fixture)
    Past(tmp_path, url=url)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", url)
    said = database("compact")
    assert said.code == 0, said.err
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        analyzed = "SELECT relname FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL"
        found = set(connection.execute(sa.text(analyzed)).scalars())
    engine.dispose()
    assert found >= {"decisions", "ruleset_editions", "api_keys", "ruleset_retirements"}
