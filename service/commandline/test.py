"""``picoplan test``: the scenarios of every ruleset in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import rich_click as click

from service.answering.trying import try_scenarios
from service.commandline.console import say
from service.commandline.folders import open_rulesets
from service.commandline.problems import counted, line
from service.commandline.progress import with_progress
from service.commandline.refusing import Unreadable
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, in_order
from service.model.ruleset import Scenario


@click.command("test")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--filter", "part", metavar="TEXT", help="Only scenarios with this text in their name.")
def command(folder: str | None, part: str | None) -> int:
    """Plan the worked clients of rulesets again, and compare.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here, or else the
    rulesets that come with picoplan.

    Each difference is a line "file:line:column: error scenario-failed ..." that points at what was expected.
    A ruleset with errors is reported as "picoplan check" does, and not tested. Exit code 0: all as expected.
    1: some are not, or a ruleset has errors. 2: the folder can't be read, or no scenario has that name.
    """
    opened = open_rulesets(folder)
    served = opened.snapshot.served
    chosen = {name: _chosen(compiled.ruleset.scenarios, part) for name, compiled in served.items()}
    total = sum(map(len, chosen.values()))
    if part is not None and served and not total:
        raise Unreadable(f'no scenario has "{part}" in its name')
    failed, problems = _run(served, chosen, total)
    opened.snapshot.close()
    broken = opened.snapshot.broken
    problems += [problem for name in broken for problem in broken[name]]
    problems += [problem for problem in opened.shelf.problems if problem.severity == "error"]
    for problem in in_order(problems):
        say(line(problem))
    say(_summary(failed, total, len(broken)))
    return 1 if problems else 0


def _chosen(scenarios: Sequence[Scenario], part: str | None) -> list[Scenario]:
    return [one for one in scenarios if part is None or part.casefold() in one.name.casefold()]


def _run(
    served: Mapping[str, CompiledRuleset], chosen: Mapping[str, Sequence[Scenario]], total: int
) -> tuple[int, list[Problem]]:
    """How many scenarios failed, and every difference."""
    runs = (tried for name in served for tried in try_scenarios(served[name], chosen[name]))
    failed = [tried for tried in with_progress(runs, total, "Scenarios") if tried.problems]
    return len(failed), [problem for tried in failed for problem in tried.problems]


def _summary(failed: int, total: int, broken: int) -> str:
    if failed:
        said = f"{failed} of {counted(total, 'scenario')} failed."
    else:
        said = f"{counted(total, 'scenario')}, all as expected." if total else "No scenarios."
    if broken:
        said += f" {counted(broken, 'ruleset')} with errors not tested."
    return said
