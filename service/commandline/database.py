"""``picoplan database``: copies, checks and upkeep of what the service keeps."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rich_click as click

from service.commandline.arguments import CommandGroup, Unreadable
from service.commandline.console import complain, progress_bar, say
from service.commandline.decision_log import log_url, readable_database
from service.commandline.keys import RULESETS
from service.commandline.problems import counted
from service.store.database import Database
from service.store.folders import shipped
from service.store.upkeep import back_up, checked_parts, compact


@click.group("database", cls=CommandGroup)
def command() -> None:
    """Back up, check, migrate and compact the database, also while the service runs.

    It is the one that "picoplan serve" uses with the same settings: a SQLite file, or what
    PICOPLAN_DATABASE_URL names.
    """


@contextmanager
def _opened(rulesets: str | None) -> Iterator[Database]:
    """The database as it is: not made, and not brought up to date."""
    url = log_url(str(shipped()) if rulesets is None else rulesets)
    with readable_database():
        database = Database(url, as_it_is=True)
        try:
            yield database
        finally:
            database.close()


@command.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of a FILE that is there.")
@RULESETS
def backup(file: Path, replace: bool, rulesets: str | None) -> int:
    """Copy a SQLite database to FILE, as it is at one moment, and check the copy.

    The service goes on meanwhile, and waits for nothing. FILE is there only once it is whole; its owner alone
    can read it. It holds decisions, which are health data, and hashes of API keys. To go back to it, stop the
    service and put it in the place of the database.

    A PostgreSQL database is backed up by its own pg_dump; the command is shown.

    Exit code 0: done. 1: the copy is damaged, as the database may be. 2: FILE is there or can't be written,
    the database can't be used, or it is PostgreSQL.
    """
    with _opened(rulesets) as database:
        source = database.file
        if source is None:
            raise Unreadable(_pg_dump(database, file))
        database.schema()  # says where it is none of ours, or a later picoplan's
        try:
            back_up(source, file, replace=replace)
        except FileExistsError as error:
            raise Unreadable(
                f"{file} is there already: name another file, or say --replace; the database itself is never "
                "replaced"
            ) from error
        except OSError as error:
            why = (error.strerror or "unknown").lower()
            raise Unreadable(f"{file} can't be written: {why}") from error
    say(f"{source} is backed up to {file}, {_shown(file.stat().st_size)}, and the copy is good.")
    return 0


def _pg_dump(database: Database, file: Path) -> str:
    dump = shlex.join(["pg_dump", "--format=custom", f"--file={file}", database.address])
    around = " Name the server itself there, not the pooler." if database.settings else ""
    return f"a PostgreSQL database is backed up by its own tools: {dump}.{around}"


@command.command("check")
@RULESETS
def check(rulesets: str | None) -> int:
    """Look at all that the database holds, and change nothing.

    Its tables are those of this picoplan; the file and its foreign keys are sound (on PostgreSQL that is
    pg_amcheck's); the files of every edition come to its digest; each decision's edition is archived; each
    decision is as it was logged; the API keys can be read.

    Exit code 0: all is well. 1: something is not, and named. 2: the database can't be used.
    """
    findings = 0
    with _opened(rulesets) as database, progress_bar("Checking") as on_progress:
        say(database.shown_as)
        for part in checked_parts(database, on_progress):
            findings += part.findings
            say(f"{'wrong' if part.findings else 'ok':5}  {part.says}")
            for text in part.named:
                say(f"       {text}")
            if part.findings > len(part.named):
                say(f"       ... and {part.findings - len(part.named)} more")
    if findings:
        complain(f"{counted(findings, 'finding')}.")
    return 1 if findings else 0


@command.command("migrate")
@click.option("--dry-run", is_flag=True, help="Only say which steps would be taken.")
@RULESETS
def migrate(dry_run: bool, rulesets: str | None) -> int:
    """Bring the database's tables up to date, and say from what to what.

    "picoplan serve" and every other command do so by themselves as they open it; this does nothing else. An
    earlier picoplan can't use the database afterwards: make a backup before.

    Exit code 0: they are up to date. 2: the database can't be used, or a later picoplan has written it.
    """
    with _opened(rulesets) as database:
        before = database.schema()
        if not before.lacks:
            say(f"{database.shown_as} is up to date, at {before.at}.")
            return 0
        if not dry_run:
            database.bring_up_to_date()
        verb = "would go" if dry_run else "went"
        say(f"{database.shown_as} {verb} from {before.at or 'nothing'} to {before.lacks[-1].number}:")
        for step in before.lacks:
            say(f"  {step.number}  {step.says}")
    return 0


@command.command("compact")
@RULESETS
def compact_database(rulesets: str | None) -> int:
    """Give room back that nothing needs any more, as after "picoplan decisions purge".

    SQLite writes the file anew: that takes as much room again while it goes on, and requests wait, or are
    refused where it takes longer than five seconds. Do it when few ask. PostgreSQL keeps the room for what
    comes (VACUUM), and nobody waits.

    Exit code 0: done. 2: there is no room for it, or the database can't be used.
    """
    with _opened(rulesets) as database:
        database.schema()  # says where it is none of ours
        before, after = compact(database)
    say(f"{database.shown_as}: {_shown(before)} before, {_shown(after)} now.")
    return 0


def _shown(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size:,} bytes"
