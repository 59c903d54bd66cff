"""The answer of the evaluate endpoint: what its members are, and how they are dumped.

The members come in as plain JSON data; the schema fixes which there are, in which order.
"""

from __future__ import annotations

from marshmallow import Schema, fields


class RangeSchema(Schema):
    """Min, typical and max: whole numbers of sessions or weeks (factors of effects may have fractions)."""

    min = fields.Raw(required=True)
    typical = fields.Raw(required=True)
    max = fields.Raw(required=True)


class RulesetRefSchema(Schema):
    """The ruleset that decided."""

    id = fields.String(required=True)
    version = fields.String(required=True)
    digest = fields.String(required=True)


class HitSchema(Schema):
    """A rule that fired, and why."""

    rule = fields.String(required=True)
    factor = fields.String(required=True)
    title = fields.String(required=True)
    because = fields.String(required=True)
    matched = fields.Raw(required=True)
    effects = fields.Raw(required=True)
    support = fields.String(required=True, allow_none=True)
    evidence = fields.List(fields.String(), required=True)
    defined_at = fields.String(required=True)


class AnswerSchema(Schema):
    """The whole answer; ``not_fired`` only where an explanation was asked for."""

    decision_id = fields.Raw(required=True)
    evaluated_at = fields.Raw(required=True)
    as_of = fields.Raw(required=True)
    ruleset = fields.Raw(required=True)
    verdict = fields.Raw(required=True)
    verdict_text = fields.Raw(required=True)
    one_session = fields.Raw(required=True)
    sessions = fields.Raw(required=True, allow_none=True)
    interval_weeks = fields.Raw(required=True, allow_none=True)
    remaining = fields.Raw(required=True, allow_none=True)
    review_weeks = fields.Raw(required=True, allow_none=True)
    support = fields.Raw(required=True, allow_none=True)
    fired = fields.Raw(required=True)
    steps = fields.Raw(required=True)
    conclusions = fields.Raw(required=True)
    scores = fields.Raw(required=True)
    expected = fields.Raw(required=True)
    stops = fields.Raw(required=True)
    deferrals = fields.Raw(required=True)
    referrals = fields.Raw(required=True)
    advice = fields.Raw(required=True)
    benefits = fields.Raw(required=True)
    unanswered = fields.Raw(required=True)
    warnings = fields.Raw(required=True)
    not_fired = fields.Raw()
