"""A ruleset's questions as a JSON Schema (2020-12): what a form or a client needs, and what may be sent.

``assessment_json_schema`` helps to ask the questions. What JSON Schema has no word for stands in
``x-picoplan``: whether a question must be asked, when it applies, and the attributes of its options.
``required`` holds only what is required of everybody.

``assessment_body`` says what may be sent, so that valid is exactly what the service takes: ``null`` for "not
given", which questions apply beside which answers, and which answers contradict each other. It is written so
that generators of clients make something of it: options are an ``enum``, and conditions stand where
generators don't look. A question whose ``only if`` is false must not be answered; one that is required must
be, where it is true; where it is unknown both are fine. Each of these, and each contradiction, is an ``if``
and ``then`` over the whole assessment. The two halves of three-valued logic, "true" and "false", are written
apart, so nothing need ever be negated but "not known to apply".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from service.evaluation.skip_logic import passing_answers, passing_members, passing_numbers
from service.evaluation.truth import truth_of
from service.model.condition import AllOf, Condition, Interval, Not, Test, Value, unfolded
from service.model.number import as_json
from service.model.ruleset import Input, Option, Ruleset
from service.serving.answer import value_json
from service.serving.only_if import as_data
from service.wording.conditions import as_written

Schema = dict[str, Any]

_NEVER: Schema = {"not": {}}
_NULL: Schema = {"type": "null"}


def applying(ruleset: Ruleset) -> list[Schema]:
    """What holds of every assessment that is taken, beside the types of its members."""
    return _Applying(ruleset).all()


class _Applying:
    def __init__(self, ruleset: Ruleset) -> None:
        self._inputs = ruleset.inputs
        self._subjects = ruleset.subjects
        self._contradictions = ruleset.contradictions

    def all(self) -> list[Schema]:
        found: list[Schema] = []
        for one in self._inputs.values():
            if one.only_if is None:
                continue
            closed = self._is(one.only_if, wanted=False)
            if closed != _NEVER:
                found.append({"if": closed, "then": _where(one.id, _NULL)})
            opened = self._is(one.only_if, wanted=True)
            if one.required and opened != _NEVER:
                found.append({"if": opened, "then": _given(one.id, {"not": _NULL})})
        for contradiction in self._contradictions:
            told = self._is(contradiction.when, wanted=True)
            if told != _NEVER:
                found.append({"if": told, "then": _NEVER})
        return found

    def _is(self, condition: Condition, *, wanted: bool) -> Schema:
        """Where the condition is true (``wanted``), or where it is false."""
        if isinstance(condition, Not):
            return self._is(condition.part, wanted=not wanted)
        if isinstance(condition, Test):
            return self._test(condition, wanted=wanted)
        parts = [self._is(part, wanted=wanted) for part in condition.parts]
        return every(parts) if isinstance(condition, AllOf) == wanted else _some(parts)

    def _test(self, test: Test, *, wanted: bool) -> Schema:
        if test.target is not None:
            return self._is(unfolded(test), wanted=wanted)
        subject = self._subjects[test.subject]
        one = self._inputs[subject.name]
        attribute = test.subject.partition(".")[2]
        lacking = any(attribute not in option.attributes for option in one.options)
        if test.op in ("given", "unknown") and attribute and lacking:
            return self._has(one, attribute, wanted=(test.op == "given") == wanted)
        if test.op in ("given", "unknown"):
            return self._is_given(one) if (test.op == "given") == wanted else self._is_unknown(one)
        ways = [_given(one.id, _passing(one, attribute, test, wanted=wanted))]
        if self._passes_by_default(one, attribute, test, wanted=wanted):
            ways.append(self._by_default(one))
        return _some(ways)

    def _passes_by_default(self, one: Input, attribute: str, test: Test, *, wanted: bool) -> bool:
        if one.default is None:
            return False
        value: Any = one.default
        if attribute:
            value = next(option.attributes.get(attribute) for option in one.options if option.id == value)
            if value is None:
                return False
        return truth_of(test)({test.subject: value}) is wanted

    def _by_default(self, one: Input) -> Schema:
        """Where the question is not answered and has its default."""
        unanswered = _where(one.id, _NULL)
        return unanswered if one.only_if is None else every([unanswered, self._is(one.only_if, wanted=True)])

    def _has(self, one: Input, attribute: str, *, wanted: bool) -> Schema:
        """Where the option has the attribute (``wanted``), or where it does not, or there is none."""
        options = [option.id for option in one.options if (attribute in option.attributes) is wanted]
        ways = [_given(one.id, _among(options))]
        if one.default in options:
            ways.append(self._by_default(one))
        if not wanted:
            ways.append(self._is_unknown(one))
        return _some(ways)

    def _is_given(self, one: Input) -> Schema:
        ways = [_given(one.id, {"not": _NULL})]
        return _some(ways if one.default is None else [*ways, self._by_default(one)])

    def _is_unknown(self, one: Input) -> Schema:
        unanswered = _where(one.id, _NULL)
        if one.default is None:
            return unanswered
        if one.only_if is None:
            return _NEVER
        applies = self._is(one.only_if, wanted=True)
        return unanswered if applies == _NEVER else every([unanswered, {"not": applies}])


def _passing(one: Input, attribute: str, test: Test, *, wanted: bool) -> Schema:
    """The values of an input of which the test is true, or false."""
    match one.domain.shape:
        case "set":
            return _passing_set(one, test, wanted=wanted)
        case "number":
            return _passing_number(test, wanted=wanted)
        case "yes_no" | "choice":
            return _among(passing_answers(one, attribute, test, wanted=wanted))
        case shape:
            assert_never(shape)


def _passing_set(one: Input, test: Test, *, wanted: bool) -> Schema:
    holds_any, members = passing_members(one, test, wanted=wanted)
    if holds_any:
        return {"type": "array", "contains": _among(members)}
    others = [option.id for option in one.options if option.id not in members]
    return {"type": "array", "items": _among(others)} if others else {"type": "array", "maxItems": 0}


def _passing_number(test: Test, *, wanted: bool) -> Schema:
    inside, numbers = passing_numbers(test, wanted=wanted)
    if isinstance(numbers, Interval):
        return _inside(numbers) if inside else _outside(numbers)
    if not numbers:
        return _NEVER if inside else {"type": "number"}
    listed = {"enum": list(map(value_json, numbers))}
    return listed if inside else {"type": "number", "not": listed}


def _inside(interval: Interval) -> Schema:
    found: Schema = {"type": "number"}
    if interval.low is not None:
        found["exclusiveMinimum" if interval.low_open else "minimum"] = as_json(interval.low)
    if interval.high is not None:
        found["exclusiveMaximum" if interval.high_open else "maximum"] = as_json(interval.high)
    return found


def _outside(interval: Interval) -> Schema:
    ways: list[Schema] = []
    if interval.low is not None:
        word = "maximum" if interval.low_open else "exclusiveMaximum"
        ways.append({"type": "number", word: as_json(interval.low)})
    if interval.high is not None:
        word = "minimum" if interval.high_open else "exclusiveMinimum"
        ways.append({"type": "number", word: as_json(interval.high)})
    return _some(ways)


def _where(name: str, value: Schema) -> Schema:
    """Where the member is such a value, if it is there; others may be, as some programs want to be told."""
    return {"properties": {name: value}, "additionalProperties": True}


def _given(name: str, value: Schema) -> Schema:
    return _NEVER if value == _NEVER else {**_where(name, value), "required": [name]}


def _among(values: Sequence[Any]) -> Schema:
    return {"enum": [*values]} if values else _NEVER


def every(parts: list[Schema]) -> Schema:
    """The schema of what all of these hold of, one or more; "allOf" of one alone is a slip to linters."""
    if _NEVER in parts:
        return _NEVER
    return parts[0] if len(parts) == 1 else {"allOf": parts}


def _some(parts: list[Schema]) -> Schema:
    left = [part for part in parts if part != _NEVER]
    return {"anyOf": left} if len(left) > 1 else left[0] if left else _NEVER


_LEFT_OUT = ("x-picoplan", "oneOf", "title", "description", "default")
"""Among them defaults: clients would send them, and so answer what nobody asked, or what does not apply."""


def assessment_body(ruleset: Ruleset) -> dict[str, Any]:
    """The JSON Schema of an assessment in a request."""
    inputs = ruleset.inputs
    return {
        "description": f"{ruleset.title}: an assessment of {ruleset.id} {ruleset.version}. "
        "`null` is the same as not given.",
        "type": "object",
        "properties": {name: _member_schema(one, _property(one, inputs)) for name, one in inputs.items()},
        "required": _required(ruleset),
        "additionalProperties": False,
        **beside(applying(ruleset)),
    }


def answers_body(ruleset: Ruleset) -> dict[str, Any]:
    """The JSON Schema of answers of which none is needed, and that need not go together."""
    inputs = ruleset.inputs
    return {
        "description": f"{ruleset.title}: answers to questions of {ruleset.id} {ruleset.version}. "
        "Any may be left out, and those that don't apply count for nothing.",
        "type": "object",
        "properties": {
            name: {"description": one.label, **_or_null(_sent(one, _type(one)))}
            for name, one in inputs.items()
        },
        "additionalProperties": False,
    }


def beside(conditions: Sequence[Schema]) -> Schema:
    """What a schema of a body has where these conditions hold, too.

    Generators of clients fail at conditions that stand in "allOf"; what is below "if" they pass over.
    """
    return {"if": {"type": "object"}, "then": every([*conditions])} if conditions else {}


def _member_schema(one: Input, asked: dict[str, Any]) -> dict[str, Any]:
    made = _sent(one, asked)
    if _may_be_null(one):
        made = _or_null(made)
    return {"description": _description(one, asked), **made}


def _sent(one: Input, asked: dict[str, Any]) -> dict[str, Any]:
    """What may be sent as an answer, options as an ``enum``."""
    made = {name: value for name, value in asked.items() if name not in _LEFT_OUT}
    if one.domain.shape == "set":
        made["items"] = {"type": "string", "enum": [option.id for option in one.options]}
    elif one.options:
        made["enum"] = [option.id for option in one.options]
    return made


def _may_be_null(one: Input) -> bool:
    """Whether some clients don't answer the question; ``null`` says so as well as leaving it out."""
    return not one.required or one.only_if is not None


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """The same or null; an ``enum`` stays one by itself, for generators make a type of it."""
    return {"anyOf": [made, {"type": "null"}]} if "enum" in made else {**made, "type": [made["type"], "null"]}


def _description(one: Input, asked: dict[str, Any]) -> str:
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


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def assessment_json_schema(ruleset: Ruleset) -> dict[str, Any]:
    """The JSON Schema of an assessment under the ruleset, its questions in the order to ask them.

    It takes what the service takes, and nothing else; ``only_if`` says as data when a question is asked.
    """
    inputs = ruleset.inputs
    conditions = applying(ruleset)
    return {
        "$schema": DIALECT,
        "$id": f"/v1/rulesets/{ruleset.id}/assessment-schema",
        "title": ruleset.title,
        "type": "object",
        "properties": {name: _question(one, inputs) for name, one in inputs.items()},
        "required": _required(ruleset),
        "additionalProperties": False,
        **({"allOf": conditions} if conditions else {}),
        "x-picoplan": {
            "ruleset": {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest},
            "contradictions": [
                {"id": one.id, "when": as_written(one.when), "says": one.says}
                for one in ruleset.contradictions
            ],
        },
    }


def _required(ruleset: Ruleset) -> list[str]:
    """What every client must answer."""
    return [one.id for one in ruleset.inputs.values() if not _may_be_null(one)]


def _question(one: Input, inputs: Mapping[str, Input]) -> dict[str, Any]:
    """The question as a form asks it; null stands beside the options where some clients are not asked."""
    made = _property(one, inputs)
    if _may_be_null(one):
        made["type"] = [made["type"], "null"]
        if "oneOf" in made:
            made["oneOf"] = [*made["oneOf"], _NULL]
        elif "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def _property(one: Input, inputs: Mapping[str, Input]) -> dict[str, Any]:
    made: dict[str, Any] = {"title": one.label}
    if one.help is not None:
        made["description"] = one.help
    made |= _type(one)
    if one.default is not None:
        made["default"] = _json(one, one.default)
    made["x-picoplan"] = _extras(one, inputs)
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


def _extras(one: Input, inputs: Mapping[str, Input]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": one.kind,
        "required": one.required,
        "must_ask": one.must_ask,
        "changeable": one.changeable,
        "only_if": None if one.only_if is None else as_data(one.only_if, inputs),
        "only_if_written": None if one.only_if is None else as_written(one.only_if),
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
