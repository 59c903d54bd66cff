"""The steps that bring the tables of a database up to date, and how far one is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from service.store.faults import CannotOpen

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x7069636F  # "pico": held by whoever migrates a PostgreSQL database
_ONE_AT_A_TIME = threading.Lock()  # Alembic's context is one for the whole process


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number, such as 0005, and what it does, in a sentence."""

    number: str
    says: str


@dataclass(frozen=True, slots=True)
class Schema:
    """How far a database is: its newest step (None: it is empty), and those that it lacks, in order."""

    at: str | None
    lacks: tuple[Step, ...]


def schema_of(connection: Connection) -> Schema:
    """How far the database is.

    Raises:
        CannotOpen: a later picoplan has written it.
    """
    return _schema(connection, ScriptDirectory.from_config(_config()))


def bring_up_to_date(engine: Engine) -> None:
    """Run the steps that the database lacks. Whoever comes second waits, and then finds nothing to do.

    Raises:
        CannotOpen: a later picoplan has written it.
        SQLAlchemyError: the database can't be used.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if not _schema(connection, script).lacks:
            return
    with (
        _ONE_AT_A_TIME,
        engine.connect().execution_options(picoplan_writes=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if _schema(connection, script).lacks:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _schema(connection: Connection, script: ScriptDirectory) -> Schema:
    at = MigrationContext.configure(connection).get_current_revision()
    steps = [Step(step.revision, step.doc) for step in script.walk_revisions()]
    numbers = [step.number for step in steps]
    if at is not None and at not in numbers:
        raise CannotOpen(
            "a later picoplan has written this database. Install that one, or name another database."
        )
    lacks = steps if at is None else steps[: numbers.index(at)]
    return Schema(at, tuple(reversed(lacks)))
