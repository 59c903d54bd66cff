"""``picoplan check``: every problem of every ruleset in a folder."""

from __future__ import annotations

import rich_click as click

from service.commandline.console import say
from service.commandline.folders import open_rulesets
from service.commandline.problems import as_json, errors_in, line, summary


@click.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Lines for a person and an editor, or one JSON document.",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit code.")
def command(folder: str | None, form: str, strict: bool) -> int:
    """Name every mistake in rulesets, with its place and its mend.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here, or else the
    rulesets that come with picoplan.

    Each line is "file:line:column: error CODE message", sorted by place; only errors keep a ruleset from
    serving. Exit code 0: no errors. 1: errors. 2: the folder can't be read.
    """
    opened = open_rulesets(folder)
    opened.snapshot.close()
    if form == "json":
        say(as_json(opened.problems))
    else:
        for problem in opened.problems:
            say(line(problem))
        say(summary(opened.problems, len(opened.shelf.read)))
    counted = len(opened.problems) if strict else errors_in(opened.problems)
    return 1 if counted else 0
