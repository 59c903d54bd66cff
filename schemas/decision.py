"""A logged decision, and what came of making it again."""

from __future__ import annotations

from marshmallow import Schema

from schemas.answer import AnswerSchema, RulesetRefSchema
from schemas.language import VERDICTS
from schemas.member import anything, day, flag, many, moment, one, text


class DecisionSchema(Schema):
    """A decision that was made: what was asked, and the answer as it was given."""

    decision_id = text("Its id, that of the answer.", format="uuid")
    evaluated_at = moment("When it was made, in UTC.")
    as_of = day("The day for which was decided.")
    ruleset = one(RulesetRefSchema, "The rules that decided.")
    verdict = text("The answer's verdict.", enum=VERDICTS)
    clinic = text("For which clinic; null for the house.", allow_none=True)
    key = text("The id of the API key that asked; null where there was none.", allow_none=True)
    assessment = anything("The assessment as it was sent.", type="object", additionalProperties={})
    answer = one(AnswerSchema, "The answer as it was given, byte for byte.")
    digest = text("A digest over all of the above.", pattern="^sha256:[0-9a-f]{64}$")


class DifferenceSchema(Schema):
    """A member that is not the same."""

    pointer = text("Which, as a JSON pointer into the answer.")
    logged = anything("Its value as it was given; null where it was not there.")
    again = anything("Its value now; null where it is not there.")


class VerificationSchema(Schema):
    """What came of making a decision again."""

    decision_id = text("The decision's id.", format="uuid")
    same = flag("Whether it is the same, but for its id and its time.")
    differences = many(DifferenceSchema, "What is not the same.")
    damaged = text("What is damaged, so that nothing could be compared; else null.", allow_none=True)
    note = text("What has changed about the sign-off; else null.", allow_none=True)
