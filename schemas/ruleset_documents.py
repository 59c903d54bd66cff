"""What the service says of its rulesets: a list, each of them, and each of their rules."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.answer import BenefitSchema
from schemas.effects import EffectsSchema
from schemas.language import SUPPORTS
from schemas.member import Member, anything, day, flag, many, one, text, texts, whole


class RulesetLineSchema(Schema):
    """A ruleset in a line."""

    id = text("Its id.")
    title = text("Its title.")
    version = text("Its version.")
    digest = text("The digest of its files.")
    effective = day("The first day on which it serves; null where it names none.", allow_none=True)
    signed_off = flag("Whether somebody signed off this digest.")


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
    year = Member(fields.Raw(metadata={"type": ["string", "integer", "null"]}), "When it appeared.")
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
