"""The answer of the evaluate endpoint: what its members are, and how they are dumped.

The members come in as plain JSON data; the schema fixes which there are, in which order.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, missing


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


class _Member(fields.Field[Any]):
    """A member that comes in as JSON data: taken as it is, left out where it is not there."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:
        return obj.get(attr, missing)


class AnswerSchema(Schema):
    """The whole answer; ``not_fired`` only where an explanation was asked for."""

    decision_id = _Member(required=True)
    evaluated_at = _Member(required=True)
    as_of = _Member(required=True)
    ruleset = _Member(required=True)
    verdict = _Member(required=True)
    verdict_text = _Member(required=True)
    one_session = _Member(required=True)
    sessions = _Member(required=True, allow_none=True)
    interval_weeks = _Member(required=True, allow_none=True)
    remaining = _Member(required=True, allow_none=True)
    review_weeks = _Member(required=True, allow_none=True)
    support = _Member(required=True, allow_none=True)
    fired = _Member(required=True)
    steps = _Member(required=True)
    conclusions = _Member(required=True)
    scores = _Member(required=True)
    expected = _Member(required=True)
    stops = _Member(required=True)
    deferrals = _Member(required=True)
    referrals = _Member(required=True)
    advice = _Member(required=True)
    benefits = _Member(required=True)
    unanswered = _Member(required=True)
    warnings = _Member(required=True)
    not_fired = _Member()
