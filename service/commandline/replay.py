"""``picoplan replay``: what would have changed for past clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import orjson
import rich_click as click

from service.commandline.arguments import Unreadable
from service.commandline.console import complain, say
from service.commandline.decision_log import (
    CLINIC,
    PROCESSES,
    RULESET,
    RULESETS,
    SINCE,
    UNTIL,
    log_url,
    readable_database,
    selection,
)
from service.commandline.folders import Opened, open_rulesets
from service.commandline.problems import line
from service.commandline.progress import told_progress
from service.commandline.replay_document import replay_document
from service.commandline.replay_text import replay_lines
from service.model.problem import did_you_mean, quoted
from service.replaying.replay import Order, replay
from service.replaying.spreading import usual_processes
from service.store.editions import Edition, edition_of


@click.command("replay")
@click.option(
    "--candidate",
    metavar="DIR",
    required=True,
    help="The folder with the edited rules: a ruleset, or a folder of them.",
)
@RULESET
@CLINIC
@SINCE
@UNTIL
@click.option("--limit", type=click.IntRange(1), metavar="NUMBER", help="At most so many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for a program.")
@click.option(
    "--fail-above",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit code 1 where more plans than that change or are refused.",
)
@PROCESSES
@RULESETS
def command(
    candidate: str,
    ruleset: str | None,
    clinic: str | None,
    since: date | None,
    until: date | None,
    limit: int | None,
    as_json: bool,
    fail_above: float | None,
    processes: int | None,
    rulesets: str | None,
) -> int:
    """Run logged decisions again under edited rules, and say how the answers change.

    What changes is told by the verdict before and after, by how many sessions more or fewer, and by the
    rules that did it, each with a few decisions as examples: see "picoplan decisions show". Nothing is
    published, and the log stays as it is.

    Exit code 0: replayed, also with changes. 1: the candidate has errors, or more than --fail-above changes.
    2: there is no such folder or ruleset, or the database can't be used.
    """
    opened = open_rulesets(candidate)
    errors = [problem for problem in opened.problems if problem.severity == "error"]
    if errors:
        for problem in errors:
            complain(line(problem))
        complain(f"{candidate} is not good: nothing was replayed.")
        return 1
    editions = _editions(opened, ruleset)
    order = Order(log_url(rulesets), editions, selection(since, until, ruleset, clinic=clinic))
    with readable_database(), told_progress("Replaying") as told:
        bar = None if told is None else lambda done, of: told("", done, of)
        tally = replay(order, most=limit, processes=processes or usual_processes(), told=bar)
    if as_json:
        document = replay_document(tally, editions.values(), order.selection)
        say(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        for text in replay_lines(tally, editions.values()):
            say(text)
    if fail_above is not None and tally.percent > fail_above:
        complain(f"{tally.percent:.1f} % of the plans change, more than {fail_above:g} %.")
        return 1
    return 0


def _editions(opened: Opened, ruleset: str | None) -> Mapping[str, Edition]:
    """The candidate's rulesets, or the one that is meant, by id."""
    read = opened.shelf.read
    opened.snapshot.close()
    if ruleset is not None and ruleset not in read:
        hint = did_you_mean(ruleset, read) or f" There is {quoted(read)}."
        raise Unreadable(f'there is no ruleset "{ruleset}" in {opened.shelf.shown_as}.{hint}')
    return {name: edition_of(one) for name, one in sorted(read.items()) if ruleset in (None, name)}
