"""The database brought up to date as it is opened: an empty one, an earlier picoplan's, or by two at once."""

from __future__ import annotations

import threading
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


def bring_up_to_date(engine: Engine) -> None:
    """Run the steps that the database lacks. Whoever comes second waits, and then finds nothing to do.

    Raises:
        CannotOpen: a later picoplan has written it.
        SQLAlchemyError: the database can't be used.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if _is_current(connection, script):
            return
    with (
        _ONE_AT_A_TIME,
        engine.connect().execution_options(picoplan_writes=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if not _is_current(connection, script):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _is_current(connection: Connection, script: ScriptDirectory) -> bool:
    at = MigrationContext.configure(connection).get_current_heads()
    known = {step.revision for step in script.walk_revisions()}
    if not known.issuperset(at):
        raise CannotOpen(
            "a later picoplan has written this database. Install that one, or name another database."
        )
    return set(at) == set(script.get_heads())
