"""What a rule does, as answers and the descriptions of rules tell it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from schemas.member import Member, text

SUPPORT = ("published", "derived", "interpolated", "judgement")
"""From strong to weak."""

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


def _says(says: str) -> Member:
    return text(says, required=False)


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


class EffectsSchema(Schema):
    """All that a rule does: the members that it has."""

    sessions = _range("A base: how many sessions in all.")
    sessions_from_score = Member(
        fields.Nested(FromScoreSchema), "A base worked out from a score.", required=False
    )
    sessions_times = _some("Multiplies the base.", _NUMBER, _RANGE, _ATTRIBUTE)
    add_sessions = _some("Adds to the base.", _NUMBER, _RANGE)
    most_sessions = _some("No plan has more sessions than this.", _NUMBER, _ATTRIBUTE)
    interval_weeks = _range("Weeks between sessions.")
    add_interval_weeks = _some("Adds to the weeks between sessions.", _NUMBER, _RANGE, _ATTRIBUTE)
    review_weeks = _range("In how many weeks to look at the result.")
    expect = _says("What the sessions can be expected to bring.")
    conclude = Member(
        fields.Raw(
            metadata={"type": "object", "additionalProperties": {"type": ["string", "boolean", "number"]}}
        ),
        "New facts for other rules: flags as `true`, and levels.",
        required=False,
    )
    points = Member(
        fields.Raw(
            metadata={
                "type": "object",
                "additionalProperties": {
                    "anyOf": [_NUMBER, _ATTRIBUTE, {"type": "array", "items": {"type": ["number", "string"]}}]
                },
            }
        ),
        "Points that it adds to scores.",
        required=False,
    )
    remaining_from_progress = Member(
        fields.Nested(FromProgressSchema), "What remains, by the improvement seen.", required=False
    )
    refer = _says("Why a clinician must look.")
    no_numbers = _says("Why there are no numbers, and a clinician must look.")
    defer = _says("Why not now.")
    until = _says("Until when not.")
    stop = _says("Why there are no sessions.")
    advise = _says("What to tell the client.")
    benefits = Member(
        fields.List(fields.String()),
        "What further sessions bring, by their ids.",
        required=False,
    )
    one_session = text("May one session be enough?", required=False, enum=("may_suffice", "will_not_suffice"))
