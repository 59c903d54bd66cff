"""Which decision log a command works on, and which of its decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from schemas.request import DECISION_KINDS, DecisionKind
from service.commandline.arguments import DayType, Unreadable
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.selection import FOR_CLIENTS, Selection
from service.store.faults import DatabaseFault
from service.store.folders import shipped
from service.store.whereabouts import DATABASE_URL, database_url, names_database

F = TypeVar("F", bound=Callable[..., Any])

RULESETS = click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets whose log is meant. Without it: "rulesets" here, or else those that come '
    f"with picoplan. {DATABASE_URL} names a database for all folders.",
)
SINCE = click.option(
    "--since", type=DayType(), metavar="DATE", help="Only those made on that day or later (UTC)."
)
UNTIL = click.option(
    "--until", type=DayType(), metavar="DATE", help="Only those made on that day or before (UTC)."
)
RULESET = click.option("--ruleset", metavar="ID", help="Only those of this ruleset.")
CLINIC = click.option(
    "--clinic", metavar="NAME", help="Only those of this clinic, whose API key asked for them."
)
KINDS = click.option(
    "--kind",
    "kinds",
    type=click.Choice(DECISION_KINDS),
    multiple=True,
    default=FOR_CLIENTS.kinds,
    show_default=True,
    help="Only those of this kind; can be said again. decision: for a client. test: made as a test. "
    "self_check: made by a client of himself.",
)
REF = click.option(
    "--ref", metavar="REF", help="Only those that were made with this ref, the sender's own key of a client."
)
VERDICT = click.option("--verdict", metavar="VERDICT", help="Only those with this verdict, such as defer.")

PROCESSES = click.option(
    "--processes",
    type=click.IntRange(1, 256),
    metavar="NUMBER",
    help="How many processes work on it. Without it: one for each processor.",
)


def selecting(command: F) -> F:
    """The options that say which decisions are meant."""
    for option in (REF, KINDS, VERDICT, CLINIC, RULESET, UNTIL, SINCE, RULESETS):
        command = option(command)
    return command


def selection(
    since: date | None,
    until: date | None,
    ruleset: str | None,
    verdict: str | None = None,
    clinic: str | None = None,
    kinds: tuple[DecisionKind, ...] | None = FOR_CLIENTS.kinds,
    ref: str | None = None,
) -> Selection:
    """What the options say."""
    if since is not None and until is not None and until < since:
        raise click.UsageError(f"--until {until} is before --since {since}.")
    return Selection(since, until, ruleset, verdict, clinic, ref, kinds)


def log_url(rulesets: str | None) -> str:
    """The URL of the database of a folder of rulesets, as the person typed it. It may hold a password.

    Raises:
        Unreadable: there is no such folder.
    """
    if rulesets is None:
        folder = Path("rulesets") if Path("rulesets").is_dir() else shipped()
    else:
        folder = Path(rulesets)
        if not folder.is_dir() and not names_database():
            raise Unreadable(f'"{rulesets}" is not a folder')
    try:
        return database_url(folder)
    except DatabaseFault as fault:
        raise Unreadable(str(fault)) from fault


@contextmanager
def opened_log(url: str) -> Iterator[DecisionLog]:
    """The log in a database.

    Raises:
        Unreadable: the database can't be used.
    """
    with readable_database(), _closing(Database(url)) as database:
        yield DecisionLog(database)


@contextmanager
def readable_database() -> Iterator[None]:
    """A database that can't be used within is wrong usage, in one line."""
    try:
        yield
    except DatabaseFault as fault:
        raise Unreadable(str(fault)) from fault


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()
