"""What scenarios came to, for a person: failures, and what all scenarios together cover.

Below each failure stands what was expected beside what is, and which rules made the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import rich_click as click

from service.analysis.checks.coverage import Coverage, Covered, Gap
from service.analysis.checks.scenarios import Row
from service.commandline.console import wrapped
from service.model.problem import Problem
from service.model.ruleset import Ruleset
from service.serving.failing import FailedPart, failed_parts
from service.serving.trying import ScenarioResult

_INDENT = 4
_WIDEST = 60
_HERE = "<"


def failures_with_reasons(ruleset: Ruleset, tried: ScenarioResult) -> Iterator[tuple[Problem, list[str]]]:
    """Each problem of the scenario in order of place, with what there is to say below its line.

    What belongs to one part of the answer is told once, below the last problem of it.
    """
    below = {part.problems[-1]: part for part in failed_parts(ruleset, tried)}
    for problem in sorted(tried.problems) if tried.failures else tried.problems:
        yield problem, [*_details(below[problem])] if problem in below else []


def _details(part: FailedPart) -> Iterator[str]:
    yield from _table(part.rows)
    for number, line in enumerate(part.why):
        yield from wrapped(line, _INDENT + 5, first=" " * _INDENT + ("why  " if number == 0 else ""))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Expected and got side by side; below each other where they are long."""
    name = max(len(row.name) for row in rows)
    expected = max(8, *(len(row.expected) for row in rows))
    pad = " " * _INDENT
    if expected > _WIDEST:
        for row in rows:
            yield from wrapped(row.expected, _INDENT + 10, first=f"{pad}expected")
            yield from wrapped(row.got, _INDENT + 10, first=f"{pad}got")
        return
    gap = "  " if name else ""
    got = max(3, *(len(row.got) for row in rows))
    yield f"{pad}{'':{name}}{gap}{'expected':{expected}}  got"
    for row in rows:
        mark = "" if row.same or len(rows) == 1 else click.style(_HERE, fg="red", bold=True)
        yield f"{pad}{row.name:{name}}{gap}{row.expected:{expected}}  {row.got:{got}}  {mark}".rstrip()


# -- what scenarios cover -------------------------------------------------------------------------------


def coverage_lines(coverages: Mapping[str, Coverage]) -> Iterator[str]:
    """Every gap of every ruleset, sorted by place, then a line for each ruleset."""
    gaps = [gap for coverage in coverages.values() for gap in coverage.gaps if not gap.said]
    for gap in sorted(gaps, key=lambda gap: gap.place):
        yield _gap_line(gap)
    for name, coverage in coverages.items():
        rules, outcomes = coverage.rules, coverage.outcomes
        never = _never(rules.impossible + outcomes.impossible)
        yield f"{name}: {_share(rules)} rules fired, {_share(outcomes)} outcomes of conditions seen{never}."


def percent(share: float) -> str:
    """``97.5 %``, ``100 %``."""
    return f"{share:g} %"


def _gap_line(gap: Gap) -> str:
    rule = gap.outcome.rule
    if gap.written is None:
        return f"{gap.place}: not covered {rule} fires in no scenario"
    holds = "true" if gap.outcome.holds else "anything but true"
    return f'{gap.place}: not covered "{gap.written}" of {rule} is {holds} in no scenario'


def _share(covered: Covered) -> str:
    return f"{percent(covered.percent)} ({covered.seen} of {covered.all})"


def _never(impossible: int) -> str:
    return f" ({impossible} of them no client can bring about)" if impossible else ""
