"""The door to apispec: Marshmallow schemas -> components and bodies of an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from schemas.drafts import JsonFiles, JsonPlace, JsonStateNumber, JsonText
from schemas.language_tags import FORM, LONGEST_TAG
from schemas.member import Member
from schemas.mistake import StrictSchema
from schemas.request import (
    DECISION_KINDS,
    REF,
    JsonDay,
    JsonFlag,
    JsonKinds,
    JsonLanguage,
    JsonName,
    JsonNames,
    JsonObject,
    JsonRef,
    TableRequest,
)
from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import answers_body, assessment_body, beside
from service.serving.tabulating import table_body


def add_body(
    components: Components,
    body_name: str,
    schema: type[Schema],
    rulesets: Sequence[CompiledRuleset],
    default: str | None,
) -> Json:
    """Take the schema of a body under its name, and give the reference to it.

    ``schema`` has its members; requests for the ``default`` need no ``ruleset``.
    """
    members = properties_of(schema)
    needed = [name for name, one in schema().fields.items() if one.required]
    names = named(compiled.ruleset.id for compiled in rulesets)
    of_ruleset = _tabulated if issubclass(schema, TableRequest) else _assessed
    kinds = []
    for compiled in rulesets:
        name, ruleset = names[compiled.ruleset.id], compiled.ruleset
        own = of_ruleset(components, ruleset, name, members)
        if own is None:
            continue
        of_default = ruleset.id == default
        own["properties"]["ruleset"] = _of_ruleset(ruleset, members, or_null=of_default)
        body = _request({**members, **own.pop("properties")}, needed if of_default else ["ruleset", *needed])
        described = {"description": f"A request for {ruleset.title}.", **body, **own}
        kinds.append(components.add(f"{body_name}_{name}", described))
    says = "An assessment of one of the rulesets that serve, and what decides."
    if not kinds:
        says = "An assessment, and what decides. No ruleset that serves takes one at the moment."
        body = _request(members, ["ruleset", *needed])
    else:
        body = {"allOf": kinds} if len(kinds) == 1 else {"oneOf": kinds}
    return components.add(body_name, {"description": says, **body})


def named(ids: Iterable[str]) -> dict[str, str]:
    """A name for each ruleset, of which no two are the same in any language's spelling."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for ruleset_id in sorted(ids):
        name, number = ruleset_id.replace("-", "_"), 1
        while (spelled := re.sub("[^a-z0-9]", "", name)) in taken or not spelled:
            number += 1
            name = f"{ruleset_id.replace('-', '_')}_{number}"
        taken.add(spelled)
        names[ruleset_id] = name
    return names


def _of_ruleset(ruleset: Ruleset, members: Json, *, or_null: bool) -> Json:
    named: Json = {"type": "string", "const": ruleset.id}
    if or_null:
        named = {"anyOf": [named, {"type": "null"}]}
    return {**named, "description": members["ruleset"]["description"]}


def _assessed(components: Components, ruleset: Ruleset, name: str, _: Json) -> Json | None:
    """What a request for one assessment has of a ruleset."""
    return {"properties": {"assessment": components.add(f"Assessment_{name}", assessment_body(ruleset))}}


def _tabulated(components: Components, ruleset: Ruleset, name: str, members: Json) -> Json | None:
    """The same of a request for a table; None: the ruleset has none."""
    told = table_body(ruleset)
    if told is None:
        return None
    own, together = told
    axes = {"rows": {**own["rows"], "description": members["rows"]["description"]}}
    axes["columns"] = {**members["columns"], **own["columns"]}
    answers = components.add(f"Answers_{name}", answers_body(ruleset))
    return {"properties": {**axes, "assessment": answers}, **beside([together])}


def _request(members: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


OPENAPI = "3.1.0"

Json = dict[str, Any]

_OWN: dict[type[fields.Field[Any]], Json] = {
    JsonName: {"type": "string", "minLength": 1, "maxLength": 200},
    JsonNames: {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "maxItems": JsonNames.most,
        "uniqueItems": True,
    },
    JsonDay: {"type": "string", "format": "date"},
    JsonLanguage: {"type": "string", "pattern": FORM, "maxLength": LONGEST_TAG},
    JsonFlag: {"type": "boolean"},
    JsonRef: {"type": "string", "pattern": REF},
    JsonKinds: {"type": "array", "items": {"type": "string", "enum": list(DECISION_KINDS)}, "minItems": 1},
    JsonObject: {"type": "object", "additionalProperties": {}},
    JsonStateNumber: {"type": "integer", "minimum": 1, "maximum": JsonStateNumber.most},
    JsonText: {"type": "string"},
    JsonPlace: {"type": "integer", "minimum": 1, "maximum": JsonPlace.most},
    JsonFiles: {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
}
"""Fields of our own, as JSON Schema."""


class _Converter(OpenAPIConverter):
    """Knows our own fields, and keeps the order of members."""

    def field2property(self, field: fields.Field[Any]) -> Json:
        """What a field is, as JSON Schema."""
        own = _OWN.get(type(field))
        if own is not None:
            null = self.field2nullable(field, own) if field.allow_none else {}
            return {**own, **null, **self.metadata2properties(field)}
        if not isinstance(field, Member):
            return dict(super().field2property(field))
        made = dict(super().field2property(field.of))
        if field.allow_none and "enum" in made:
            made = {"anyOf": [made, {"type": "null"}]}  # generators make a type of an enum without null
        elif field.allow_none:
            made |= self.field2nullable(field, made)
        return made | self.metadata2properties(field)

    def schema2jsonschema(self, schema: Schema) -> Json:
        """What a schema is, its docstring as its description."""
        made: Json = dict(super().schema2jsonschema(schema))  # type: ignore[no-untyped-call]
        made.pop("additionalProperties", None)  # members may be added to what the service gives
        if isinstance(schema, StrictSchema):
            made["additionalProperties"] = False  # and not to what it takes
        if "required" in made:
            made["required"] = [name for name in made["properties"] if name in made["required"]]
        said = (type(schema).__doc__ or "").strip()
        return {"description": " ".join(said.split()), **made}


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


class Components:
    """The schemas of a document under construction."""

    def __init__(self) -> None:
        self._spec = APISpec(
            title="",
            version="",
            openapi_version=OPENAPI,
            plugins=[_Plugin(schema_name_resolver=_name)],
        )

    def add(self, name: str, schema: Json) -> Json:
        """Take JSON Schema under a name, unless there is one, and give the reference to it."""
        if name not in self._spec.components.schemas:
            self._spec.components.schema(name, schema)
        return reference(name)

    def of(self, schema: type[Schema]) -> Json:
        """The reference to a Marshmallow schema, which is taken with all that it nests."""
        name = _name(schema)
        if name not in self._spec.components.schemas:
            self._spec.components.schema(name, schema=schema)
        return reference(name)

    def schemas(self) -> Json:
        """All of them, by name."""
        return dict(sorted(self._spec.components.schemas.items()))


def properties_of(schema: type[Schema]) -> Json:
    """The members of a schema, each as JSON Schema."""
    made: Json = _Converter(OPENAPI, _name, APISpec("", "", OPENAPI)).schema2jsonschema(schema())
    return dict(made["properties"])


def reference(name: str) -> Json:
    """A reference to the schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")
