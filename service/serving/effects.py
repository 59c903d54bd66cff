"""A rule's ``then`` in the answer's JSON spelling: underscores, ranges as min, typical and max."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import Any

from service.model.number import Triple, as_json
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore


def effects_json(effects: Effects) -> dict[str, Any]:
    """The whole of a rule's effects as JSON data, in the order of the language's own table."""
    spelled: dict[str, Any] = {}
    for member in fields(effects):
        value = getattr(effects, member.name)
        if value is None or value == ():
            continue
        if member.name == "conclude":
            spelled["conclude"] = dict(value)
        elif member.name == "points":
            spelled["points"] = {name: _points(points) for name, points in value}
        else:
            spelled[member.name] = plain(value)
    return spelled


def plain(value: object) -> Any:
    """One effect's value as JSON data."""
    if isinstance(value, Triple):
        return value.as_json()
    if isinstance(value, AttributeRef):
        return value.key
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Fraction):
        return as_json(value)
    if isinstance(value, FromScore | FromProgress):
        return {member.name: plain(getattr(value, member.name)) for member in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def _points(points: tuple[Any, ...]) -> Any:
    return plain(points[0]) if len(points) == 1 else [plain(point) for point in points]
