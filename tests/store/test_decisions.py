"""The decision log, on each kind of database."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from service.serving.erasing import forget_self_checks
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import MOST_ROWS, PAGE, DecisionLog
from service.store.decisions.logged import COLUMNS, CONTENTS, MARKS, DamagedRow, Listed, Logged, Mark
from service.store.decisions.selection import DECISIONS, EVERYTHING, IS_A_SELF_CHECK, Selection
from service.store.faults import DatabaseFault, Full, Gone, Locked
from tests.store.decided import decision, ids, tamper, write


@pytest.fixture
def log(url: str) -> Iterator[DecisionLog]:
    opened = DecisionLog(Database(url))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_log(sqlite_url: str) -> Iterator[DecisionLog]:
    opened = DecisionLog(Database(sqlite_url, patience=0))
    yield opened
    opened.close()


def test_what_was_logged_comes_back_byte_for_byte(log: DecisionLog) -> None:
    one = replace(decision(), assessment='{"a":"Ä \\u0000"}'.encode(), clinic="north", api_key="booking")
    write(log, one)
    assert log.decision(one.decision_id) == one


def test_an_unknown_id_is_none(log: DecisionLog) -> None:
    assert log.decision("nothing") is None


def test_what_is_written_twice_is_there_once(log: DecisionLog) -> None:
    write(log, decision(0))
    write(log, decision(0), decision(1))
    assert log.count() == 2


def test_the_writer_tells_whether_every_row_is_new(log: DecisionLog) -> None:
    writer = log.writer()
    sent = {"retry_key": "a" * 64, "request_sha256": "b" * 64}
    first, second = replace(decision(0), **sent), replace(decision(1), **sent)
    assert writer.write([first.row, decision(2).row])
    assert not writer.write([decision(3).row, second.row]), "the key has its decision"
    assert not writer.write([first.row]), "it is there already"
    assert writer.write([decision(4).row])
    assert set(ids(list(log.decisions()))) == set(ids([first, *(decision(number) for number in (2, 3, 4))]))
    assert writer.write([decision(number).row for number in range(5, 6 + MOST_ROWS)])
    writer.close()


def test_the_newest_come_first_in_a_list_and_without_what_was_asked_or_answered(log: DecisionLog) -> None:
    write(log, *[decision(number) for number in (2, 0, 1)])
    assert ids(log.newest(most=2)) == ids([decision(2), decision(1)])
    assert type(log.newest()[0]) is Listed


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(since=date(2026, 6, 2)), [2, 3, 4]),
        (Selection(until=date(2026, 6, 1)), [0, 1]),
        (Selection(since=date(2026, 6, 2), until=date(2026, 6, 2)), [2, 3, 4]),
        (Selection(until=date.max), [0, 1, 2, 3, 4]),
        (Selection(ruleset="other"), [3]),
        (Selection(verdict="defer"), [4]),
        (Selection(ruleset="other", verdict="defer"), []),
        (Selection(clinic="north"), []),
        (Selection(ref="record-7"), [2]),
        (Selection(ref="record"), []),
        (Selection(kinds=("test", "self_check")), [5, 6]),
        (Selection(ref="record-7", kinds=None), [2, 5]),
        (EVERYTHING, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_selection_narrows_by_day_ruleset_verdict_clinic_ref_and_kind(
    log: DecisionLog, selection: Selection, numbers: list[int]
) -> None:
    ruleset = {"id": "other", "version": "1.0.0", "digest": "sha256:" + "1" * 64}
    made = [
        *(decision(0), decision(1), replace(decision(2), ref="record-7")),
        *(decision(3, ruleset=ruleset), decision(4, verdict="defer")),
        replace(decision(5), kind="test", ref="record-7", verdict="defer"),
        replace(decision(6), kind="self_check"),
    ]
    write(log, *made)
    expected = [made[number] for number in numbers]
    assert list(log.decisions(selection)) == expected
    assert log.count(selection) == len(expected)
    assert ids(log.newest(selection)) == ids(expected[::-1])


def test_pages_between_marks_hold_every_decision_once(log: DecisionLog) -> None:
    made = [decision(number) for number in range(10)]
    write(log, *made)
    end = log.last()
    assert end == Mark(made[-1].evaluated_at, made[-1].decision_id)
    write(log, decision(10))
    marks = list(log.marks(4, until=end))
    assert [mark.decision_id for mark in marks] == ids([made[3], made[7], made[9]])
    found = [
        row for since, until in pairwise([None, *marks]) for row in log.decisions(since=since, until=until)
    ]
    assert found == made


def test_marks_of_an_empty_log_are_none(log: DecisionLog) -> None:
    assert log.last() is None
    assert list(log.marks(4)) == []


def test_the_last_of_so_many_is_the_place_where_these_begin(log: DecisionLog) -> None:
    write(log, *[decision(number) for number in range(5)])
    assert log.last(number=2) == Mark(decision(3).evaluated_at, decision(3).decision_id)
    assert log.last(number=6) is None


def test_more_rows_than_fit_into_a_statement_are_logged_all_the_same(log: DecisionLog) -> None:
    made = [decision(number) for number in range(MOST_ROWS + 3)]
    write(log, *made)
    assert log.count() == MOST_ROWS + 3


def test_purging_deletes_what_is_older_than_a_day_and_nothing_else(log: DecisionLog) -> None:
    write(log, *[decision(number) for number in range(PAGE + 40)])
    day = date(2026, 6, 23)
    old = log.count_before(day)
    assert PAGE < old < PAGE + 40
    assert list(log.purge(day)) == [PAGE, old - PAGE]
    assert log.count_before(day) == 0
    assert log.count() == PAGE + 40 - old


def test_erasing_deletes_the_decisions_of_one_ref_and_nothing_else(log: DecisionLog) -> None:
    meant = [replace(decision(number), ref="a") for number in range(PAGE + 2)]
    others = [decision(-1), replace(decision(-2), ref="b"), replace(decision(-3), ref="a", kind="test")]
    write(log, *meant, *others)
    assert list(log.erase(Selection(ref="a"))) == [PAGE, 2]
    assert sorted(ids(list(log.decisions(EVERYTHING)))) == sorted(ids(others))
    assert list(log.erase(Selection(ref="a", kinds=None))) == [1]
    assert sorted(ids(list(log.decisions(EVERYTHING)))) == sorted(ids(others[:2]))


@pytest.mark.parametrize("change", ["kind = 'decision'", "ref = NULL", "ref = 'b'", "kind = 'self_check'"])
def test_a_row_whose_kind_or_ref_somebody_changed_is_damaged(
    sqlite_log: DecisionLog, sqlite_url: str, change: str
) -> None:
    write(sqlite_log, replace(decision(0), kind="test", ref="a"))
    assert sqlite_log.decision(decision(0).decision_id) == replace(decision(0), kind="test", ref="a")
    tamper(sqlite_url, f"UPDATE decisions SET {change}")
    assert isinstance(sqlite_log.decision(decision(0).decision_id), DamagedRow)


@pytest.mark.parametrize("column", [*COLUMNS, *CONTENTS, *MARKS, "sha256"])
def test_a_row_that_somebody_changed_is_damaged_whatever_was_changed(
    sqlite_log: DecisionLog, sqlite_url: str, column: str
) -> None:
    write(sqlite_log, decision(0), decision(1))
    other = getattr(decision(2), column) if column in CONTENTS else "x"
    tamper(
        sqlite_url, f"UPDATE decisions SET {column} = ? WHERE decision_id = ?", other, decision(0).decision_id
    )
    rows = list(sqlite_log.decisions(EVERYTHING))
    assert sorted(type(row).__name__ for row in rows) == ["DamagedRow", "Logged"]
    assert decision(1) in rows


@pytest.mark.parametrize("content", [7, "text", b"", b"{"])
def test_a_row_of_any_rubbish_is_damaged(sqlite_log: DecisionLog, sqlite_url: str, content: object) -> None:
    write(sqlite_log, decision(0))
    tamper(sqlite_url, "UPDATE decisions SET answer = ?, as_of = 5", content)
    assert sqlite_log.decision(decision(0).decision_id) == DamagedRow(
        decision(0).decision_id, decision(0).mark
    )


@pytest.mark.parametrize("ref", [None, "record-7"])
def test_what_is_purged_or_erased_can_not_be_read_from_the_file(
    sqlite_log: DecisionLog, sqlite_url: str, ref: str | None
) -> None:
    secret = replace(decision(0), clinic="a clinic by the sea", ref=ref)
    write(sqlite_log, secret)
    gone = sqlite_log.purge(date(2030, 1, 1)) if ref is None else sqlite_log.erase(Selection(ref=ref))
    assert list(gone) == [1]
    sqlite_log.close()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    assert b"by the sea" not in b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_self_checks_are_forgotten_after_thirty_days_and_nothing_else(log: DecisionLog) -> None:
    """The first is of the evening of the first of June, by UTC."""
    for number in (0, 24):
        write(log, decision(number), replace(decision(number + 1), kind="self_check"))
    write(log, replace(decision(2), kind="test"))
    assert forget_self_checks(log, date(2026, 7, 1)) == 0
    assert forget_self_checks(log, date(2026, 7, 2)) == 1
    left = log.newest(EVERYTHING, 9)
    assert sorted(one.kind for one in left) == ["decision", "decision", "self_check", "test"]


def test_who_forgets_self_checks_looks_at_nothing_else(sqlite_log: DecisionLog, sqlite_url: str) -> None:
    sqlite_log.close()
    meant = select(DECISIONS.c.decision_id).where(IS_A_SELF_CHECK, DECISIONS.c.evaluated_at < "2026-07-01")
    statement = str(meant.compile(compile_kwargs={"literal_binds": True}))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        ((*_, plan),) = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    assert "decisions_of_clients" in plan


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], int]:
    """How often the write-ahead log of a SQLite file was put on the disk."""
    done: list[int] = []
    put = os.fdatasync

    def seen(file: int) -> None:
        put(file)
        done.append(os.fstat(file).st_ino)

    monkeypatch.setattr(os, "fdatasync", seen)
    return lambda file: done.count(file.with_name(f"{file.name}-wal").stat().st_ino)


def test_what_is_written_is_on_the_disk(
    sqlite_log: DecisionLog, sqlite_url: str, flushed: Callable[[Path], int]
) -> None:
    file, writer = Path(sqlite_url.removeprefix("sqlite:///")), sqlite_log.writer()
    for number in (1, 2):
        writer.write([decision(number).row])
        assert flushed(file) == number
    writer.close()


def test_others_write_while_the_disk_is_at_work(
    sqlite_log: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, other = sqlite_log.writer(), sqlite_log.writer()
    put = os.fdatasync

    def meanwhile(file: int) -> None:
        monkeypatch.setattr(os, "fdatasync", put)
        other.write([decision(1).row])
        put(file)

    monkeypatch.setattr(os, "fdatasync", meanwhile)
    writer.write([decision(0).row])
    assert sqlite_log.count() == 2
    writer.close()
    other.close()


def test_a_decision_made_before_is_on_the_disk_before_it_is_told_again(
    sqlite_log: DecisionLog, sqlite_url: str, flushed: Callable[[Path], int]
) -> None:
    writer = sqlite_log.writer()
    writer.write([replace(decision(0), retry_key="a" * 64, request_sha256="b" * 64).row])
    before = flushed(file := Path(sqlite_url.removeprefix("sqlite:///")))
    assert sqlite_log.made_for(["a" * 64])
    assert flushed(file) == before + 1
    writer.close()


@pytest.mark.parametrize(("number", "fault"), [(errno.ENOSPC, Full), (errno.EIO, Gone)])
def test_what_the_disk_did_not_take_hides_nothing_that_is_written_later(
    sqlite_log: DecisionLog,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    fault: type[DatabaseFault],
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    writer, put = sqlite_log.writer(), os.fdatasync
    reader = sqlite3.connect(file)  # the last to leave would put all into the file itself
    reader.execute("SELECT * FROM decisions").fetchall()

    def fails(_: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fdatasync", fails)
    with pytest.raises(fault):
        writer.write([decision(0).row])
    monkeypatch.setattr(os, "fdatasync", put)
    writer.write([decision(1).row])
    alone = file.with_name("alone")
    alone.write_bytes(file.read_bytes())
    with sqlite3.connect(alone) as copy:
        assert copy.execute("SELECT decision_id FROM decisions").fetchall() == [(decision(0).decision_id,)]
    reader.close()
    writer.close()


def test_archive_and_log_share_a_database(url: str) -> None:
    database = Database(url)
    write(DecisionLog(database), decision(0))
    assert Archive(database).timeline() == ()
    database.close()


def test_a_writer_says_when_its_file_was_taken_away(sqlite_log: DecisionLog, sqlite_url: str) -> None:
    writer = sqlite_log.writer()
    writer.write([decision(0).row])
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    aside = file.rename(file.with_name("aside"))
    with pytest.raises(Gone):
        writer.write([decision(1).row])
    aside.rename(file)
    writer.write([decision(2).row])
    writer.close()
    assert decision(2) in list(sqlite_log.decisions())


def test_a_writer_finds_its_way_back_to_a_server_that_was_restarted(postgres_url: str, postgres: str) -> None:
    import psycopg

    log = DecisionLog(Database(postgres_url))
    writer = log.writer()
    writer.write([decision(0).row])
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [postgres_url.partition("?")[0].rpartition("/")[2]],
        )
    writer.write([decision(1).row])
    writer.close()
    assert log.count() == 2
    log.close()


def test_a_writer_asks_for_safe_commits_where_the_server_is_told_otherwise(postgres_url: str) -> None:
    told = "options=-c%20synchronous_commit%3Doff"
    log = DecisionLog(Database(f"{postgres_url}{'&' if '?' in postgres_url else '?'}{told}"))
    writer = log.writer()
    writer.write([decision(0).row])
    assert writer._kept._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    writer.close()
    log.close()


def test_a_log_that_others_keep_busy_is_locked(sqlite_log: DecisionLog, sqlite_url: str) -> None:
    writer = sqlite_log.writer()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked):
        writer.write([decision(0).row])
    other.execute("ROLLBACK")
    other.close()
    writer.write([decision(0).row])
    writer.close()


def test_neither_the_assessment_nor_the_answer_shows_where_a_decision_is_printed() -> None:
    shown = repr(decision(0))
    assert "scars" not in shown
    assert isinstance(decision(0), Logged)
    assert "typical" not in shown
