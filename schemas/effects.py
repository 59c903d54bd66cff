"""What a rule does, as answers and the descriptions of rules tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from marshmallow import Schema, fields

from schemas.language import EFFECTS, Effect, Value, covers
from schemas.member import Member, one, text

_RANGE = {"$ref": "#/components/schemas/NumberRange"}
_ATTRIBUTE = {"type": "string", "description": "The attribute that gives the number, such as `goal.times`."}
_NUMBER = {"type": "number"}


def _number(says: str) -> Member:
    return Member(fields.Float(), says)


class NumberRangeSchema(Schema):
    """Min, typical and max, which may have fractions."""

    min = _number("The least.")
    typical = _number("What is typical.")
    max = _number("The most.")


def _some(says: str, *kinds: dict[str, Any]) -> Member:
    """One of several kinds of number."""
    return Member(fields.Raw(metadata={"anyOf": list(kinds)}), says, required=False)


def _range(says: str) -> Member:
    return Member(fields.Nested(NumberRangeSchema), says, required=False)


class FromScoreSchema(Schema):
    """A base worked out from a score."""

    score = text("The score.")
    times = _number("Typical is the score times this.")
    spread = _number("Min and max are typical less and plus this.")
    at_least = _number("None of the three is less.")


class FromProgressSchema(Schema):
    """What remains, worked out from the improvement seen."""

    improvement = text("The question that has the improvement seen, in percent.")
    sessions = text("The question that has the sessions done.")
    target = Member(
        fields.Raw(metadata={"anyOf": [_NUMBER, {"type": "string"}]}),
        "The target in percent: a number, a question or an attribute.",
    )
    margin = _number("In points of percent.")


def _conclusions(effect: Effect) -> Member:
    return Member(
        fields.Raw(
            metadata={"type": "object", "additionalProperties": {"type": ["string", "boolean", "number"]}}
        ),
        effect.says,
        required=False,
    )


def _points(effect: Effect) -> Member:
    several = {"type": "array", "items": {"type": ["number", "string"]}}
    return Member(
        fields.Raw(
            metadata={"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _ATTRIBUTE, several]}}
        ),
        effect.says,
        required=False,
    )


def _number_or(*others: dict[str, Any]) -> Callable[[Effect], Member]:
    """A number, one of the others, or where the effect takes one an attribute."""

    def member(effect: Effect) -> Member:
        return _some(effect.says, _NUMBER, *others, *([_ATTRIBUTE] if effect.attribute else []))

    return member


_MEMBERS: dict[Value, Callable[[Effect], Member]] = {
    "text": lambda effect: text(effect.says, required=False),
    "range": lambda effect: _range(effect.says),
    "bounded range": lambda effect: _range(effect.says),
    "amount": _number_or(_RANGE),
    "factor": _number_or(_RANGE),
    "cap": _number_or(),
    "score": lambda effect: one(FromScoreSchema, effect.says, required=False),
    "progress": lambda effect: one(FromProgressSchema, effect.says, required=False),
    "level": _conclusions,
    "sums": _points,
    "ids": lambda effect: Member(fields.List(fields.String()), effect.says, required=False),
    "choice": lambda effect: text(
        effect.says, required=False, enum=tuple(choice.replace(" ", "_") for choice in effect.choices)
    ),
}
covers(_MEMBERS, get_args(Value), "values of effects in JSON")

EffectsSchema = Schema.from_dict(
    {effect.name: _MEMBERS[effect.value](effect) for effect in EFFECTS.values()}, name="EffectsSchema"
)
EffectsSchema.__doc__ = """All that a rule does: the members that it has."""
