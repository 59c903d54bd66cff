"""``picoplan decisions verify``: decisions made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import orjson
import rich_click as click

from service.commandline.console import complain, say
from service.commandline.logs import RULESET, RULESETS, SINCE, UNTIL, log_url, readable_database, selection
from service.commandline.problems import counted
from service.commandline.progress import told_progress
from service.commandline.refusing import Unreadable
from service.replaying.spreading import usual_processes
from service.replaying.verify import Order, verify_all
from service.serving.verifying import Verified, Verifier
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.selection import Selection

PROCESSES = click.option(
    "--processes",
    type=click.IntRange(1, 256),
    metavar="NUMBER",
    help="How many processes work on it. Without it: one for each processor.",
)


@click.command("verify")
@click.argument("decision_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every decision, or those that the options name.")
@SINCE
@UNTIL
@RULESET
@PROCESSES
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document a line: of --all, those that differ."
)
@RULESETS
def command(
    decision_ids: tuple[str, ...],
    everything: bool,
    since: date | None,
    until: date | None,
    ruleset: str | None,
    processes: int | None,
    as_json: bool,
    rulesets: str | None,
) -> int:
    """Make decisions again, and say whether the answers are the same, byte for byte.

    Each is evaluated under the archived edition that made it. Its id and its time are left out of the
    comparison; an edition that was signed off later is said, and is no difference.

    Exit code 0: all are the same. 1: some are not, or something is damaged. 2: there is no such decision, or
    the database can't be used.
    """
    if everything == bool(decision_ids):
        raise click.UsageError("Name decisions by their ids, or say --all.")
    if decision_ids and (since or until or ruleset):
        raise click.UsageError("--since, --until and --ruleset go with --all.")
    url = log_url(rulesets)
    with readable_database():
        if everything:
            meant = selection(since, until, ruleset)
            return _verify_all(url, meant, processes or usual_processes(), as_json=as_json)
        return _verify(url, decision_ids, as_json=as_json)


def _verify(url: str, decision_ids: tuple[str, ...], *, as_json: bool) -> int:
    good = True
    with _opened(url) as database:
        log, verifier = DecisionLog(database), Verifier(Archive(database))
        for decision_id in decision_ids:
            found = log.decision(decision_id.lower())
            if found is None:
                raise Unreadable(f'no decision "{decision_id}" is logged in {log.shown_as}')
            verified = verifier.verify(found)
            _say(verified, as_json=as_json)
            good = good and verified.same
    return 0 if good else 1


def _verify_all(url: str, meant: Selection, processes: int, *, as_json: bool) -> int:
    decisions = but_for_sign_off = wrong = 0
    with told_progress("Verifying") as told:
        bar = None if told is None else lambda done, of: told("", done, of)
        for part in verify_all(Order(url, meant), processes=processes, told=bar):
            decisions += part.decisions
            but_for_sign_off += part.but_for_sign_off
            wrong += len(part.wrong)
            for verified in part.wrong:
                _say(verified, as_json=as_json)
    same = f"{counted(decisions - wrong, 'decision')} of {decisions} the same, byte for byte"
    if but_for_sign_off:
        same += f", {but_for_sign_off} of them but for the sign-off"
    (complain if as_json else say)(f"{same}; {wrong} not.")
    return 1 if wrong else 0


def _say(verified: Verified, *, as_json: bool) -> None:
    if as_json:
        say(orjson.dumps(verified.as_json()).decode())
        return
    says = (
        verified.damaged or verified.note or ("the same, byte for byte" if verified.same else "not the same")
    )
    say(f"{verified.decision_id}: {says}")
    for one in verified.differences:
        say(f"  {one.pointer or 'as a whole'}: {_short(one.logged)} -> {_short(one.again)}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
