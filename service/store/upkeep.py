"""The upkeep of a database: a copy of it, what is wrong with it, and giving back room that nothing needs."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from service.model.caller import INTERNAL
from service.store.api_keys import KeyStore
from service.store.archive import Archive
from service.store.database import Database, sqlite_fault
from service.store.decisions.log import DecisionLog, WriterTurns
from service.store.decisions.logged import DamagedRow
from service.store.decisions.selection import DECISIONS
from service.store.drafts import DraftStore
from service.store.faults import Damaged
from service.store.tables import EDITIONS, METADATA

MOST_NAMED = 100
"""So many findings of one kind are named; the rest is counted."""


def back_up(source: Path, file: Path, *, replace: bool) -> None:
    """Copy a SQLite database into a file while it is used, and check the copy.

    The file is there only once it is whole and good. Nobody but its owner reads it. Whoever writes meanwhile
    does not wait.

    Raises:
        FileExistsError: it is there, and is not to be replaced.
        OSError: it can't be written.
        DatabaseFault: the database, or its copy, can't be used.
    """
    if file.exists() and (not replace or file.samefile(source)):
        raise FileExistsError(file)
    number, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    os.close(number)
    new = Path(name)
    try:
        try:
            found = _copied(source, new)
        except sqlite3.Error as error:
            raise sqlite_fault(error, f"{source}, or its copy {file},") from error
        if found:
            raise Damaged(f"the copy of {source} is damaged, and so it may be itself: {found[0]}")
        _put(new, file, replace=replace)
    finally:
        for path in (new, *(Path(f"{new}{ending}") for ending in ("-journal", "-wal", "-shm"))):
            with suppress(OSError):
                path.unlink()


def _copied(source: Path, new: Path) -> list[str]:
    """Copy it; what is wrong with the copy."""
    live = sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)
    with closing(live), closing(sqlite3.connect(new, isolation_level=None)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
        return _integrity(copy.execute("PRAGMA integrity_check").fetchall())


def _put(new: Path, file: Path, *, replace: bool) -> None:
    with new.open("rb") as stream:
        os.fsync(stream.fileno())
    if replace:
        new.replace(file)
    else:
        _link(new, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _link(new: Path, file: Path) -> None:
    """Give the copy its name; that fails where another has made such a file meanwhile."""
    try:
        os.link(new, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if file.exists():
            raise FileExistsError(file) from None
        new.replace(file)


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """One thing that was looked at, and what is wrong with it; some of it is named."""

    says: str
    findings: int = 0
    named: tuple[str, ...] = ()


def checked_parts(
    database: Database, on_progress: Callable[[str, int, int], None] | None = None
) -> Iterator[CheckedPart]:
    """Look at all that a database holds, part by part.

    Raises:
        CannotOpen: a later picoplan has written it.
        Unavailable: it can't be used at the moment.
    """
    schema = database.schema()
    lacks = [f"step {step.number} is to come: {step.says}" for step in schema.lacks]
    yield _part(f"tables: {schema.at or 'none'}", lacks)
    if database.is_sqlite:
        yield _part("integrity of the file", _guarded(_file_findings(database)))
        yield _part("foreign keys", _guarded(_foreign_keys(database)))
    if not schema.lacks:
        yield _part("editions come to their digests", _guarded(_editions(database)))
        yield _part("each decision's edition is archived", _guarded(_unarchived(database)))
        yield _part("decisions are as they were logged", _guarded(_damaged_rows(database, on_progress)))
        yield _part("API keys can be read", _guarded(_keys(database)))
        yield _part("drafts are as they were saved", _guarded(_drafts(database)))


def _part(says: str, findings: Iterable[str]) -> CheckedPart:
    count, named = 0, []
    for finding in findings:
        count += 1
        if count <= MOST_NAMED:
            named.append(finding)
    return CheckedPart(says, count, tuple(named))


def _guarded(findings: Iterator[str]) -> Iterator[str]:
    """The findings; damage that keeps from looking on is the last of them."""
    try:
        yield from findings
    except Damaged as fault:
        yield str(fault)


def _file_findings(database: Database) -> Iterator[str]:
    with database.reading() as connection:
        yield from _integrity(connection.exec_driver_sql("PRAGMA integrity_check").all())


def _integrity(rows: Iterable[Iterable[object]]) -> list[str]:
    return [str(text) for (text,) in rows if text != "ok"]


def _foreign_keys(database: Database) -> Iterator[str]:
    with database.reading() as connection:
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} names one of {parent} that is not there"


def _editions(database: Database) -> Iterator[str]:
    with database.reading() as connection:
        digests = list(connection.scalars(sa.select(EDITIONS.c.digest).order_by(EDITIONS.c.digest)))
    archive = Archive(database)
    for digest in digests:
        try:
            archive.edition(digest)
        except Damaged as fault:
            yield str(fault)


def _unarchived(database: Database) -> Iterator[str]:
    archived = sa.select(EDITIONS.c.digest)
    wanted = (
        sa.select(DECISIONS.c.digest, sa.func.count())
        .where(DECISIONS.c.digest.not_in(archived))
        .group_by(DECISIONS.c.digest)
        .order_by(DECISIONS.c.digest)
    )
    with database.reading() as connection:
        for digest, count in connection.execute(wanted):
            yield f"{count} decisions were made under {digest}, which is not archived"


def _damaged_rows(database: Database, on_progress: Callable[[str, int, int], None] | None) -> Iterator[str]:
    log = DecisionLog(database)
    until = log.last()
    total = log.count(until=until) if until is not None else 0
    for number, one in enumerate(log.decisions(until=until) if until is not None else (), 1):
        if on_progress is not None:
            on_progress("", number, max(total, number))
        if isinstance(one, DamagedRow):
            yield f"{one.decision_id}: {one.says}"


def _keys(database: Database) -> Iterator[str]:
    KeyStore(database).ring()
    yield from ()


def _drafts(database: Database) -> Iterator[str]:
    drafts = DraftStore(database)
    for draft in drafts.all_of(INTERNAL):
        try:
            drafts.state(draft.id)
        except Damaged as fault:
            yield str(fault)


def compact(database: Database) -> tuple[int, int]:
    """Give room back that nothing needs any more; bytes before and after.

    SQLite writes the file anew, which takes as much room again meanwhile and lets nobody write. PostgreSQL
    keeps the room for what comes, and holds nobody up.

    Raises:
        DatabaseFault: it can't be used.
    """
    before = _size(database)
    pooled = database.connect()
    with (
        database.faults(),
        closing(WriterTurns(database)) as turns,
        turns.take(),
    ):  # else writers would starve it
        try:
            connection = pooled.driver_connection
            if connection is None:  # it was let go of just now
                return before, before
            if database.is_sqlite:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            else:
                connection.autocommit = True
                if database.settings is None:
                    connection.execute("SET statement_timeout = 0")
                for table in METADATA.sorted_tables:
                    connection.execute(f"VACUUM (ANALYZE) {table.name}")
        finally:
            pooled.invalidate()  # so that nobody else gets it with these settings
    return before, _size(database)


def _size(database: Database) -> int:
    if database.file is not None:
        files = (database.file, Path(f"{database.file}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with database.reading() as connection:
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)
