"""The answer of the evaluate endpoint: what its members are, and how they are dumped.

The members come in as plain JSON data; the schema fixes which there are, in which order, and describes them.
What a rule does, as answers and the descriptions of rules tell it, is a part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from marshmallow import Schema, fields

from schemas.codes import WARNING_CODES
from schemas.language import (
    ANSWER,
    EFFECTS,
    MOMENTS,
    SUPPORTS,
    AnswerMember,
    Effect,
    Gains,
    Holds,
    Move,
    Moved,
    Value,
    covers,
)
from schemas.member import Member, any_of, anything, day, flag, many, moment, one, since, text, texts, whole
from schemas.request import REF

_RANGE = {"$ref": "#/components/schemas/NumberRange"}
_ATTRIBUTE = {"type": "string", "description": "The attribute that gives the number, such as `goal.times`."}
_NUMBER = {"type": "number"}
_BY_MOMENT = {
    "type": "object",
    "properties": {moment: {"type": "string"} for moment in MOMENTS},
    "additionalProperties": False,
    "description": "A text for each moment of a session.",
}


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


_NUMBER_OR_ATTRIBUTE = {"anyOf": [_NUMBER, _ATTRIBUTE]}


class ExpectedSchema(Schema):
    """What is expected of sessions: one of the two."""

    clears = Member(fields.Float(), "What a whole course clears, in percent.", required=False)
    adds = Member(
        fields.Raw(metadata=_NUMBER_OR_ATTRIBUTE), "What each session adds, in points.", required=False
    )


class FromProgressSchema(Schema):
    """The plan made again, from the improvement seen."""

    improvement = text("The question that has the improvement seen, in percent.")
    sessions = text("The question that has the sessions done.")
    target = Member(
        fields.Raw(metadata={"anyOf": [_NUMBER, {"type": "string"}]}),
        "The target in percent: a number, a question or an attribute.",
    )
    margin = _number("In points of percent.")
    gains = since(
        2, text("How gains add up: by the same share of what is left, or by as much.", enum=get_args(Gains))
    )
    expected = since(
        2, one(ExpectedSchema, "What is expected of sessions; null for nothing.", allow_none=True)
    )
    weight = since(2, _number("Of so many sessions the expectation has the weight."))


class WhenSlowSchema(Schema):
    """When the last sessions gave too little, so that a clinician must look."""

    gain = text("The question that has what the last sessions gave, in points of percent.")
    over = whole("How many sessions that are.", minimum=1)
    share = _number("The least, in percent of what was expected of as many.")
    text = text("Why a clinician must look.")


def _conclusions(effect: Effect) -> Member:
    return Member(
        fields.Raw(
            metadata={"type": "object", "additionalProperties": any_of("string", "boolean", "number")}
        ),
        effect.says,
        required=False,
    )


def _points(effect: Effect) -> Member:
    several = {"type": "array", "items": any_of("number", "string")}
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


_EFFECT_MEMBERS: dict[Value, Callable[[Effect], Member]] = {
    "text": lambda effect: text(effect.says, required=False),
    "range": lambda effect: _range(effect.says),
    "bounded range": lambda effect: _range(effect.says),
    "amount": _number_or(_RANGE),
    "factor": _number_or(_RANGE),
    "cap": _number_or(),
    "score": lambda effect: one(FromScoreSchema, effect.says, required=False),
    "progress": lambda effect: one(FromProgressSchema, effect.says, required=False),
    "slow": lambda effect: one(WhenSlowSchema, effect.says, required=False),
    "level": _conclusions,
    "sums": _points,
    "ids": lambda effect: Member(fields.List(fields.String()), effect.says, required=False),
    "choice": lambda effect: text(
        effect.says, required=False, enum=tuple(choice.replace(" ", "_") for choice in effect.choices)
    ),
    "weeks": lambda effect: whole(effect.says, required=False, minimum=1),
    "moments": lambda effect: _some(effect.says, {"type": "string"}, _BY_MOMENT),
}
covers(_EFFECT_MEMBERS, get_args(Value), "values of effects in JSON")

EffectsSchema = Schema.from_dict(
    {effect.name: _EFFECT_MEMBERS[effect.value](effect) for effect in EFFECTS.values()}, name="EffectsSchema"
)
EffectsSchema.__doc__ = """All that a rule does: the members that it has."""


FACT: dict[str, Any] = {
    "anyOf": [
        *any_of("string", "number", "boolean")["anyOf"],
        {"type": "array", "items": any_of("string", "number", "boolean")},
        {"type": "null"},
    ]
}
"""The value of an input, an attribute, a conclusion or a score."""

_RULE = "The rule that says it; null for a reason that is built in."


class CountRangeSchema(Schema):
    """Min, typical and max: whole numbers of sessions or weeks, never falling."""

    min = whole("The least.", minimum=0)
    typical = whole("What is typical.", minimum=0)
    max = whole("The most.", minimum=0)


class RulesetRefSchema(Schema):
    """The edition of a ruleset that decided."""

    id = text("The ruleset's id.")
    version = text("Its version.")
    digest = text("The digest of its files: what decided, to the comma.", pattern="^sha256:[0-9a-f]{64}$")


class HitSchema(Schema):
    """A rule that fired, and why."""

    rule = text("The rule's id.")
    factor = text("The factor that it belongs to.")
    title = text("What it is about, in a few words.")
    because = text("Its reason, as a client or colleague may read it.")
    matched = anything(
        "What it looked at and found: each input, attribute, conclusion and score whose test held, with its "
        "value; null where the test was for not given.",
        type="object",
        additionalProperties=FACT,
    )
    effects = one(EffectsSchema, "All that it does.")
    support = text(
        "How sure it is; null where it gives no number and says nothing of it.",
        allow_none=True,
        enum=SUPPORTS,
    )
    evidence = texts("The ids of the papers that it cites.")
    defined_at = text("The file and line of the ruleset where it stands.")


class StepSchema(NumberRangeSchema):
    """One move of the arithmetic, and the three numbers after it; they may have fractions."""

    rule = text("The rule that moves; null for a move that is built in.", allow_none=True)
    does = text("The move.", enum=get_args(Move))
    of = text("What is moved.", enum=get_args(Moved))


class NoteSchema(Schema):
    """A text, and the rule that it comes from."""

    rule = text(_RULE, allow_none=True)
    text = text("The text.")


class DeferralSchema(NoteSchema):
    """Why not now."""

    until = text("Until when; null where the rule does not say.", allow_none=True)
    weeks = since(
        2, whole("For how many weeks; null where the rule does not say.", allow_none=True, minimum=1)
    )


class AdviceSchema(NoteSchema):
    """What to tell the client, and at which moment of a session."""

    at = since(2, text("The moment of a session; null: no certain one.", allow_none=True, enum=MOMENTS))


class BenefitSchema(Schema):
    """What further sessions bring."""

    id = text("The benefit's id in the ruleset.")
    text = text("The same for a client.")


class AnswerWarningSchema(Schema):
    """A note for the integrator."""

    code = text("What kind of note.", enum=WARNING_CODES)
    text = text("The same in words.")
    language = since(
        2,
        Member(
            fields.String(),
            "Only where the language that was asked for is not there: which it was.",
            required=False,
        ),
    )


class SeenTestSchema(Schema):
    """A test of a rule, and what it came to."""

    condition = text("The test as its author wrote it.")
    truth = text("Whether it held.", enum=("true", "false", "unknown"))
    given = anything("The value that it looked at; null where none was given.", **FACT)
    target = anything(
        "Only of a test that compares with an attribute: what that is; null where it is unknown.",
        required=False,
        **any_of("number", "null"),
    )


class NotFiredSchema(Schema):
    """A rule that did not fire, and why."""

    rule = text("The rule's id.")
    factor = text("The factor that it belongs to.")
    title = text("What it is about, in a few words.")
    truth = text(
        "The truth of its condition; unknown where it hangs on something that was not given.",
        enum=("false", "unknown"),
    )
    conditions = many(SeenTestSchema, "Its tests, in the order in which they are written.")
    defined_at = text("The file and line of the ruleset where it stands.")


_MEMBERS: dict[Holds, Callable[[AnswerMember], Member]] = {
    "id": lambda row: text(row.says, format="uuid"),
    "moment": lambda row: moment(row.says),
    "day": lambda row: day(row.says),
    "edition": lambda row: one(RulesetRefSchema, row.says),
    "word": lambda row: text(row.says, enum=row.words),
    "text": lambda row: text(row.says),
    "range": lambda row: one(CountRangeSchema, row.says, allow_none=True),
    "support": lambda row: text(row.says, allow_none=True, enum=row.words),
    "hits": lambda row: many(HitSchema, row.says),
    "steps": lambda row: many(StepSchema, row.says),
    "levels": lambda row: _facts(row, "string", "boolean"),
    "scores": lambda row: _facts(row, "number", "null"),
    "notes": lambda row: many(NoteSchema, row.says),
    "deferrals": lambda row: many(DeferralSchema, row.says),
    "moments": lambda row: many(AdviceSchema, row.says),
    "named texts": lambda row: many(BenefitSchema, row.says),
    "names": lambda row: texts(row.says),
    "warnings": lambda row: many(AnswerWarningSchema, row.says),
    "ref": lambda row: text(row.says, allow_none=True, pattern=REF),
    "flag": lambda row: flag(row.says),
    "misses": lambda row: many(NotFiredSchema, row.says, required=not row.optional),
}
covers(_MEMBERS, get_args(Holds), "members of an answer")


def _facts(row: AnswerMember, *types: str) -> Member:
    return anything(row.says, type="object", additionalProperties=any_of(*types))


AnswerSchema = Schema.from_dict(
    {row.name: since(row.since, _MEMBERS[row.holds](row)) for row in ANSWER.values()}, name="AnswerSchema"
)
AnswerSchema.__doc__ = (
    """The plan for one assessment, and why. Ignore members that you don't know: there may be more later."""
)
