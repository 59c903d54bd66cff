"""A failed scenario as a person reads it: below each line what was expected beside what is, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import rich_click as click

from service.analysis.checks.beside import Row, beside
from service.analysis.checks.scenarios import Difference, Failure
from service.commandline.console import wrapped
from service.model.problem import Problem
from service.model.ruleset import Ruleset
from service.serving.reasons import reasons
from service.serving.trying import Tried

_INDENT = 4
_WIDEST = 60
_HERE = "<"


def told(ruleset: Ruleset, tried: Tried) -> Iterator[tuple[Problem, list[str]]]:
    """Each problem of the scenario in order of place, with what there is to say below its line.

    Differences within one member of the answer, such as its sessions, are told once, below the last.
    """
    failures = sorted(tried.failures, key=lambda failure: failure.problem)
    if not failures:
        yield from ((problem, []) for problem in tried.problems)
    for number, failure in enumerate(failures):
        one = failure.difference
        last = all(_subject(later.difference) != _subject(one) for later in failures[number + 1 :])
        yield failure.problem, [*_details(ruleset, tried, one, failures)] if last else []


def _subject(difference: Difference) -> tuple[object, ...]:
    """What is told together."""
    whole = difference.member not in ("fired", "not fired", "conclusions", "scores")
    return (difference.member,) if whole else difference.path


def _details(
    ruleset: Ruleset, tried: Tried, difference: Difference, failures: Sequence[Failure]
) -> Iterator[str]:
    told_with = [one.difference for one in failures if _subject(one.difference) == _subject(difference)]
    yield from _table(beside(difference))
    why = list(dict.fromkeys(line for one in told_with for line in reasons(ruleset, tried, one)))
    for number, line in enumerate(why):
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
