"""Problems as a person or a program reads them. A problem is one line, whatever the terminal's width."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import orjson
import rich_click as click

from service.model.flow import flow
from service.model.problem import Edit, Problem

_COLOURS = {"error": "red", "warning": "yellow"}


def line(problem: Problem) -> str:
    """``file:line:column: error code message``, in colours that a pipe never sees."""
    severity = click.style(problem.severity, fg=_COLOURS[problem.severity], bold=True)
    return f"{problem.place}: {severity} {click.style(problem.code, bold=True)} {problem.message}"


def counted(number: int, what: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def errors_in(problems: Sequence[Problem]) -> int:
    """How many of the problems are errors."""
    return sum(problem.severity == "error" for problem in problems)


def summary(problems: Sequence[Problem], rulesets: int) -> str:
    """What was found, counted: ``2 errors, 1 warning in 3 rulesets.``."""
    errors = errors_in(problems)
    warnings = len(problems) - errors
    found = [counted(errors, "error")] if errors else []
    found += [counted(warnings, "warning")] if warnings else []
    if not found:
        return f"{counted(rulesets, 'ruleset')}, no problems."
    return f"{', '.join(found)} in {counted(rulesets, 'ruleset')}."


def mend_lines(problem: Problem) -> list[str]:
    """What mends the problem, where its message does not say so; at most one line."""
    if problem.mend is None:
        return []
    written = [one.text if isinstance(one, Edit) else PurePath(one.name).name for one in problem.mend.edits]
    return (
        [] if all(one and one in problem.message for one in written) else [f"    mend: {problem.mend.label}"]
    )


def examples(problem: Problem) -> list[str]:
    """The assessments that show the problem, each on a line that ``picoplan evaluate RULESET -`` reads."""
    return [f"    for example: {flow(orjson.loads(example))}" for example in problem.examples]
