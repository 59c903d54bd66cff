"""The assessment of a ruleset as a part of a request body: valid is exactly what the service takes.

``assessment_json_schema`` helps to ask the questions. This one says what may be sent: ``null`` for "not
given", and which questions apply beside which answers. It is written so that generators of clients make
something of it: options are an ``enum``, and conditions stand where generators don't look.
"""

from __future__ import annotations

import json
from typing import Any

from service.model.ruleset import Input, Ruleset
from service.serving.applying import applying
from service.serving.assessment_schema import assessment_json_schema
from service.wording.conditions import as_written

_LEFT_OUT = ("x-picoplan", "oneOf", "title", "description", "default")
"""Among them defaults: clients would send them, and so answer what nobody asked, or what does not apply."""


def assessment_body(ruleset: Ruleset) -> dict[str, Any]:
    """The JSON Schema of an assessment in a request."""
    asked = assessment_json_schema(ruleset)
    inputs = ruleset.inputs
    body: dict[str, Any] = {
        "description": f"{ruleset.title}: an assessment of {ruleset.id} {ruleset.version}. "
        "`null` is the same as not given.",
        "type": "object",
        "properties": {name: _property(inputs[name], made) for name, made in asked["properties"].items()},
        "required": asked["required"],
        "additionalProperties": False,
    }
    conditions = applying(ruleset)
    if conditions:
        # Generators of clients fail at conditions that stand in "allOf"; what is below "if" they pass over.
        body |= {"if": {"type": "object"}, "then": {"allOf": conditions}}
    return body


def _property(one: Input, asked: dict[str, Any]) -> dict[str, Any]:
    made = {name: value for name, value in asked.items() if name not in _LEFT_OUT}
    if one.domain.shape == "set":
        made["items"] = {"type": "string", "enum": [option.id for option in one.options]}
    elif one.options:
        made["enum"] = [option.id for option in one.options]
    if not one.required or one.only_if is not None:
        made = _or_null(made)
    return {"description": _told(one, asked), **made}


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """The same or null; an ``enum`` stays one by itself, for generators make a type of it."""
    return {"anyOf": [made, {"type": "null"}]} if "enum" in made else {**made, "type": [made["type"], "null"]}


def _told(one: Input, asked: dict[str, Any]) -> str:
    """Label, help, options and when it is asked, in words."""
    lines = [one.label]
    if one.help is not None:
        lines.append(one.help)
    if one.unit is not None:
        lines.append(f"In {one.unit}.")
    if any(option.label != option.id for option in one.options):
        lines.append("; ".join(f"`{option.id}`: {option.label}" for option in one.options) + ".")
    if "default" in asked:
        lines.append(f"Not given counts as `{json.dumps(asked['default'])}`.")
    where = "" if one.only_if is None else f" if {'; '.join(as_written(one.only_if))}"
    if one.must_ask:
        lines.append(f"Must be asked{where}: not asked is not no.")
    elif where:
        lines.append(f"{'Required' if one.required else 'Asked'} only{where}.")
    return "\n\n".join(lines)
