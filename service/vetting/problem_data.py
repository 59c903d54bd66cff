"""A problem as JSON data, the same for every program that reads problems."""

from __future__ import annotations

from typing import Any

import orjson

from service.model.problem import Edit, Mend, Problem, Rename


def problem_data(problem: Problem) -> dict[str, Any]:
    """The problem with its place, its examples and its mend."""
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "examples": [orjson.loads(example) for example in problem.examples],
        "mend": None if problem.mend is None else _mend_data(problem.mend),
    }


def _mend_data(mend: Mend) -> dict[str, Any]:
    return {"label": mend.label, "edits": [_edit_data(edit) for edit in mend.edits]}


def _edit_data(edit: Edit | Rename) -> dict[str, Any]:
    if isinstance(edit, Rename):
        return {"file": edit.file, "rename": edit.name}
    ends = {"from": edit.start, "to": edit.end}
    places = {key: {"line": place.line, "column": place.column} for key, place in ends.items()}
    return {"file": edit.start.file, **places, "text": edit.text}
