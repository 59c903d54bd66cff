"""Whose keys a command works on, and how it speaks of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import rich_click as click

from service.commandline.logs import log_url, readable_database
from service.store.database import Database
from service.store.folders import shipped
from service.store.keys.key import Key
from service.store.keys.store import KeyStore
from service.store.whereabouts import DATABASE_URL

RULESETS = click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets, as "picoplan serve" is told. Without it, as there: those that come with '
    f"picoplan. {DATABASE_URL} names a database for all folders.",
)


@contextmanager
def opened_keys(rulesets: str | None) -> Iterator[tuple[Database, KeyStore]]:
    """The keys of the folder as the person typed it, and the database that they are in.

    Raises:
        Unreadable: there is no such folder, or the database can't be used.
    """
    url = log_url(str(shipped()) if rulesets is None else rulesets)
    with readable_database():
        database = Database(url)
        try:
            yield database, KeyStore(database)
        finally:
            database.close()


def seen(key: Key) -> str:
    """The rulesets that it sees."""
    return ", ".join(key.wanted.rulesets) or "all"


def allowed(key: Key) -> str:
    """What it may do."""
    return ", ".join(key.wanted.scopes)
