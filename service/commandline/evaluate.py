"""``picoplan evaluate``: one decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import rich_click as click

from service.commandline.arguments import LANGUAGE, DayType
from service.commandline.assessments import (
    Evaluated,
    Mistaken,
    OpenedRuleset,
    as_file,
    ask,
    ask_person,
    open_one,
)
from service.commandline.console import complain, say
from service.commandline.folders import write_whole
from service.commandline.plan import plan_lines
from service.commandline.problems import line
from service.model.exact_json import write_json


@click.command("evaluate")
@click.argument("ruleset", metavar="RULESET")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="The answer as the service gives it.")
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@LANGUAGE
@click.option(
    "--save",
    metavar="FILE",
    help="Keep the answers to the questions that were asked: in JSON or YAML, by its name.",
)
@click.option("--as-of", type=DayType(), metavar="DATE", help="The day for which to decide, as 2026-12-01.")
def command(
    ruleset: str,
    file: str | None,
    as_json: bool,
    rulesets: str | None,
    language: str | None,
    save: str | None,
    as_of: date | None,
) -> int:
    """Plan the sessions of one client, and say why.

    RULESET is a ruleset's id, such as pico-laser. FILE is an assessment in JSON or YAML: answers by the ids
    of the questions. "-" reads standard input. Without a FILE the questions are asked, one after another.

    Exit code 0: there is a plan. 1: the assessment or the ruleset has mistakes; each is named with its place.
    2: there is no such file or ruleset, or nobody to ask.
    """
    if save is not None and file is not None:
        raise click.UsageError("--save keeps answers that are asked for: leave FILE out.")
    try:
        if file is not None:
            asked = ask(rulesets, ruleset, file, as_of, language)
        else:
            asked = _asked(open_one(rulesets, ruleset), as_of, language, save)
    except Mistaken as mistaken:
        for problem in mistaken.problems:
            complain(line(problem))
        return 1
    if as_json:
        say(write_json(asked.answer, orjson.OPT_INDENT_2).decode())
        return 0
    for text in plan_lines(asked.ruleset, asked.assessment, asked.answer):
        say(text)
    return 0


def _asked(opened: OpenedRuleset, as_of: date | None, language: str | None, save: str | None) -> Evaluated:
    """What comes of asking; the answers are kept, where that is wanted, whatever comes of them."""

    def keep(assessment: dict[str, Any]) -> None:
        complain("")
        if save is not None:
            write_whole(save, as_file(assessment, opened.compiled.ruleset.inputs, save))
            complain(f"The answers are in {save}. They are health data: keep them as such.")

    return ask_person(opened, as_of, language, keep)
