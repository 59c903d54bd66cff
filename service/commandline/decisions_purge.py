"""``picoplan decisions purge``: old decisions deleted."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime

import rich_click as click

from service.commandline.asking import Day
from service.commandline.console import is_terminal, say
from service.commandline.logs import RULESETS, log_url, opened_log
from service.commandline.problems import counted
from service.commandline.progress import told_progress
from service.store.decisions.log import DecisionLog

YEARS_KEPT = 3
"""So long decisions are kept where nothing else is said."""


@click.command("purge")
@click.option(
    "--before",
    type=Day(),
    metavar="DATE",
    help=f"Delete what was decided before that day (UTC). Without it: {YEARS_KEPT} years ago.",
)
@click.option("--yes", is_flag=True, help="Don't ask first.")
@RULESETS
def command(before: date | None, yes: bool, rulesets: str | None) -> int:
    """Delete old decisions, for good.

    Nothing is ever deleted but by this command, which can be run while the service runs. What is deleted
    can't be shown, verified or replayed any more; "picoplan decisions export --until DATE" keeps a copy.

    Exit code 0: deleted, or there was nothing to delete. 1: not wanted after all. 2: the database can't be
    used.
    """
    day = before or _years_ago(datetime.now(UTC).date())
    with opened_log(log_url(rulesets)) as log:
        old = log.count_before(day)
        if not old:
            say(f"No decision in {log.shown_as} is from before {day}.")
            return 0
        if not yes and not _is_wanted(old, day, log):
            say("Nothing was deleted.")
            return 1
        done = 0
        with told_progress("Deleting") as told:
            for gone in log.purge(day):
                done += gone
                if told is not None:
                    told("", min(done, old), old)
        say(f"{counted(done, 'decision')} from before {day} deleted.")
    return 0


def _years_ago(today: date) -> date:
    try:
        return today.replace(year=today.year - YEARS_KEPT)
    except ValueError:  # the 29th of February
        return today.replace(year=today.year - YEARS_KEPT, day=28)


def _is_wanted(old: int, day: date, log: DecisionLog) -> bool:
    """Ask, where somebody sits there to answer."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return True
    question = f"Delete {counted(old, 'decision')} from before {day} in {log.shown_as}, for good?"
    return click.confirm(question, default=False, err=True)
