"""Documents that the service gives beside an answer: their members, and how they are dumped.

Its rulesets and their rules, what other answers would come to, logged decisions, how it stands itself, and
one error body for every status (RFC 9457 problem details, with every mistake at once).
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_dump

from schemas.answer import (
    FACT,
    AnswerSchema,
    BenefitSchema,
    CountRangeSchema,
    EffectsSchema,
    RulesetRefSchema,
)
from schemas.codes import MISTAKE_CODES, PROBLEM_TYPES
from schemas.drafts import SidesSchema
from schemas.language import ONE_SESSION, SUPPORTS, VERDICTS
from schemas.member import Member, any_of, anything, day, flag, many, moment, one, text, texts, whole
from schemas.request import DECISION_KINDS, FACES, REF


def _text(says: str, **told: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": says, **told})


class MistakeSchema(Schema):
    """One mistake: a JSON pointer into the request, what is wrong, and the mend."""

    pointer = _text("A JSON pointer into the request; empty for the whole of it.")
    code = _text("What kind of mistake, a word that stays the same.", enum=tuple(MISTAKE_CODES))
    message = _text("What is wrong.")
    hint = _text("The mend; empty where the message already holds it.")
    pointers = fields.List(
        fields.String(),
        metadata={"description": "Of answers that contradict each other, all of them."},
    )

    @post_dump
    def _without_needless(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data if data["pointers"] else {name: data[name] for name in data if name != "pointers"}


class ProblemSchema(Schema):
    """Why a request was not done, in one shape for every status (RFC 9457)."""

    type = _text("What kind of problem, a path that stays the same.", enum=PROBLEM_TYPES)
    title = _text("The kind in words.")
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = _text("What went wrong with this request.")
    instance = _text("The id of the request; the service's log has it too.")
    errors = fields.List(
        fields.Nested(MistakeSchema),
        required=True,
        metadata={"description": "All mistakes at once; empty where there are none to list."},
    )
    sides = many(SidesSchema, "Of files that two have changed the three texts.", required=False)

    @post_dump
    def _without_needless_sides(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name != "sides" or value}


class ProblemCodeSchema(Schema):
    """One code of mistakes."""

    code = text("The code.", enum=tuple(MISTAKE_CODES))
    statuses = anything("With which statuses it comes.", type="array", items={"type": "integer"})
    says = text("What it says.")
    mend = text("The mend.")


class ProblemKindSchema(Schema):
    """What a type or a code of problems is."""

    type = text("Its path.")
    title = text("The kind in words.")
    says = text("What it usually says.")
    codes = many(ProblemCodeSchema, "The codes of mistakes that come with it.")


class BatchProblemSchema(ProblemSchema):
    """Why one of a batch was not done, and which it is."""

    index = whole("Which of the array, from 0.", required=False, minimum=0)
    line = whole("Which line, from 1.", required=False, minimum=1)


class HealthSchema(Schema):
    """The process runs."""

    status = text("Always `ok`.", enum=("ok",))


class StandingSchema(Schema):
    """The status of one ruleset."""

    id = text("The ruleset's id.")
    version = text("The version that serves today; null where none does.", allow_none=True)
    digest = text("Its digest; null where none serves.", allow_none=True)
    since = moment("Since when it serves; null where none does.", allow_none=True)
    state = text(
        "`stale` where a newer edit waits; `checking` where nothing serves yet, for the first check goes on; "
        "`broken` where there is no good version at all.",
        enum=("current", "stale", "checking", "broken"),
    )
    stale_since = moment("Since when an edit waits; null where none does.", allow_none=True)
    checking_since = moment(
        "Since when the newest edit is being checked; null where none is.", allow_none=True
    )
    problems = texts("Why it waits: lines with file, line and column.")


class FirstChecksSchema(Schema):
    """How far the first checks of rulesets are."""

    checked = whole("How many rulesets have had theirs.", minimum=0)
    of = whole("How many rulesets there are.", minimum=1)
    running = texts("Those that are checked now, by their ids.")


class ReadinessSchema(Schema):
    """Which rulesets serve, since when, and what keeps newer edits from it."""

    status = text(
        "Whether a good version of every ruleset serves, and what is decided can be logged.",
        enum=("ready", "not ready"),
    )
    decision_log = text(
        "Whether the decision log can be written; null for who may not know, and where nothing is logged.",
        allow_none=True,
        enum=("written", "failing"),
    )
    first_checks = one(
        FirstChecksSchema, "How far the first checks are; null where none is left.", allow_none=True
    )
    rulesets = many(StandingSchema, "How each ruleset stands.")


class EndpointLineSchema(Schema):
    """An endpoint in a line."""

    method = text("Its method.")
    path = text("Its path.")
    does = text("What it does.")


class WelcomeSchema(Schema):
    """What there is."""

    service = text("The service's name.")
    version = text("Its version.")
    openapi = text("Where the description of the service is, as OpenAPI 3.1.")
    docs = text("Where a person can read it, and try it out.")
    endpoints = many(EndpointLineSchema, "What can be asked.")


_ANSWER: dict[str, Any] = {
    "anyOf": [
        *any_of("string", "number", "boolean")["anyOf"],
        {"type": "array", "items": {"type": "string"}},
    ]
}


class OutcomeSchema(Schema):
    """What a client would notice of a decision."""

    verdict = text("The verdict.", enum=VERDICTS)
    verdict_text = text("The same for a client, in the clinic's words.")
    one_session = text("May one session be enough?", enum=ONE_SESSION)
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
    language = text("The language of its texts (BCP 47).")
    now = one(OutcomeSchema, "What the assessment comes to as it is.")
    one_session = one(OneSessionSchema, "What would make one session enough?")
    changes = many(ChangeSchema, "The smallest changes that bring another verdict or other sessions.")
    complete = flag("False where not every change could be tried.")


TriedSchema = Schema.from_dict(
    {
        **AnswerSchema().declared_fields,
        "decision_id": text("Always null: nothing was decided.", allow_none=True, format="uuid"),
    },
    name="TriedSchema",
)
TriedSchema.__doc__ = (
    """What the answer to an assessment would be. Nothing is decided by it, and nothing is logged."""
)


class AxisOptionSchema(Schema):
    """One answer to a question of a table."""

    option = text("Its id.")
    label = text("Its label.")


class AxisSchema(Schema):
    """A question whose options are the rows, or a part of the columns, of a table."""

    input = text("The question's id.")
    label = text("The question.")
    options = many(AxisOptionSchema, "Its options, in their order.")


class NeededSchema(Schema):
    """A question without whose answer there is no plan."""

    input = text("The question's id.")
    label = text("The question.")


def _place(says: str, *, required: bool = True) -> Member:
    return anything(says, required=required, type="object", additionalProperties={"type": "string"})


class CellSchema(Schema):
    """What a table says at one place. One of ``answer``, ``needs``, ``same_as`` and ``refused`` is there."""

    at = _place("The place: the option of each of the table's questions, by its id.")
    answer = Member(fields.Nested(TriedSchema), "What the answer would be.", required=False)
    needs = many(NeededSchema, "The further questions that have to be answered here.", required=False)
    same_as = _place(
        "The place in its row that says the same, for what differs is not asked here.", required=False
    )
    refused = many(
        MistakeSchema, "Why there can be no such client: answers that contradict each other.", required=False
    )


class TableSchema(Schema):
    """Answers side by side: the options of a question as rows, those of one or two others as columns."""

    as_of = day("The day for which it was asked.")
    ruleset = one(RulesetRefSchema, "The edition that was asked.")
    language = text("The language of its texts (BCP 47).")
    rows = one(AxisSchema, "The question of the rows.")
    columns = many(AxisSchema, "The questions of the columns.")
    cells = many(CellSchema, "Row by row, and in each the options of the last question change first.")


class DecisionLineSchema(Schema):
    """What names a decision: no health data but the verdict."""

    decision_id = text("Its id, that of the answer.", format="uuid")
    evaluated_at = moment("When it was made, in UTC.")
    as_of = day("The day for which was decided.")
    ruleset = one(RulesetRefSchema, "The rules that decided.")
    verdict = text("The answer's verdict.", enum=VERDICTS)
    clinic = text("For which clinic; null for the house.", allow_none=True)
    key = text("The id of the API key that asked; null where there was none.", allow_none=True)
    language_version = whole("The version of the rule language under which it was made.", minimum=1)
    kind = text(
        "Whether it was made for a client, as a test, or by a client of himself.", enum=DECISION_KINDS
    )
    ref = text("The `ref` of its request; null where it had none.", allow_none=True, pattern=REF)
    face = text("By which interface it was asked for.", enum=FACES)
    iss = text("The system that called the hook, as its tokens name it; else null.", allow_none=True)
    hook = text("The hook that was called; else null.", allow_none=True)


class DecisionsFoundSchema(Schema):
    """Decisions that were made with a `ref`."""

    decisions = many(DecisionLineSchema, "The newest of them, the very newest first.")
    more = whole("How many there are before these.", minimum=0)


class ErasedSchema(Schema):
    """What was erased."""

    erased = whole("How many decisions were erased, of all kinds.", minimum=0)


class DecisionSchema(DecisionLineSchema):
    """A decision that was made: what was asked, and the answer as it was given."""

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


class RulesetLineSchema(Schema):
    """A ruleset in a line."""

    id = text("Its id.")
    title = text("Its title.")
    version = text("Its version.")
    digest = text("The digest of its files.")
    effective = day("The first day on which it serves; null where it names none.", allow_none=True)
    signed_off = flag("Whether somebody signed off this digest.")
    languages = texts("The languages (BCP 47) in which it answers, its own first.")


class RulesetListSchema(Schema):
    """The rulesets that serve."""

    rulesets = many(RulesetLineSchema, "One line for each.")


class BoundsSchema(Schema):
    """The least and the most that a plan may have."""

    min = whole("The least.")
    max = whole("The most.")


class LimitsSchema(Schema):
    """No plan goes outside of these."""

    sessions = one(BoundsSchema, "Sessions in all.")
    interval_weeks = one(BoundsSchema, "Weeks between sessions.")


class TitledPartSchema(Schema):
    """Something with an id and a title."""

    id = text("Its id.")
    title = text("Its title.")


class RuleLineSchema(Schema):
    """A rule in a line."""

    id = text("Its id.")
    factor = text("The factor that it belongs to.")
    title = text("What it is about, in a few words.")


class ConclusionsSchema(Schema):
    """What rules can conclude."""

    flags = texts("Yes or no.")
    levels = anything(
        "Levels by name, from low to high.",
        type="object",
        additionalProperties={"type": "array", "items": {"type": "string"}},
    )


def _optional(says: str) -> Member:
    return text(says, allow_none=True)


class PaperSchema(Schema):
    """A paper as its author entered it."""

    id = text("By which rules cite it.")
    title = text("Its title.")
    authors = _optional("Who wrote it.")
    journal = _optional("Where it stands.")
    year = Member(fields.Raw(metadata=any_of("string", "integer", "null")), "When it appeared.")
    doi = _optional("Its DOI.")
    url = _optional("Its address.")
    says = _optional("What it found.")


class RulesetSchema(RulesetLineSchema):
    """A whole ruleset, its rules and guarantees by id and title."""

    owner = text("Who answers for it.", allow_none=True)
    extends = text("The ruleset that it extends; null where it stands alone.", allow_none=True)
    limits = one(LimitsSchema, "No plan goes outside of these.")
    factors = many(TitledPartSchema, "The factors, in the order in which answers list them.")
    benefits = many(BenefitSchema, "What further sessions can bring.")
    verdicts = anything(
        "What a client reads, by verdict.", type="object", additionalProperties={"type": "string"}
    )
    scores = texts("Its scores.")
    conclusions = one(ConclusionsSchema, "What its rules can conclude.")
    rules = many(RuleLineSchema, "Its rules.")
    guarantees = many(TitledPartSchema, "What always holds, proven at every check.")
    evidence = many(PaperSchema, "The papers that its rules cite.")


class RuleSchema(Schema):
    """One rule: when it fires, what it does, why, and the papers that it cites."""

    rule = text("The rule's id.")
    factor = text("The factor that it belongs to.")
    title = text("What it is about, in a few words.")
    because = text("Its reason, as a client or colleague may read it.")
    effects = one(EffectsSchema, "All that it does.")
    support = text("How sure it is; null where it does not say.", allow_none=True, enum=SUPPORTS)
    evidence = texts("The ids of the papers that it cites.")
    defined_at = text("The file and line of the ruleset where it stands.")
    when = texts("What must all hold for it to fire, as its author wrote it.")
    papers = many(PaperSchema, "The papers that it cites.")
