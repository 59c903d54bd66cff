"""What other answers would come to: what the members of the document are, and how they are dumped."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.answer import RangeSchema, RulesetRefSchema


class OutcomeSchema(Schema):
    """What a client would notice of a decision."""

    verdict = fields.String(required=True)
    verdict_text = fields.String(required=True)
    one_session = fields.String(required=True)
    sessions = fields.Nested(RangeSchema, required=True, allow_none=True)


class ChangedAnswerSchema(Schema):
    """Another answer to one question; ``given``: what was sent, or the default; null where there is none."""

    input = fields.String(required=True)
    label = fields.String(required=True)
    given = fields.Raw(required=True, allow_none=True)
    instead = fields.Raw(required=True)
    instead_label = fields.String(required=True)


class FiringRuleSchema(Schema):
    """A rule that fires on one side only, and its reason."""

    rule = fields.String(required=True)
    title = fields.String(required=True)
    because = fields.String(required=True)


class ChangeSchema(OutcomeSchema):
    """One change, what it would come to, and the rules behind that."""

    changed = fields.List(fields.Nested(ChangedAnswerSchema), required=True)
    leave_out = fields.List(fields.String(), required=True)
    fires_too = fields.List(fields.Nested(FiringRuleSchema), required=True)
    fires_no_longer = fields.List(fields.Nested(FiringRuleSchema), required=True)


class OneSessionSchema(Schema):
    """What would make one session enough: ``already``, ``possible``, ``impossible`` or ``not_decided``."""

    answer = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)


class WhatIfSchema(Schema):
    """The whole document."""

    as_of = fields.String(required=True)
    ruleset = fields.Nested(RulesetRefSchema, required=True)
    now = fields.Nested(OutcomeSchema, required=True)
    one_session = fields.Nested(OneSessionSchema, required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    complete = fields.Boolean(required=True)
