"""``picoplan decisions list``: the newest decisions, a line each."""

from __future__ import annotations

from datetime import date

import orjson
import rich_click as click

from service.commandline.console import complain, heading, say
from service.commandline.logs import log_url, opened_log, selecting, selection
from service.commandline.problems import counted
from service.store.decisions.logged import Listed, headline

_MOST = 20


@click.command("list")
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
def command(
    rulesets: str | None,
    since: date | None,
    until: date | None,
    ruleset: str | None,
    clinic: str | None,
    verdict: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List decisions, the newest first: when, which, under what, and the verdict.

    Exit code 0: listed, also where there are none. 2: there is no such folder, or the database can't be used.
    """
    meant = selection(since, until, ruleset, verdict, clinic)
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
        rows.append((made, one.decision_id, f"{one.ruleset} {one.version}", one.verdict))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(to) for cell, to in zip(row, wide, strict=False)), row[3]]) for row in rows
    ]
    return [heading(lines[0]), *lines[1:]]
