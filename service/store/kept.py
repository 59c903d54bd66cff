"""A connection that one thread keeps for its writing, and makes anew when something went wrong."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection

from service.store.database import Database
from service.store.faults import DatabaseFault, Gone

_PAGES = 4_000
"""Pages of 4 KiB that are written beside a SQLite file before all writers wait while they are put into it."""

_SAFE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


class Kept:
    """Statements of one thread, each a transaction of its own, on a connection that lasts.

    It is the driver's own connection: other threads of the process wait for Python at every turn, and a
    statement as such has few. What it has changed is on the disk when it ends, whatever the settings say.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pooled: PoolProxiedConnection | None = None
        self._connection: Any = None
        self._queue: int | None = None
        self._file: tuple[int, int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already; it may have gone stale meanwhile."""
        return self._connection is not None

    def run(self, *statements: str, values: object = ()) -> int:
        """Run statements in the driver's spelling, one after the other, each with the values.

        How many rows the last of them touched.

        Raises:
            DatabaseFault: the database can't be used; the next statement begins with a new connection.
        """
        try:
            with self._database.faults():
                connection, rows = self._connection or self._open(), 0
                with self._turn():
                    for statement in statements:
                        rows = connection.execute(statement, values).rowcount
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
        if self._queue is not None:
            os.close(self._queue)
            self._queue = None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for one's turn among those that write to a SQLite file over and over.

        SQLite's own waiting sleeps for longer and longer, so that one of two busy writers starves. Whoever
        writes rarely takes no turns: SQLite still sees to it that only one writes.
        """
        if self._queue is None:
            yield
            return
        fcntl.flock(self._queue, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def _open(self) -> Any:
        self._file = self._identity()
        self._pooled = self._database.connect()
        connection: Any = self._pooled.driver_connection
        self._connection = connection
        if self._database.file is None:
            connection.autocommit = True  # SQLite's does so already
            connection.execute(_SAFE)
            return connection
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
        with suppress(OSError):  # where no file can be made, writing fails anyway, and then says so
            turns = f"{self._database.file}-turns"
            self._queue = os.open(turns, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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
