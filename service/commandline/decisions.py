"""``picoplan decisions``: the log of what was decided."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import orjson
import rich_click as click

from schemas.request import DecisionKind
from service.commandline.arguments import CommandGroup, DayType, Period, PeriodType, Unreadable
from service.commandline.console import complain, dim, heading, is_terminal, progress_bar, say, with_progress
from service.commandline.decision_log import (
    CLINIC,
    PROCESSES,
    RULESET,
    RULESETS,
    SINCE,
    UNTIL,
    log_url,
    opened_log,
    readable_database,
    selecting,
    selection,
)
from service.commandline.plan import plan_lines
from service.commandline.problems import counted
from service.model.exact_json import read_json, write_json
from service.model.ruleset import Ruleset
from service.replaying.executor import usual_processes
from service.replaying.replay import VerifyOrder, verify_all
from service.serving.verifying import Verified, Verifier
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import DamagedRow, Listed, Logged, document, headline
from service.store.decisions.selection import Selection
from service.store.editions import readable
from service.store.faults import Damaged, NeverServed


@click.group("decisions", cls=CommandGroup)
def command() -> None:
    """Look at what was decided, make it again, export it, and delete what is too old.

    "picoplan serve" logs each decision before it answers: the assessment, the answer, and the edition of the
    ruleset that gave it. An assessment is health data: treat what these commands print accordingly.
    """


_MOST = 20


@command.command("list")
@selecting
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="NUMBER",
    default=_MOST,
    show_default=True,
    help="At most so many, the newest.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, for a program.")
def list_decisions(
    rulesets: str | None,
    since: date | None,
    until: date | None,
    ruleset: str | None,
    clinic: str | None,
    verdict: str | None,
    kinds: tuple[DecisionKind, ...],
    ref: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List decisions, the newest first: when, which, under what, and the verdict.

    Exit code 0: listed, also where there are none. 2: there is no such folder, or the database can't be used.
    """
    meant = selection(since, until, ruleset, verdict, clinic, kinds, ref)
    with opened_log(log_url(rulesets)) as log:
        found = log.newest(meant, limit)
        more = log.count(meant) - len(found)
        shown_as = log.shown_as
    if as_json:
        for one in found:
            say(orjson.dumps(headline(one)).decode())
        return 0
    if not found:
        complain(f"No such decision is logged in {shown_as}.")
        return 0
    for line in _table(found):
        say(line)
    if more > 0:
        complain(f"... and {counted(more, 'decision')} before them: see --limit, --since and --until.")
    return 0


def _table(found: list[Listed]) -> list[str]:
    rows = [("made (UTC)", "decision", "ruleset", "verdict")]
    for one in found:
        made = one.evaluated_at.replace("T", " ").removesuffix("Z")
        told = [f"({mark})" for mark in _marks(one)]
        verdict = " ".join((one.verdict, *told))
        rows.append((made, one.decision_id, f"{one.ruleset} {one.version}", verdict))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(to) for cell, to in zip(row, wide, strict=False)), row[3]]) for row in rows
    ]
    return [heading(lines[0]), *lines[1:]]


def _marks(one: Listed) -> Iterator[str]:
    """What is not usual about a decision: what it is, and by which face it was asked for."""
    if one.kind != "decision":
        yield one.kind
    if one.face != "api":
        yield f"by {' of '.join(said for said in (one.face, one.iss) if said)}"


@command.command("show")
@click.argument("decision_id", metavar="ID")
@RULESETS
@click.option("--json", "as_json", is_flag=True, help="The decision as the service gives it.")
def show(decision_id: str, rulesets: str | None, as_json: bool) -> int:
    """Show one decision: what was asked, and the plan as it was given.

    ID is the decision_id of the answer.

    Exit code 0: shown. 1: the logged decision, or the edition that made it, is damaged. 2: there is no such
    decision, or the database can't be used.
    """
    url = log_url(rulesets)
    with opened_log(url) as log:
        found = log.decision(decision_id.lower())
        shown_as = log.shown_as
    if found is None:
        raise Unreadable(f'no decision "{decision_id}" is logged in {shown_as}')
    if isinstance(found, DamagedRow):
        complain(f"{found.decision_id}: {found.says}")
        return 1
    if as_json:
        say(write_json(read_json(document(found)), orjson.OPT_INDENT_2).decode())
        return 0
    return _say_decision(found, url)


def _say_decision(found: Logged, url: str) -> int:
    say(f"Decision {found.decision_id}, made {found.evaluated_at} for {found.as_of}")
    say(", ".join((f"under {found.ruleset} {found.version}", *_marks(found))))
    say(dim(found.digest))
    say()
    answer, assessment = read_json(found.answer), read_json(found.assessment)
    ruleset = _ruleset_of(url, found)
    if isinstance(ruleset, str):
        complain(ruleset)
        say(write_json({"assessment": assessment, "answer": answer}, orjson.OPT_INDENT_2).decode())
        return 1
    for text in plan_lines(ruleset, assessment, answer):
        say(text)
    return 0


def _ruleset_of(url: str, made: Logged) -> Ruleset | str:
    """The ruleset as it was, or why it can't be had."""
    with readable_database():
        archive = Archive(Database(url))
        try:
            return readable(archive.edition(made.digest, made.language_version))
        except (Damaged, NeverServed) as fault:
            return str(fault)
        finally:
            archive.close()


@command.command("export")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@selecting
def export(
    file: Path | None,
    rulesets: str | None,
    since: date | None,
    until: date | None,
    ruleset: str | None,
    clinic: str | None,
    verdict: str | None,
    kinds: tuple[DecisionKind, ...],
    ref: str | None,
) -> int:
    """Write decisions as JSON, one a line and the oldest first, to FILE or to standard output.

    Each line is what GET /v1/decisions/ID answers; in it the answer is byte for byte as it was given. A FILE
    can be read by its owner alone, and is there only once it is whole.

    Exit code 0: written. 1: some decisions are damaged; their lines say so. 2: the file can't be written, or
    the database can't be used.
    """
    meant = selection(since, until, ruleset, verdict, clinic, kinds, ref)
    with opened_log(log_url(rulesets)) as log, _written_whole(file) as stream:
        until_mark = log.last(meant)
        if until_mark is None:
            complain(f"No such decision is logged in {log.shown_as}.")
            return 0
        total = log.count(meant, until=until_mark)
        decisions = log.decisions(meant, until=until_mark)
        shows_bar = file is not None or not is_terminal(sys.stdout)
        damaged = 0
        for one in with_progress(decisions, total, "Exporting") if shows_bar else decisions:
            stream.write(_exported(one) + b"\n")
            damaged += isinstance(one, DamagedRow)
    if file is not None:
        complain(f"{counted(total, 'decision')} written to {file}.")
    if damaged:
        complain(f'{counted(damaged, "decision")} damaged: see the lines with "damaged".')
    return 1 if damaged else 0


def _exported(one: Logged | DamagedRow) -> bytes:
    if isinstance(one, DamagedRow):
        return orjson.dumps({"decision_id": one.decision_id, "damaged": one.says})
    return document(one)


@contextmanager
def _written_whole(file: Path | None) -> Iterator[BinaryIO]:
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        number, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise Unreadable(f"{file} can't be written: {why}") from error
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


KEPT = Period(3, "y")
"""So long decisions are kept where nothing else is said."""


@command.command("purge")
@click.option(
    "--before",
    type=DayType(),
    metavar="DATE",
    help="Delete what was decided before that day (UTC).",
)
@click.option(
    "--keep",
    type=PeriodType(),
    metavar="PERIOD",
    help="Delete what was decided before the day that lies so long before today (UTC): a number of days, "
    f"weeks, months or years, as 90d, 26w, 18m or 3y. Without it and --before: {KEPT.number}{KEPT.unit}.",
)
@click.option("--dry-run", is_flag=True, help="Only say how many would be deleted.")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@RULESETS
def purge(before: date | None, keep: Period | None, dry_run: bool, yes: bool, rulesets: str | None) -> int:
    """Delete old decisions, for good.

    Nothing is ever deleted but by this command, which can be run while the service runs, also by a schedule:
    it deletes a few at a time, and lets the service write in between. What is deleted can't be shown,
    verified or replayed any more; "picoplan decisions export --until DATE" keeps a copy. On SQLite
    "picoplan database compact" then gives the room back to the disk.

    Exit code 0: deleted, or there was nothing to delete. 1: not wanted after all. 2: the database can't be
    used.
    """
    if before is not None and keep is not None:
        raise click.UsageError("Say --before or --keep, not both.")
    day = before or (keep or KEPT).before(_today())
    with opened_log(log_url(rulesets)) as log:
        old = log.count_before(day)
        if not old:
            say(f"No decision in {log.shown_as} is from before {day}.")
            return 0
        if dry_run:
            say(f"{counted(old, 'decision')} from before {day} would be deleted.")
            return 0
        question = f"Delete {counted(old, 'decision')} from before {day} in {log.shown_as}, for good?"
        if not yes and not _confirmed(question):
            say("Nothing was deleted.")
            return 1
        say(f"{counted(_deleted(log.purge(day), old), 'decision')} from before {day} deleted.")
    return 0


@command.command("erase")
@click.argument("ref", metavar="REF")
@CLINIC
@click.option("--dry-run", is_flag=True, help="Only say how many would be erased.")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@RULESETS
def erase(ref: str, clinic: str | None, dry_run: bool, yes: bool, rulesets: str | None) -> int:
    """Erase the decisions of one client, for good: what he is entitled to who wants to be forgotten.

    REF is the key of the sender's own that the decisions were made with. All of them are erased, also tests
    and self-checks; see "picoplan decisions list --ref REF". Copies that were exported or saved before keep
    them.

    Exit code 0: erased, or there was nothing to erase. 1: not wanted after all. 2: the database can't be
    used.
    """
    meant = Selection(clinic=clinic, ref=ref, kinds=None)
    with opened_log(log_url(rulesets)) as log:
        there = log.count(meant)
        if not there:
            say(f"No decision in {log.shown_as} was made with that ref.")
            return 0
        if dry_run:
            say(f"{counted(there, 'decision')} would be erased.")
            return 0
        question = f"Erase {counted(there, 'decision')} in {log.shown_as}, for good?"
        if not yes and not _confirmed(question):
            say("Nothing was erased.")
            return 1
        say(f"{counted(_deleted(log.erase(meant), there), 'decision')} erased.")
    return 0


def _deleted(pieces: Iterator[int], expected: int) -> int:
    """How many are deleted, once all are."""
    done = 0
    with progress_bar("Deleting") as on_progress:
        for gone in pieces:
            done += gone
            if on_progress is not None:
                on_progress("", min(done, expected), expected)
    return done


def _today() -> date:
    return datetime.now(UTC).date()


def _confirmed(question: str) -> bool:
    """Ask, where somebody sits there to answer."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return True
    return click.confirm(question, default=False, err=True)


@command.command("verify")
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
def verify(
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
            meant = selection(since, until, ruleset, kinds=None)
            return _verify_all(url, meant, processes or usual_processes(), as_json=as_json)
        return _verify_these(url, decision_ids, as_json=as_json)


def _verify_these(url: str, decision_ids: tuple[str, ...], *, as_json: bool) -> int:
    good = True
    with _opened_database(url) as database:
        log, verifier = DecisionLog(database), Verifier(Archive(database))
        for decision_id in decision_ids:
            found = log.decision(decision_id.lower())
            if found is None:
                raise Unreadable(f'no decision "{decision_id}" is logged in {log.shown_as}')
            verified = verifier.verify(found)
            _say_verified(verified, as_json=as_json)
            good = good and verified.same
    return 0 if good else 1


def _verify_all(url: str, meant: Selection, processes: int, *, as_json: bool) -> int:
    decisions = but_for_sign_off = wrong = 0
    with progress_bar("Verifying") as on_progress:
        bar = None if on_progress is None else lambda done, of: on_progress("", done, of)
        for part in verify_all(VerifyOrder(url, meant), processes=processes, on_progress=bar):
            decisions += part.decisions
            but_for_sign_off += part.but_for_sign_off
            wrong += len(part.wrong)
            for verified in part.wrong:
                _say_verified(verified, as_json=as_json)
    same = f"{counted(decisions - wrong, 'decision')} of {decisions} the same, byte for byte"
    if but_for_sign_off:
        same += f", {but_for_sign_off} of them but for the sign-off"
    (complain if as_json else say)(f"{same}; {wrong} not.")
    return 1 if wrong else 0


def _say_verified(verified: Verified, *, as_json: bool) -> None:
    if as_json:
        say(write_json(verified.as_json()).decode())
        return
    says = (
        verified.damaged or verified.note or ("the same, byte for byte" if verified.same else "not the same")
    )
    say(f"{verified.decision_id}: {says}")
    for one in verified.differences:
        say(f"  {one.pointer or 'as a whole'}: {_short(one.logged)} -> {_short(one.again)}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else write_json(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


@contextmanager
def _opened_database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
