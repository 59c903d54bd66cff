"""The shape of each file, as the schemas that read it have it -> JSON Schema: which keys, and their kinds."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, fields

from schemas import ruleset_fields as kinds
from service.authoring.fragments import Json, flags, ids, nullable, texts

_DAY: Json = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "errorMessage": "Write a date such as 2026-12-01.",
}
_VERSION: Json = {
    "type": "string",
    "pattern": r"^(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}$",
    "errorMessage": "Write three numbers such as 1.0.0.",
}


def shape(
    schema: type[Schema], said: Mapping[str, str], values: Mapping[str, Json] | None = None, title: str = ""
) -> Json:
    """A mapping with the keys of the schema.

    ``said`` says what each key is for; ``values`` has the pieces of those keys of which the schema alone does
    not know what they may hold.
    """
    made: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    if title:
        made["title"] = title
    for name, field in schema().fields.items():
        key = field.data_key or name
        piece = (values or {}).get(key)
        piece = _piece(field) if piece is None else piece
        if field.allow_none:
            piece = nullable(piece)
        made["properties"][key] = {**piece, "description": said[key]}
        if field.required:
            made["required"].append(key)
    return made


def _piece(field: fields.Field) -> Json:  # type: ignore[type-arg]
    if isinstance(field, kinds.OneOf):
        listed = ", ".join(field.words)
        return {"enum": list(field.words), "errorMessage": f"Write one of: {listed}."}
    for kind, piece in (
        (kinds.Text, texts()),
        (kinds.Id, ids()),
        (kinds.Flag, flags()),
        (kinds.Day, _DAY),
        (kinds.Version, _VERSION),
        (kinds.Mapping, {"type": "object"}),
        (kinds.Items, {"type": "array"}),
    ):
        if isinstance(field, kind):
            return piece
    return {}
