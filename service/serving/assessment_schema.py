"""A ruleset's questions as a JSON Schema (2020-12): what a form or a client needs to ask them.

What JSON Schema has no word for stands in ``x-picoplan``: whether a question must be asked, when it applies,
and the attributes of its options. ``required`` holds only what is required of everybody.
"""

from __future__ import annotations

from typing import Any, assert_never

from service.model.condition import Value
from service.model.ruleset import Input, Option, Ruleset
from service.serving.answer import value_json
from service.wording.conditions import as_written

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def assessment_json_schema(ruleset: Ruleset) -> dict[str, Any]:
    """The JSON Schema of an assessment under the ruleset, its questions in the order to ask them."""
    inputs = ruleset.inputs.values()
    return {
        "$schema": DIALECT,
        "$id": f"/v1/rulesets/{ruleset.id}/assessment-schema",
        "title": ruleset.title,
        "type": "object",
        "properties": {one.id: _property(one) for one in inputs},
        "required": [one.id for one in inputs if one.required and one.only_if is None],
        "additionalProperties": False,
        "x-picoplan": {"ruleset": {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest}},
    }


def _property(one: Input) -> dict[str, Any]:
    made: dict[str, Any] = {"title": one.label}
    if one.help is not None:
        made["description"] = one.help
    made |= _type(one)
    if one.default is not None:
        made["default"] = _json(one, one.default)
    made["x-picoplan"] = _extras(one)
    return made


def _type(one: Input) -> dict[str, Any]:
    match one.domain.shape:
        case "choice":
            return {"type": "string", **_options(one)}
        case "set":
            return {"type": "array", "items": {"type": "string", **_options(one)}, "uniqueItems": True}
        case "yes_no":
            return {"type": "boolean"}
        case "number":
            return _number(one)
        case shape:
            assert_never(shape)


def _number(one: Input) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "integer" if one.domain.whole else "number"}
    for word, bound in (("minimum", one.domain.low), ("maximum", one.domain.high)):
        if bound is not None:
            made[word] = value_json(bound)
    return made


def _options(one: Input) -> dict[str, Any]:
    if any(option.label != option.id for option in one.options):
        return {"oneOf": [{"const": option.id, "title": option.label} for option in one.options]}
    return {"enum": [option.id for option in one.options]}


def _extras(one: Input) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": one.kind,
        "required": one.required,
        "must_ask": one.must_ask,
        "changeable": one.changeable,
        "only_if": None if one.only_if is None else as_written(one.only_if),
    }
    if one.unit is not None:
        made["unit"] = one.unit
    if one.attributes:
        made["attributes"] = {option.id: _attributes(option) for option in one.options}
    return made


def _attributes(option: Option) -> dict[str, Any]:
    return {name: value_json(value) for name, value in option.attributes.items()}


def _json(one: Input, value: Value) -> Any:
    order = {option.id: index for index, option in enumerate(one.options)}
    return value_json(value, order)
