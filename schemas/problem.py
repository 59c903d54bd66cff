"""One error body for every status: RFC 9457 problem details with every mistake at once."""

from __future__ import annotations

from marshmallow import Schema, fields


class MistakeSchema(Schema):
    """One mistake: a JSON pointer into the request, what is wrong, and the mend."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    hint = fields.String(required=True)


class ProblemSchema(Schema):
    """``application/problem+json``."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    errors = fields.List(fields.Nested(MistakeSchema), required=True)
