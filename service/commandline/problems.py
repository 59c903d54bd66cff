"""Problems as a person or a program reads them. A problem is one line, whatever the terminal's width."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import rich_click as click

from service.model.problem import Problem

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


def as_json(problems: Sequence[Problem]) -> str:
    """All problems as one JSON document."""
    errors = errors_in(problems)
    listed: dict[str, Any] = {
        "problems": [
            {
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "severity": problem.severity,
                "code": problem.code,
                "message": problem.message,
            }
            for problem in problems
        ],
        "errors": errors,
        "warnings": len(problems) - errors,
    }
    return json.dumps(listed, indent=2, ensure_ascii=False)
