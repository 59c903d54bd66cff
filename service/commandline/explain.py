"""``picoplan explain``: every rule, fired or not, and each of its conditions against what was given."""

from __future__ import annotations

from datetime import date

import rich_click as click

from service.commandline.arguments import Day
from service.commandline.asking import Mistaken, ask
from service.commandline.console import complain, say
from service.commandline.problems import line
from service.commandline.text.rules import rules_lines


@click.command("explain")
@click.argument("ruleset", metavar="RULESET")
@click.argument("file", metavar="FILE")
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@click.option("--as-of", type=Day(), metavar="DATE", help="The day for which to decide, as 2026-12-01.")
def command(ruleset: str, file: str, rulesets: str | None, as_of: date | None) -> int:
    """Show every rule, fired or not, and why.

    RULESET is a ruleset's id, such as pico-laser. FILE is an assessment in JSON or YAML; "-" reads standard
    input. Each condition is true, false or unknown (its question was not answered), beside what was given.
    A rule fires where all its conditions are true.

    Exit code 0: fine. 1: the assessment or the ruleset has mistakes; each is named with its place. 2: there
    is no such file or ruleset.
    """
    try:
        asked = ask(rulesets, ruleset, file, as_of)
    except Mistaken as mistaken:
        for problem in mistaken.problems:
            complain(line(problem))
        return 1
    for text in rules_lines(asked.compiled, asked.assessment, asked.answer):
        say(text)
    return 0
