"""When a question is asked, as data: what a form works out by itself, without a rules engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from service.evaluation.skip_logic import passing_members, passing_numbers
from service.evaluation.truth import truth_of
from service.model.condition import AllOf, AnyOf, Condition, Interval, Not, Test, unfolded
from service.model.number import as_json
from service.model.ruleset import Input
from service.serving.answer import value_json

Data = dict[str, Any]


def as_data(condition: Condition, inputs: Mapping[str, Input]) -> Data:
    """The condition in tests of answers alone; those of attributes are tests of the options that have them.

    ``all``, ``any`` and ``not`` hold others. A test names its ``input``. ``in``: the answer is one of these;
    ``unclear`` has those of which it is unknown. ``includes``: one of these is among the answer.
    ``at least``, ``above``, ``at most``, ``below``: of a number. ``given``: there is an answer. All tests
    but the last are unknown without an answer or a default, and what they are part of is true, false or
    unknown as its parts are.
    """
    match condition:
        case Not():
            return {"not": as_data(condition.part, inputs)}
        case AllOf():
            return {"all": [as_data(part, inputs) for part in condition.parts]}
        case AnyOf():
            return {"any": [as_data(part, inputs) for part in condition.parts]}
        case Test() if condition.target is not None:
            return as_data(unfolded(condition), inputs)
        case Test():
            name, _, attribute = condition.subject.partition(".")
            return _test(condition, inputs[name], attribute)
        case _:
            assert_never(condition)


def _test(test: Test, one: Input, attribute: str) -> Data:
    named: Data = {"input": one.id}
    if test.op in ("given", "unknown"):
        given: Data = {**named, "given": True}
        having = [option.id for option in one.options if attribute in option.attributes]
        if attribute and len(having) < len(one.options):
            given = {"all": [given, {**named, "in": having}]}
        return given if test.op == "given" else {"not": given}
    match one.domain.shape:
        case "choice":
            return named | _options(test, one, attribute)
        case "yes_no":
            truth = truth_of(test)
            return {**named, "in": [value for value in (False, True) if truth({test.subject: value})]}
        case "set":
            return _set(test, one, named)
        case "number":
            return _number(test, named)
        case shape:
            assert_never(shape)


def _options(test: Test, one: Input, attribute: str) -> Data:
    truth, passing, unclear = truth_of(test), [], []
    for option in one.options:
        value = option.attributes.get(attribute) if attribute else option.id
        told = None if value is None else truth({test.subject: value})
        if told is None:
            unclear.append(option.id)
        elif told:
            passing.append(option.id)
    return {"in": passing, "unclear": unclear} if unclear else {"in": passing}


def _set(test: Test, one: Input, named: Data) -> Data:
    holds_any, members = passing_members(one, test, wanted=True)
    includes = {**named, "includes": members}
    return includes if holds_any else {"not": includes}


def _number(test: Test, named: Data) -> Data:
    inside, numbers = passing_numbers(test, wanted=True)
    if isinstance(numbers, Interval):
        return named | _bounds(numbers)
    listed = {**named, "in": list(map(value_json, numbers))}
    return listed if inside else {"not": listed}


def _bounds(interval: Interval) -> Data:
    found: Data = {}
    if interval.low is not None:
        found["above" if interval.low_open else "at least"] = as_json(interval.low)
    if interval.high is not None:
        found["below" if interval.high_open else "at most"] = as_json(interval.high)
    return found
