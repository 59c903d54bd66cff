"""``picoplan decisions export``: decisions as NDJSON."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO

import orjson
import rich_click as click

from service.commandline.console import complain, is_terminal
from service.commandline.logs import log_url, opened_log, selecting, selection
from service.commandline.problems import counted
from service.commandline.progress import with_progress
from service.commandline.refusing import Unreadable
from service.store.decisions.logged import DamagedRow, Logged, document


@click.command("export")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@selecting
def command(
    file: Path | None,
    rulesets: str | None,
    since: date | None,
    until: date | None,
    ruleset: str | None,
    clinic: str | None,
    verdict: str | None,
) -> int:
    """Write decisions as JSON, one a line and the oldest first, to FILE or to standard output.

    Each line is what GET /v1/decisions/ID answers; in it the answer is byte for byte as it was given. A FILE
    can be read by its owner alone, and is there only once it is whole.

    Exit code 0: written. 1: some decisions are damaged; their lines say so. 2: the file can't be written, or
    the database can't be used.
    """
    meant = selection(since, until, ruleset, verdict, clinic)
    with opened_log(log_url(rulesets)) as log, _stream(file) as stream:
        until_mark = log.last(meant)
        if until_mark is None:
            complain(f"No such decision is logged in {log.shown_as}.")
            return 0
        total = log.count(meant, until=until_mark)
        decisions = log.decisions(meant, until=until_mark)
        shows_bar = file is not None or not is_terminal(sys.stdout)
        damaged = 0
        for one in with_progress(decisions, total, "Exporting") if shows_bar else decisions:
            stream.write(_line(one) + b"\n")
            damaged += isinstance(one, DamagedRow)
    if file is not None:
        complain(f"{counted(total, 'decision')} written to {file}.")
    if damaged:
        complain(f'{counted(damaged, "decision")} damaged: see the lines with "damaged".')
    return 1 if damaged else 0


def _line(one: Logged | DamagedRow) -> bytes:
    if isinstance(one, DamagedRow):
        return orjson.dumps({"decision_id": one.decision_id, "damaged": one.says})
    return document(one)


@contextmanager
def _stream(file: Path | None) -> Iterator[BinaryIO]:
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
