"""All problems as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from service.commandline.problems import errors_in
from service.model.problem import Problem


def listing(problems: Sequence[Problem]) -> str:
    """The problems in their order, each with its examples, and how many there are of each severity."""
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
                "examples": [orjson.loads(example) for example in problem.examples],
            }
            for problem in problems
        ],
        "errors": errors,
        "warnings": len(problems) - errors,
    }
    return json.dumps(listed, indent=2, ensure_ascii=False)
