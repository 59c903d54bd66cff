"""One error body for every status: RFC 9457 problem details with every mistake at once."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.member import whole


def _text(says: str) -> fields.String:
    return fields.String(required=True, metadata={"description": says})


class MistakeSchema(Schema):
    """One mistake: a JSON pointer into the request, what is wrong, and the mend."""

    pointer = _text("A JSON pointer into the request; empty for the whole of it.")
    code = _text("What kind of mistake, a word that stays the same.")
    message = _text("What is wrong.")
    hint = _text("The mend; empty where the message already holds it.")


class ProblemSchema(Schema):
    """Why a request was not done, in one shape for every status (RFC 9457)."""

    type = _text("What kind of problem, a path that stays the same.")
    title = _text("The kind in words.")
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = _text("What went wrong with this request.")
    instance = _text("The id of the request; the service's log has it too.")
    errors = fields.List(
        fields.Nested(MistakeSchema),
        required=True,
        metadata={"description": "All mistakes at once; empty where there are none to list."},
    )


class BatchProblemSchema(ProblemSchema):
    """Why one of a batch was not done, and which it is."""

    index = whole("Which of the array, from 0.", required=False, minimum=0)
    line = whole("Which line, from 1.", required=False, minimum=1)
