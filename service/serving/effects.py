"""A rule's ``then`` in the answer's JSON spelling: underscores, ranges as min, typical and max."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any, get_args

from schemas.language import Value, covers
from service.model.number import Triple, as_json
from service.model.ruleset import AttributeRef, Effects


def effects_json(effects: Effects) -> dict[str, Any]:
    """The whole of a rule's effects as JSON data, in the order of the language's own table."""
    return {effect.name: _SPELLED[effect.value](value) for effect, value in effects.present()}


def _amount(value: Any) -> Any:
    """A number, a range, or the key of an attribute."""
    if isinstance(value, Triple):
        return value.as_json()
    if isinstance(value, AttributeRef):
        return value.key
    return as_json(value) if isinstance(value, int | Fraction) else value


def _parts(value: Any) -> dict[str, Any]:
    return {member.name: _amount(getattr(value, member.name)) for member in fields(value)}


def _points(scores: Any) -> dict[str, Any]:
    return {
        name: _amount(points[0]) if len(points) == 1 else [_amount(point) for point in points]
        for name, points in scores
    }


def _as_it_is(value: str) -> str:
    return value


_SPELLED: Mapping[Value, Callable[[Any], Any]] = {
    "text": _as_it_is,
    "range": _amount,
    "bounded range": _amount,
    "amount": _amount,
    "factor": _amount,
    "cap": _amount,
    "score": _parts,
    "progress": _parts,
    "level": dict,
    "sums": _points,
    "ids": list,
    "choice": _as_it_is,
}
covers(_SPELLED, get_args(Value), "values of effects in answers")
