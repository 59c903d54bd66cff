"""PostgreSQL, also behind a pooler such as PgBouncer in transaction mode.

Such a pooler runs each transaction on whatever connection to the server is free: what is set for a session or
prepared in it is gone at the next transaction, or found there by somebody else. So behind one nothing is
prepared, and what has to hold is set for each transaction. Without one it is sent once, as a connection
begins, and costs nothing afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from service.store.faults import CannotOpen

OLDEST = 15
"""The oldest PostgreSQL that is supported."""

_REFUSED = "unsupported startup parameter"
"""PgBouncer's words for what it does not pass on to the server."""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """An engine, and what each transaction has to begin with (None: nothing, as without a pooler)."""

    engine: Engine
    settings: str | None = None


def open_postgresql(url: URL, patience: int) -> PostgreSQL:
    """Connect, and find out whether there is a pooler; ``patience`` is in seconds.

    Raises:
        CannotOpen: the server is too old, the package psycopg is missing, or the URL has ``options`` that the
            pooler refuses.
        SQLAlchemyError: the server can't be reached or lets nobody in.
    """
    lock_ms, statement_ms = 1_000 * patience, 6_000 * patience
    names_options = "options" in url.query
    options = f"-c lock_timeout={lock_ms} -c statement_timeout={statement_ms} -c timezone=UTC"
    direct = _engine(url, patience, options=options)
    try:
        with _disposed_on_failure(direct), direct.connect() as connection:
            _refuse_older(connection, url)
            if names_options or _has(connection, "lock_timeout", lock_ms):
                return PostgreSQL(direct)
    except DBAPIError as error:
        if _REFUSED not in str(error.orig):
            raise
        if names_options:
            raise CannotOpen(
                "the pooler in front of the database refuses the options in its URL: take them out, "
                "and set them for the role or the database (ALTER ROLE ... SET)"
            ) from error
    direct.dispose()
    settings = (
        f"SELECT set_config('lock_timeout', '{lock_ms}', true), "
        f"set_config('statement_timeout', '{statement_ms}', true)"
    )
    pooled = _engine(url, patience, prepare_threshold=None)
    event.listen(pooled, "begin", lambda connection: connection.exec_driver_sql(settings))
    with _disposed_on_failure(pooled), pooled.connect() as connection:
        _refuse_older(connection, url)
    return PostgreSQL(pooled, settings)


def take_as_written(connection: Any) -> None:
    """Statements of this connection of the driver's have PostgreSQL's own ``$1``.

    Looking for the driver's in a long one takes longer than all else that the client does.
    """
    from psycopg import RawCursor

    connection.cursor_factory = RawCursor


def _engine(url: URL, patience: int, **more: Any) -> Engine:
    arguments: dict[str, Any] = {
        "connect_timeout": patience,
        "keepalives_idle": 10,  # a server that is gone without a word is noticed within seconds,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 6_000 * max(patience, 1),  # also in the midst of a transaction
        **more,
    }
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    try:
        return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=2, max_overflow=8)
    except (ImportError, NoSuchModuleError) as error:
        raise CannotOpen(
            "a PostgreSQL database needs the package psycopg: "
            "install picoplan[postgresql], or run scripts/setup --postgresql in a checkout"
        ) from error


@contextmanager
def _disposed_on_failure(engine: Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _has(connection: Connection, setting: str, wanted: int) -> bool:
    """Whether the connection has what was sent as it began: a pooler may have ignored it."""
    asked = sa.text("SELECT setting FROM pg_settings WHERE name = :name")
    return bool(connection.scalar(asked, {"name": setting}) == str(wanted))


def _refuse_older(connection: Connection, url: URL) -> None:
    version = connection.dialect.server_version_info
    if version is not None and int(version[0]) < OLDEST:
        raise CannotOpen(
            f"picoplan needs PostgreSQL {OLDEST} or newer, and the server of {url.set(query={})} is "
            f"{'.'.join(map(str, version))}: upgrade it, or name another database"
        )
