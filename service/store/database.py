"""The database, SQLite without set-up or PostgreSQL: transactions, and what goes wrong in them.

It is brought up to date as it is opened: an empty one, an earlier picoplan's, or by two at once.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import NullPool, PoolProxiedConnection

from service.store.faults import CannotOpen, Damaged, DatabaseFault, Full, Gone, Locked, ReadOnly
from service.store.postgresql import open_postgresql

_MIGRATIONS = Path(__file__).parent / "migrations"
_AT = sa.table("alembic_version", sa.column("version_num"))  # where Alembic keeps how far it is
_ADVISORY_LOCK = 0x7069636F  # "pico": held by whoever migrates a PostgreSQL database
_ONE_AT_A_TIME = threading.Lock()  # Alembic's context is one for the whole process


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number, such as 0005, and what it does, in a sentence."""

    number: str
    says: str


@dataclass(frozen=True, slots=True)
class Schema:
    """How far a database is: its newest step (None: it is empty), and those that it lacks, in order."""

    at: str | None
    lacks: tuple[Migration, ...]


def schema_of(connection: Connection) -> Schema:
    """How far the database is.

    Raises:
        CannotOpen: a later picoplan has written it.
    """
    at = None
    if sa.inspect(connection).has_table(_AT.name):
        at = connection.scalar(sa.select(_AT.c.version_num))
    files = {file.name[1:5]: file for file in sorted((_MIGRATIONS / "versions").glob("v*.py"))}
    if at is not None and at not in files:
        raise CannotOpen(
            "a later picoplan has written this database. Install that one, or name another database."
        )
    lacks = [number for number in files if at is None or number > at]
    return Schema(at, tuple(Migration(number, _docstring(files[number])) for number in lacks))


def _docstring(file: Path) -> str:
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""


def bring_up_to_date(engine: Engine) -> None:
    """Run the steps that the database lacks. Whoever comes second waits, and then finds nothing to do.

    Raises:
        CannotOpen: a later picoplan has written it.
        SQLAlchemyError: the database can't be used.
    """
    with engine.connect() as connection:
        if not schema_of(connection).lacks:
            return
    with (
        _ONE_AT_A_TIME,
        engine.connect().execution_options(picoplan_writes=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if schema_of(connection).lacks:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    """Run all steps that are lacking. Alembic is large, and most processes find nothing to do."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def bring_up_to_date_apart(url: str) -> None:
    """Have another process bring a database up to date, so that this one never loads what that takes.

    What goes wrong there is not told: whoever opens the database next meets it.
    """
    other = multiprocessing.get_context("fork").Process(target=_opened_once, args=(url,))
    other.start()
    other.join()


def _opened_once(url: str) -> None:
    with suppress(Exception, KeyboardInterrupt):
        Database(url).close()


PATIENCE_S = 5
"""Seconds that a transaction waits for others, and a connection for its server, before it gives up."""

_SQLITE_FAULTS: tuple[tuple[str, type[DatabaseFault], str], ...] = (
    ("SQLITE_BUSY", Locked, "is kept busy by another program"),
    ("SQLITE_LOCKED", Locked, "is kept busy by another program"),
    ("SQLITE_FULL", Full, "has no room left on its disk"),
    ("SQLITE_CORRUPT", Damaged, "is damaged"),
    ("SQLITE_NOTADB", Damaged, "is no database, or damaged"),
    ("SQLITE_READONLY", ReadOnly, "can't be written"),
    ("SQLITE_CANTOPEN", Gone, "can't be opened: its folder has to be there, and writable"),
    ("SQLITE_IOERR", Gone, "can't be read or written: its disk may be full, gone or broken"),
)
_POSTGRESQL_FAULTS: tuple[tuple[str, type[DatabaseFault], str], ...] = (
    ("55P03", Locked, "is kept busy by another program"),
    ("57014", Locked, "took too long"),
    ("40003", Gone, "broke off"),
    ("40", Locked, "is kept busy by another program"),
    ("53100", Full, "has no room left on its disk"),
    ("53", Full, "has no memory or connections left"),
    ("25006", ReadOnly, "can't be written"),
    ("XX001", Damaged, "is damaged"),
    ("XX002", Damaged, "is damaged"),
)


_HARMLESS = frozenset(("host", "port", "sslmode"))
"""What an option of a URL may be to be shown."""


class Database:
    """Transactions on one database, from any thread and, after a fork, from any process."""

    def __init__(self, url: str, *, patience: int = PATIENCE_S, as_it_is: bool = False) -> None:
        """Open the database and bring its tables up to date; a SQLite file is made where there is none.

        ``patience`` is for how many seconds a transaction waits for others. With ``as_it_is`` nothing is made
        and nothing brought up to date.

        Raises:
            CannotOpen: the URL is none, or a later picoplan has written the database.
            DatabaseFault: it can't be used.
        """
        self._url = _parsed(url)
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.file = Path(str(self._url.database)) if self.is_sqlite else None
        """The SQLite file; None on PostgreSQL."""
        # Without the password, also where it stands among the options.
        self.shown_as = str(self._url.database if self.is_sqlite else self._url.set(query={}))
        self.settings: str | None = None  # what each transaction begins with
        self._engine = self._opened(patience)
        try:
            if not as_it_is:
                with self.faults():
                    if self.is_sqlite:
                        _make(Path(str(self._url.database)), patience)
                    bring_up_to_date(self._engine)
        except BaseException:
            self.close()
            raise

    def _opened(self, patience: int) -> Engine:
        if self.is_sqlite:
            return _sqlite(self._url, patience)
        try:
            opened = open_postgresql(self._url, patience)
        except (DBAPIError, NoConnection) as error:
            raise _fault(error, self.shown_as) from error
        self.settings = opened.settings
        return opened.engine

    def schema(self) -> Schema:
        """How far its tables are.

        Raises:
            CannotOpen: a later picoplan has written it.
            DatabaseFault: it can't be used.
        """
        with self.reading() as connection:
            return schema_of(connection)

    def bring_up_to_date(self) -> None:
        """Bring its tables up to date; raises as ``schema``."""
        with self.faults():
            bring_up_to_date(self._own_engine())

    @property
    def url(self) -> str:
        """Its URL from wherever it is opened, with the password: don't show it."""
        return self._url.render_as_string(hide_password=False)

    @property
    def address(self) -> str:
        """Its URL as PostgreSQL's own programs take it, without the password."""
        url = self._url
        query = {name: told for name, told in url.query.items() if name in _HARMLESS}
        return str(URL.create("postgresql", url.username, None, url.host, url.port, url.database, query))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            DatabaseFault: it can't be used.
        """
        with self.faults(), self._own_engine().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that changes all or nothing; on SQLite one at a time, from its beginning.

        Raises:
            DatabaseFault: it can't be used.
        """
        try:
            with (
                self.faults(),
                self._own_engine().connect().execution_options(picoplan_writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except (Full, Locked, ReadOnly) as fault:  # said by the database itself, which has undone it
            fault.wrote_nothing = True
            raise

    def connect(self) -> PoolProxiedConnection:
        """A connection of the driver's, for one thread, who invalidates it; its faults are for ``faults``.

        Where there are ``settings``, each of its transactions has to begin with them.
        """
        return self._own_engine().raw_connection()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """What goes wrong on a connection within comes out as a ``DatabaseFault``."""
        try:
            yield
        except (IntegrityError, DataError):
            raise  # a fault of ours
        except (DBAPIError, NoConnection, self._engine.dialect.loaded_dbapi.Error) as error:
            raise _fault(error, self.shown_as) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def _own_engine(self) -> Engine:
        """The engine, without connections that a process before a fork has opened."""
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._engine.dispose(close=False)
                    self._pid = os.getpid()
        return self._engine


class InDatabase:
    """What is kept in a database that all processes share. Safe from every thread, and after a fork.

    Every method of these classes raises ``DatabaseFault`` where the database can't be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def shown_as(self) -> str:
        """Where it is, as a person reads it; without a password."""
        return self._database.shown_as

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return self._database.file

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CannotOpen(
            "the database's URL can't be read. Write it as postgresql://user:password@host/name "
            "or sqlite:////folder/file.sqlite3."
        ) from error
    kind = parsed.get_backend_name() if parsed.drivername != "postgres" else "postgresql"
    if kind == "postgresql":
        if parsed.host is not None and "@" in parsed.host:  # what stands before it is of the password
            raise CannotOpen("the password in the database's URL holds an @. Write %40 in its place.")
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise CannotOpen(f"{parsed.drivername} is no database for picoplan: take postgresql or sqlite")
    if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise CannotOpen("a SQLite database needs a file: write sqlite:////folder/file.sqlite3")
    return parsed.set(drivername="sqlite", database=str(Path(parsed.database).absolute()))


def _sqlite(url: URL, patience: int) -> Engine:
    """An engine whose connections last for one transaction: SQLite forbids to carry one over a fork."""
    where = f"file:{quote(str(url.database))}?mode=rw"  # a file that is gone is not made anew, empty

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(where, uri=True, timeout=patience, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("picoplan_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make(file: Path, patience: int) -> None:
    """Make the SQLite file where there is none; with a log beside it, readers never wait for writers."""
    try:
        with suppress(FileExistsError):  # what SQLite puts beside it has the same permissions
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(file, timeout=patience, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise CannotOpen(
            f"the database {file} can't be opened. Is there such a folder, and may picoplan write to it?"
        ) from error
    try:
        _keep_log(connection, monotonic() + patience)
    except sqlite3.Error as error:
        raise sqlite_fault(error, str(file)) from error
    finally:
        connection.close()


def _keep_log(connection: sqlite3.Connection, until: float) -> None:
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
            if not busy or monotonic() > until:  # SQLite does not wait by itself here
                raise
            sleep(0.02)
        else:
            return


def _fault(error: Exception, shown_as: str) -> DatabaseFault:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return sqlite_fault(cause, shown_as)
    state = str(getattr(cause, "sqlstate", None) or "")
    for prefix, kind, says in _POSTGRESQL_FAULTS:
        if state.startswith(prefix):
            return kind(f"the database {shown_as} {says}")
    if state.startswith(("28", "3D")):
        return CannotOpen(f"the database {shown_as} lets nobody in under that name and password")
    return Gone(f"the database {shown_as} can't be reached")


def sqlite_fault(error: sqlite3.Error, shown_as: str) -> DatabaseFault:
    """What is wrong with the database that is shown so, of what SQLite says."""
    name = str(getattr(error, "sqlite_errorname", ""))
    for prefix, kind, says in _SQLITE_FAULTS:
        if name.startswith(prefix):
            return kind(f"the database {shown_as} {says}")
    return Gone(f"the database {shown_as} can't be used")
