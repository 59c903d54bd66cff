"""The answer of the evaluate endpoint: what its members are, and how they are dumped.

The members come in as plain JSON data; the schema fixes which there are, in which order, and describes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from marshmallow import Schema

from schemas.effects import EffectsSchema, NumberRangeSchema
from schemas.language import ANSWER, SUPPORTS, AnswerMember, Holds, Move, Moved, covers
from schemas.member import Member, anything, day, many, moment, one, text, texts, whole

FACT: dict[str, Any] = {
    "anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"type": "array", "items": {}}]
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


class BenefitSchema(Schema):
    """What further sessions bring."""

    id = text("The benefit's id in the ruleset.")
    text = text("The same for a client.")


class AnswerWarningSchema(Schema):
    """A note for the integrator."""

    code = text("What kind of note: `no-base`, `unanswered`, `plan-finished`, `not-signed-off`.")
    text = text("The same in words.")


class SeenTestSchema(Schema):
    """A test of a rule, and what it came to."""

    condition = text("The test as its author wrote it.")
    truth = text("Whether it held.", enum=("true", "false", "unknown"))
    given = anything("The value that it looked at; null where none was given.", **FACT)


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
    "named texts": lambda row: many(BenefitSchema, row.says),
    "names": lambda row: texts(row.says),
    "warnings": lambda row: many(AnswerWarningSchema, row.says),
    "misses": lambda row: many(NotFiredSchema, row.says, required=not row.optional),
}
covers(_MEMBERS, get_args(Holds), "members of an answer")


def _facts(row: AnswerMember, *types: str) -> Member:
    return anything(row.says, type="object", additionalProperties={"type": list(types)})


AnswerSchema = Schema.from_dict(
    {row.name: _MEMBERS[row.holds](row) for row in ANSWER.values()}, name="AnswerSchema"
)
AnswerSchema.__doc__ = (
    """The plan for one assessment, and why. Ignore members that you don't know: there may be more later."""
)
