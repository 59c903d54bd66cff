"""What other answers would come to: what the members of the document are, and how they are dumped."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from schemas.answer import FACT, CountRangeSchema, RulesetRefSchema
from schemas.language import VERDICTS
from schemas.member import anything, day, flag, many, one, text, texts

_ANSWER: dict[str, Any] = {
    "anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array", "items": {"type": "string"}}]
}


class OutcomeSchema(Schema):
    """What a client would notice of a decision."""

    verdict = text("The verdict.", enum=VERDICTS)
    verdict_text = text("The same for a client, in the clinic's words.")
    one_session = text("May one session be enough?", enum=("may_suffice", "will_not_suffice", "undecided"))
    sessions = one(CountRangeSchema, "How many sessions in all; null without numbers.", allow_none=True)


class ChangedAnswerSchema(Schema):
    """Another answer to one question."""

    input = text("The question's id.")
    label = text("The question.")
    given = anything("What was sent, or the default; null where there is none.", **FACT)
    instead = anything("The other answer.", **_ANSWER)
    instead_label = text("The other answer in words.")


class FiringRuleSchema(Schema):
    """A rule that fires on one side only, and its reason."""

    rule = text("The rule's id.")
    title = text("What it is about, in a few words.")
    because = text("Its reason.")


class ChangeSchema(OutcomeSchema):
    """One change, what it would come to, and the rules behind that."""

    changed = many(ChangedAnswerSchema, "The other answers.")
    leave_out = texts("Questions that do not apply any more: their answers are left out.")
    fires_too = many(FiringRuleSchema, "Rules that fire after the change, and not now.")
    fires_no_longer = many(FiringRuleSchema, "Rules that fire now, and not after the change.")


class OneSessionSchema(Schema):
    """What would make one session enough."""

    answer = text(
        "`already`: one may suffice as things are; `impossible`: no other answers bring it, all were tried; "
        "`not_decided`: there are too many to try.",
        enum=("already", "possible", "impossible", "not_decided"),
    )
    changes = many(ChangeSchema, "The smallest changes after which one session may suffice.")


class WhatIfSchema(Schema):
    """The whole document."""

    as_of = day("The day for which it was asked.")
    ruleset = one(RulesetRefSchema, "The edition that was asked.")
    now = one(OutcomeSchema, "What the assessment comes to as it is.")
    one_session = one(OneSessionSchema, "What would make one session enough?")
    changes = many(ChangeSchema, "The smallest changes that bring another verdict or other sessions.")
    complete = flag("False where not every change could be tried.")
