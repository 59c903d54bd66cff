"""The decision log: written by one thread of each process, read and purged by anybody.

The thread keeps its connection, and makes it anew when something went wrong.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from errno import ENOSPC
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, delete, func, select
from sqlalchemy.pool import PoolProxiedConnection

from service.store.database import PATIENCE_S, Database, InDatabase
from service.store.decisions.logged import (
    COLUMNS,
    LANGUAGE,
    MARKS,
    ORIGIN,
    ROW,
    DamagedRow,
    Listed,
    Logged,
    Mark,
    Row,
    unpacked,
)
from service.store.decisions.selection import DECISIONS, FOR_CLIENTS, IS_A_SELF_CHECK, Selection, after, up_to
from service.store.faults import DatabaseFault, Full, Gone, Locked
from service.store.postgresql import take_as_written
from service.store.whereabouts import database_url

_PAGES = 4_000
"""Pages of 4 KiB that are written beside a SQLite file before all writers wait while they are put into it."""

_SAFE = (
    "SELECT set_config('synchronous_commit', 'on', {}) WHERE current_setting('synchronous_commit') = 'off'"
)
"""``{}``: whether for one transaction alone."""


def _write_ahead(file: Path) -> Path:
    """Where SQLite keeps what is committed until it is put into the file itself."""
    return file.with_name(f"{file.name}-wal")


class WriterTurns:
    """Turns of those that write to a SQLite file over and over; elsewhere all may write at once.

    SQLite's own waiting sleeps for longer and longer, so that one of two busy writers starves. Whoever writes
    rarely takes no turns: SQLite still sees to it that only one writes.
    """

    def __init__(self, database: Database) -> None:
        self._file: int | None = None
        if database.file is not None:
            with suppress(OSError):  # where no file can be made, writing fails anyway, and then says so
                turns = f"{database.file}-turns"
                self._file = os.open(turns, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Take no more turns."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _not_flushed(error: OSError, shown_as: str) -> DatabaseFault:
    if error.errno == ENOSPC:
        return Full(f"the database {shown_as} has no room left on its disk")
    return Gone(f"the database {shown_as} can't be written")


class KeptConnection:
    """Statements of one thread, each a transaction of its own, on a connection that lasts.

    A SQLite file is flushed after a turn, not within: the next one writes while the disk is at work. Others
    may see a transaction that is not flushed yet, so whoever answers by what he reads flushes first.

    It is the driver's own connection: other threads of the process wait for Python at every turn, and a
    statement as such has few. What it has changed is on the disk when it ends, whatever the settings say.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin = f"BEGIN; {database.settings}; {_SAFE.format('true')}" if database.settings else None
        self._pooled: PoolProxiedConnection | None = None
        self._connection: Any = None
        self._turns: WriterTurns | None = None
        self._file: tuple[int, int] | None = None
        self._ahead: int | None = None  # SQLite's write-ahead log
        self._unflushed = False

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already; it may have gone stale meanwhile."""
        return self._connection is not None

    def run(self, *statements: str, values: object = ()) -> int:
        """Run statements in the database's own spelling, one after the other, each with the values.

        How many rows the last of them touched.

        Raises:
            DatabaseFault: the database can't be used; the next statement begins with a new connection.
        """
        try:
            with self._database.faults():
                connection, rows = self._connection or self._open(), 0
                with self._turns.take() if self._turns is not None else nullcontext():
                    if self._begin is not None:
                        connection.execute(self._begin)
                    for statement in statements:
                        rows = connection.execute(statement, values).rowcount
                    if self._begin is not None:
                        connection.execute("COMMIT")
            self._flush()
            self._still_there()
        except BaseException:
            self.close()
            raise
        return int(rows)

    def close(self) -> None:
        """Let go of the connection."""
        pooled, self._pooled, self._connection = self._pooled, None, None
        if pooled is not None:
            with suppress(DatabaseFault), self._database.faults():
                pooled.invalidate()  # not back into the pool: others begin their transactions themselves
        if self._turns is not None:
            self._turns.close()
            self._turns = None
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            os.close(ahead)

    def _flush(self) -> None:
        if self._database.file is None:
            return  # a server does so itself
        self._unflushed = True
        try:
            if self._ahead is None:
                self._ahead = os.open(_write_ahead(self._database.file), os.O_RDONLY | os.O_CLOEXEC)
            os.fdatasync(self._ahead)
        except OSError as error:
            raise _not_flushed(error, self._database.shown_as) from error
        self._unflushed = False

    def _open(self) -> Any:
        self._file = self._identity()
        self._pooled = self._database.connect()
        connection: Any = self._pooled.driver_connection
        self._connection = connection
        if self._database.file is None:
            connection.autocommit = True  # SQLite's does so already
            take_as_written(connection)
            if self._begin is None:
                connection.execute(_SAFE.format("false"))
            return connection
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
        if self._unflushed:  # what the disk did not take there would hide all that comes behind it
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Locked(f"the database {self._database.shown_as} is kept busy by another program")
            self._unflushed = False
        self._turns = WriterTurns(self._database)
        return connection

    def _still_there(self) -> None:
        """SQLite goes on writing to a file that somebody has removed; nobody would find it there."""
        if self._identity() != self._file:
            raise Gone(f"the database {self._database.shown_as} was taken away or replaced")

    def _identity(self) -> tuple[int, int] | None:
        file = self._database.file
        if file is None:
            return None
        try:
            found = os.stat(file)  # noqa: PTH116 - once a commit: a Path would cost more than the question
        except OSError:
            return None
        return found.st_dev, found.st_ino


MOST_ROWS = 32_766 // len(ROW)
"""SQLite takes 32,766 values in a statement."""


def insertion(rows: Sequence[Row], mark: str) -> tuple[str, list[object]]:
    """The statement, and its values, for at most ``MOST_ROWS`` rows; ``mark`` stands before their numbers."""
    return _statement(len(rows), mark), list(chain.from_iterable(rows))


@lru_cache(maxsize=512)
def _statement(rows: int, mark: str) -> str:
    """Whoever writes the same row once more, unsure whether it came through, adds nothing.

    Of rows with one retry key the first alone is kept.
    """
    numbers, one = count(1), range(len(ROW))
    values = ", ".join(f"({', '.join(f'{mark}{next(numbers)}' for _ in one)})" for _ in range(rows))
    return f"INSERT INTO decisions ({', '.join(ROW)}) VALUES {values} ON CONFLICT DO NOTHING"


PAGE = 500
"""So many rows are read, or deleted, at once."""

_OLDEST_FIRST = (DECISIONS.c.evaluated_at, DECISIONS.c.decision_id)
_NEWEST_FIRST = tuple(column.desc() for column in _OLDEST_FIRST)
_LISTED = tuple(DECISIONS.c[name] for name in (*COLUMNS, *LANGUAGE, *MARKS, *ORIGIN))


def open_log(
    rulesets: Path, environ: Mapping[str, str] | None = None, *, patience: int = PATIENCE_S
) -> DecisionLog:
    """The decision log of a folder of rulesets, beside its archive (see ``database_url``).

    ``patience`` is for how many seconds a transaction waits for others.

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    return DecisionLog(Database(database_url(rulesets, environ), patience=patience))


_PROBE = "UPDATE alembic_version SET version_num = version_num"
"""The one row that each database has and nobody locks. What only reads would succeed on a full disk."""


class LogThread:
    """Puts decisions into the log, from one thread."""

    def __init__(self, database: Database) -> None:
        self._kept = KeptConnection(database)
        self._mark = "?" if database.is_sqlite else "$"

    def write(self, rows: Sequence[Row]) -> bool:
        """Log decisions; when this returns they are on the disk. Up to ``MOST_ROWS`` are logged all or none.

        Whether each of them is new: else the log keeps another decision for one of the retry keys, or had
        the row already.

        Raises:
            DatabaseFault: none is logged; or all are, and the connection broke before it could say so.
        """
        reused = self._kept.is_open
        try:
            return self._insert_all(rows)
        except DatabaseFault:
            if not reused:
                raise
            return self._insert_all(rows)  # a connection that was kept may have gone stale long ago

    def probe(self) -> None:
        """See whether the database can be written at all: nothing is changed, but it is written.

        Raises:
            DatabaseFault: it can't: its disk is full, it takes no writes, or it is gone.
        """
        self._kept.run(_PROBE)

    def close(self) -> None:
        """Let go of the database."""
        self._kept.close()

    def _insert_all(self, rows: Sequence[Row]) -> bool:
        new = 0
        for begin in range(0, len(rows), MOST_ROWS):
            statement, values = insertion(rows[begin : begin + MOST_ROWS], self._mark)
            new += self._kept.run(statement, values=values)
        return new == len(rows)


class DecisionLog(InDatabase):
    """The log of decisions."""

    def writer(self) -> LogThread:
        """What puts decisions into it, for one thread."""
        return LogThread(self._database)

    def decision(self, decision_id: str) -> Logged | DamagedRow | None:
        """The decision of an id; None: there is none."""
        wanted = select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else _unpacked(row)

    def made_for(self, retry_keys: Iterable[str]) -> dict[str, Logged | DamagedRow]:
        """The decisions made for requests that can be sent again, by their retry keys."""
        found: dict[str, Logged | DamagedRow] = {}
        keys = list(retry_keys)
        for begin in range(0, len(keys), PAGE):
            wanted = select(DECISIONS).where(DECISIONS.c.retry_key.in_(keys[begin : begin + PAGE]))
            with self._database.reading() as connection:
                rows = connection.execute(wanted).mappings().all()
            found |= {row["retry_key"]: _unpacked(row) for row in rows}
        if found and self.file is not None:
            self._flush(self.file)
        return found

    def _flush(self, file: Path) -> None:
        """What was read is answered by, so it must be on the disk: its writer may be about to see to that."""
        try:
            with _write_ahead(file).open("rb") as ahead:
                os.fdatasync(ahead.fileno())
        except FileNotFoundError:
            pass  # nobody writes: all of it was put into the file itself
        except OSError as error:
            raise _not_flushed(error, self.shown_as) from error

    def newest(self, selection: Selection = FOR_CLIENTS, most: int = PAGE) -> list[Listed]:
        """Of the decisions that are meant the newest, the very newest first."""
        wanted = _chosen(select(*_LISTED), selection).order_by(*_NEWEST_FIRST).limit(most)
        with self._database.reading() as connection:
            return [Listed(**row) for row in connection.execute(wanted).mappings()]

    def count(
        self, selection: Selection = FOR_CLIENTS, since: Mark | None = None, until: Mark | None = None
    ) -> int:
        """How many decisions are meant, after ``since`` and up to ``until``."""
        wanted = _chosen(select(func.count()).select_from(DECISIONS), selection)
        wanted = wanted.where(*after(since), *up_to(until))
        with self._database.reading() as connection:
            return int(connection.scalar(wanted) or 0)

    def last(self, selection: Selection = FOR_CLIENTS, number: int = 1) -> Mark | None:
        """Where the newest decision stands, or the last of so many; None where there are not so many."""
        wanted = _chosen(select(*_OLDEST_FIRST), selection)
        with self._database.reading() as connection:
            row = connection.execute(wanted.order_by(*_NEWEST_FIRST).offset(number - 1).limit(1)).first()
        return None if row is None else Mark(*row)

    def decisions(
        self, selection: Selection = FOR_CLIENTS, since: Mark | None = None, until: Mark | None = None
    ) -> Iterator[Logged | DamagedRow]:
        """The decisions after ``since`` and up to ``until``, the oldest first; a few at a time are read."""
        wanted = _chosen(select(DECISIONS), selection).order_by(*_OLDEST_FIRST).limit(PAGE)
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(wanted.where(*after(since), *up_to(until))).mappings().all()
            yield from map(_unpacked, rows)
            if len(rows) < PAGE:
                return
            since = Mark(rows[-1]["evaluated_at"], rows[-1]["decision_id"])

    def marks(
        self,
        every: int,
        selection: Selection = FOR_CLIENTS,
        since: Mark | None = None,
        until: Mark | None = None,
    ) -> Iterator[Mark]:
        """Cuts the log: marks with at most ``every`` decisions from one to the next, whoever is meant.

        The last is ``until``, which has to be there.
        """
        days = Selection(selection.since, selection.until, kinds=None)
        base = _chosen(select(*_OLDEST_FIRST), days).order_by(*_OLDEST_FIRST).offset(every - 1).limit(1)
        while True:
            with self._database.reading() as connection:
                row = connection.execute(base.where(*after(since), *up_to(until))).first()
            if row is None:
                break
            since = Mark(*row)
            yield since
        if until is not None and since != until:
            yield until

    def purge(self, before: date) -> Iterator[int]:
        """Delete all decisions made before a day (UTC), a few at a time; yields how many each time.

        It takes turns with those that write, and in between leaves them as much time as it took. On SQLite
        what is deleted is overwritten.
        """
        yield from self._delete(DECISIONS.c.evaluated_at < before.isoformat())

    def forget_self_checks(self, before: date) -> Iterator[int]:
        """Delete the self-checks of clients made before a day (UTC), as ``purge`` does."""
        yield from self._delete(IS_A_SELF_CHECK, DECISIONS.c.evaluated_at < before.isoformat())

    def erase(self, selection: Selection) -> Iterator[int]:
        """Delete the decisions that are meant, as ``purge`` does; yields how many each time."""
        yield from self._delete(*selection.conditions())

    def _delete(self, *meant: ColumnElement[bool]) -> Iterator[int]:
        old = select(DECISIONS.c.decision_id).where(*meant).order_by(*_OLDEST_FIRST).limit(PAGE)
        turns = WriterTurns(self._database)
        try:
            gone = PAGE
            while gone == PAGE:
                began = monotonic()
                with turns.take(), self._database.writing() as connection:
                    if self._database.is_sqlite:
                        connection.exec_driver_sql("PRAGMA secure_delete = ON")
                    gone = connection.execute(
                        delete(DECISIONS).where(DECISIONS.c.decision_id.in_(old))
                    ).rowcount
                took = monotonic() - began
                if gone:
                    yield gone
                if gone == PAGE:
                    sleep(took)
        finally:
            turns.close()

    def count_before(self, day: date) -> int:
        """How many decisions were made before a day (UTC)."""
        old = DECISIONS.c.evaluated_at < day.isoformat()
        with self._database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(DECISIONS).where(old)) or 0)


def _chosen(statement: Select[Any], selection: Selection) -> Select[Any]:
    return statement.where(*selection.conditions())


def _unpacked(row: RowMapping) -> Logged | DamagedRow:
    return unpacked({name: row[name] for name in ROW if name != "sha256"}, row["sha256"])
