"""``picoplan check``: every problem of every ruleset in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version

import rich_click as click

from service.analysis.checks.pages import every_page
from service.commandline.console import say
from service.commandline.folders import open_shelf
from service.commandline.formats import annotation, checkout, listing, plain_line, sarif
from service.commandline.problems import errors_in, examples, line, summary
from service.commandline.progress import told_progress
from service.model.problem import Problem, in_order
from service.vetting.check import check_shelf


@click.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="Lines for a person and an editor, one JSON document, a SARIF log, or annotations of a workflow.",
    show_default=True,
)
@click.option("--no-proofs", "quick", is_flag=True, help="Only read and check, which is quicker.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=30,
    metavar="NUMBER",
    help="How long proofs of each ruleset may take; what takes longer is said to be not decided.",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit code.")
def command(folder: str | None, form: str, quick: bool, seconds: float, strict: bool) -> int:
    """Name every mistake in rulesets, with its place and its mend.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here, or else the
    rulesets that come with picoplan.

    Each line is "file:line:column: error CODE message", sorted by place; only errors keep a ruleset from
    serving. "picoplan help CODE" explains the code. What was proven over every possible client comes with an
    example, which "picoplan evaluate RULESET -" takes. Exit code 0: no errors. 1: errors. 2: the folder can't
    be read.
    """
    shelf = open_shelf(folder)
    with told_progress("Proving") as told:
        checked = check_shelf(shelf, scenarios=False, prove_seconds=None if quick else seconds, told=told)
    problems = in_order([*checked.read_problems, *checked.proof_problems])
    checked.close()
    bad = len(problems) if strict else errors_in(problems)
    exit_code = 1 if bad else 0
    _say(form, problems, len(shelf.read), exit_code)
    return exit_code


def _say(form: str, problems: Sequence[Problem], rulesets: int, exit_code: int) -> None:
    if form == "json":
        say(listing(problems))
    elif form == "sarif":
        root = checkout(os.environ)
        say(sarif(problems, every_page(), version=version("picoplan"), root=root, exit_code=exit_code))
    elif form == "github":
        for problem in problems:
            say(annotation(problem, checkout(os.environ)))
        # GitHub keeps ten annotations of a step: in its log every problem stands as a line, too.
        for problem in problems:
            say("\n".join([plain_line(problem), *examples(problem)]))
    else:
        for problem in problems:
            say("\n".join([line(problem), *examples(problem)]))
        say(summary(problems, rulesets))
