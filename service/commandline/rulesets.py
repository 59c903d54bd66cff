"""``picoplan rulesets``: which rulesets have served, and which serve no more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
import rich_click as click

from service.commandline.arguments import CommandGroup, Unreadable
from service.commandline.console import complain, is_terminal, say
from service.commandline.decision_log import log_url, readable_database
from service.commandline.keys import RULESETS
from service.model.problem import did_you_mean, quoted
from service.serving.choosing import newest_for
from service.store.archive import Archive
from service.store.database import Database
from service.store.editions import Published, timelines
from service.store.folders import shipped
from service.wording.phrases import short_digest


@click.group("rulesets", cls=CommandGroup)
def command() -> None:
    """List rulesets that have served, retire one for good, or let a retired one serve again.

    A ruleset whose folder is gone serves on, and so does one that is renamed, under its old id. Only
    "picoplan rulesets retire" ends that.
    """


@contextmanager
def _opened_archive(rulesets: str | None) -> Iterator[Archive]:
    url = log_url(str(shipped()) if rulesets is None else rulesets)
    with readable_database():
        archive = Archive(Database(url))
        try:
            yield archive
        finally:
            archive.close()


def _known(archive: Archive, ruleset: str) -> Published:
    """What was published last of the ruleset."""
    histories = timelines(archive.timeline())
    if ruleset in histories:
        return histories[ruleset][0]
    hint = did_you_mean(ruleset, histories) or (f" There is {quoted(histories)}." if histories else "")
    raise Unreadable(f'no ruleset "{ruleset}" has served, as far as {archive.shown_as} knows.{hint}')


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, for a program.")
@RULESETS
def list_rulesets(as_json: bool, rulesets: str | None) -> int:
    """List the rulesets that have served: the version of today, and since when one is retired.

    Exit code 0: listed, also where there are none. 2: there is no such folder, or the database can't be used.
    """
    with _opened_archive(rulesets) as archive:
        histories, retired, shown_as = timelines(archive.timeline()), archive.retired(), archive.shown_as
    today = datetime.now(UTC).date()
    rows = []
    for name, history in sorted(histories.items()):
        serves = None if name in retired else newest_for(history, today)
        at = retired[name].isoformat(timespec="seconds")[:19] + "Z" if name in retired else None
        rows.append((name, serves, at))
    if as_json:
        for name, serves, at in rows:
            version, digest = (None, None) if serves is None else (serves.version, serves.digest)
            say(orjson.dumps({"id": name, "version": version, "digest": digest, "retired": at}).decode())
        return 0
    if not rows:
        complain(f"No ruleset has served yet, as far as {shown_as} knows.")
    for name, serves, at in rows:
        serving = (
            f"serves {serves.version} ({short_digest(serves.digest)})" if serves else "serves nothing today"
        )
        say(f"{name}: {serving if at is None else f'retired {at}'}")
    return 0


@command.command("retire")
@click.argument("ruleset", metavar="ID")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@RULESETS
def retire(ruleset: str, yes: bool, rulesets: str | None) -> int:
    """Let a ruleset serve no more, also while the service runs: it follows within a second.

    ID is the ruleset's id. Requests for it are answered 404, ruleset-retired, whatever day, version or digest
    they name; /readyz and metrics no longer tell of it, and edits of its folder, if there still is one, don't
    go live. What was decided under it stays, can be shown, verified and replayed. Rulesets that extend it go
    on. "picoplan rulesets restore ID" undoes it.

    Exit code 0: it is retired, or was before. 1: not wanted after all. 2: no such ruleset has served, or the
    database can't be used.
    """
    with _opened_archive(rulesets) as archive:
        newest = _known(archive, ruleset)
        if not yes and not _is_wanted(newest):
            say("Nothing was changed.")
            return 1
        if archive.retire(ruleset, datetime.now(UTC)):
            say(f"{ruleset} is retired. What was decided under it stays.")
        else:
            say(f"{ruleset} was retired before, on {archive.retired()[ruleset].date()}.")
    return 0


def _is_wanted(newest: Published) -> bool:
    """Ask, where somebody sits there to answer."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return True
    question = f"Retire {newest.ruleset}, last published as version {newest.version}?"
    return click.confirm(question, default=False, err=True)


@command.command("restore")
@click.argument("ruleset", metavar="ID")
@RULESETS
def restore(ruleset: str, rulesets: str | None) -> int:
    """Let a retired ruleset serve again, as it served last; edits of its folder go live again.

    Exit code 0: it serves, or was not retired. 2: no such ruleset has served, or the database can't be used.
    """
    with _opened_archive(rulesets) as archive:
        newest = _known(archive, ruleset)
        if archive.restore(ruleset):
            say(f"{ruleset} serves again, with version {newest.version}.")
        else:
            say(f"{ruleset} is not retired.")
    return 0
