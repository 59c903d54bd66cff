"""Conditions as people read them: each test as its author wrote it, groups in the language's own words."""

from __future__ import annotations

from service.model.condition import AllOf, AnyOf, Condition, Not, Test


def as_written(condition: Condition) -> list[str]:
    """What must all hold, a line each: ``["concern: acne_scar", "any: [{goal: some}, {age: below 18}]"]``."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return [_line(part) for part in parts]


def _line(part: Condition) -> str:
    if isinstance(part, Test):
        return part.written
    if isinstance(part, Not):
        return f"not: {_mapping(part.part)}"
    items = ", ".join(_mapping(item) for item in part.parts)
    return f"{'any' if isinstance(part, AnyOf) else 'all'}: [{items}]"


def _mapping(condition: Condition) -> str:
    return f"{{{', '.join(as_written(condition))}}}"
