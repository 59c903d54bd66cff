"""A comparison as JSON data."""

from __future__ import annotations

from typing import Any

from service.analysis.compare.compare import Comparison
from service.analysis.compare.statements import Statement
from service.model.ruleset import Ruleset


def comparison_document(old: Ruleset, new: Ruleset, comparison: Comparison) -> dict[str, Any]:
    """What came of comparing the two rulesets, by ids."""
    sides = {"old": old, "new": new}
    return {
        "id": new.id,
        **{side: {"id": one.id, "version": one.version, "digest": one.digest} for side, one in sides.items()},
        **_comparison(comparison),
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    counted = one.count
    return {
        "changes": one.means_something,
        "edits": [
            {
                "kind": edit.kind,
                "name": edit.name,
                "how": edit.how,
                "file": None if edit.place is None else edit.place.file,
                "line": None if edit.place is None else edit.place.line,
                "column": None if edit.place is None else edit.place.column,
                "parts": [
                    _change(part.key, part.was, part.now)
                    for part in edit.parts
                    if (part.was, part.now) != (None, None)
                ],
            }
            for edit in one.edits
        ],
        "refused": [_statement(each) for each in one.refused],
        "accepted": [_statement(each) for each in one.accepted],
        "plans": [_statement(each) for each in one.plans],
        "texts": [_statement(each) for each in one.texts],
        "count": None
        if counted is None
        else {"over": list(counted.over), "changed": counted.changed, "all": counted.all},
        "not_decided": list(one.not_decided),
    }


def _statement(one: Statement) -> dict[str, Any]:
    return {
        "says": list(one.says),
        "where": list(one.where),
        "whole": one.whole,
        "example": None if one.example is None else dict(one.example),
        "changes": [_change(*change) for change in one.changes],
    }


def _change(part: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {"part": part, "old": old, "new": new}
