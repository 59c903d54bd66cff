"""The answer of the evaluate endpoint: what its members are, and how they are dumped.

The members come in as plain JSON data; the schema fixes which there are, in which order, and describes them.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from schemas.effects import SUPPORT, EffectsSchema, NumberRangeSchema
from schemas.member import Member, anything, day, many, moment, one, text, texts, whole

VERDICTS = (
    "do_not_treat",
    "defer",
    "clinician_review",
    "goal_reached",
    "one_session_may_suffice",
    "several_sessions",
)
FACT: dict[str, Any] = {
    "anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"type": "array", "items": {}}]
}
"""The value of an input, an attribute, a conclusion or a score."""

_DOES = (
    "base",
    "base_not_used",
    "times",
    "add",
    "round",
    "will_not_suffice",
    "unvouched",
    "widen",
    "most",
    "limit",
)
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
        "How sure it is; null where it gives no number and says nothing of it.", allow_none=True, enum=SUPPORT
    )
    evidence = texts("The ids of the papers that it cites.")
    defined_at = text("The file and line of the ruleset where it stands.")


class StepSchema(NumberRangeSchema):
    """One move of the arithmetic, and the three numbers after it; they may have fractions."""

    rule = text("The rule that moves; null for a move that is built in.", allow_none=True)
    does = text("The move.", enum=_DOES)
    of = text("What is moved.", enum=("sessions", "interval_weeks", "remaining"))


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


def _range(says: str) -> Member:
    return one(CountRangeSchema, says, allow_none=True)


class AnswerSchema(Schema):
    """The plan for one assessment, and why. Ignore members that you don't know: there may be more later."""

    decision_id = text("A new id for each answer, a UUID of version 7.", format="uuid")
    evaluated_at = moment("When, in UTC.")
    as_of = day("The day for which was decided.")
    ruleset = one(RulesetRefSchema, "The rules that decided; keep the digest with the answer.")
    verdict = text("The first of the six that applies, in this order.", enum=VERDICTS)
    verdict_text = text("The verdict for a client, in the clinic's words.")
    one_session = text(
        "May one session be enough? Whatever the verdict.",
        enum=("may_suffice", "will_not_suffice", "undecided"),
    )
    sessions = _range("How many sessions in all; null where no number is given.")
    interval_weeks = _range("Weeks between sessions; null where none is given.")
    remaining = _range("How many sessions are still to come; null where no number is given.")
    review_weeks = _range("In how many weeks to look at the result; null where no rule says.")
    support = text(
        "The weakest support among the rules that gave the numbers; null without numbers.",
        allow_none=True,
        enum=SUPPORT,
    )
    fired = many(HitSchema, "The rules that fired, by factor, file and line.")
    steps = many(StepSchema, "Every move of the arithmetic, in order.")
    conclusions = anything(
        "What rules concluded: flags that are yes as `true`, and levels.",
        type="object",
        additionalProperties={"type": ["string", "boolean"]},
    )
    scores = anything(
        "Every score of the ruleset; null where it is unknown.",
        type="object",
        additionalProperties={"type": ["number", "null"]},
    )
    expected = many(NoteSchema, "What the sessions can be expected to bring.")
    stops = many(NoteSchema, "Why there are no sessions.")
    deferrals = many(DeferralSchema, "Why not now.")
    referrals = many(NoteSchema, "Why a clinician must look.")
    advice = many(NoteSchema, "What to tell the client.")
    benefits = many(BenefitSchema, "What further sessions bring.")
    unanswered = texts("Questions that must be asked and were not.")
    warnings = many(AnswerWarningSchema, "Notes for the integrator.")
    not_fired = many(NotFiredSchema, "Only with `explain`: the other rules.", required=False)
