"""``assessment.yaml``: the questions, their kinds, and where each applies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schemas.ruleset_files import AssessmentFile, InputEntry, id_mistake, yes_or_no
from service.model.condition import Domain, Scalar, Subject, tests_of
from service.model.number import parse_number, written
from service.model.problem import did_you_mean, quoted, shown
from service.model.ruleset import Input, InputKind, Option
from service.reading.conditions import read_condition
from service.reading.options import read_options
from service.reading.order import circles
from service.reading.ranges import read_bounds
from service.reading.spot import Findings, Spot

MOST_INPUTS = 300
LARGEST_NUMBER = 1_000_000_000
_KINDS = ("one of", "levels", "any of", "kind", "number", "whole number")


def read_inputs(found: Findings, file: Spot) -> tuple[dict[str, Input], dict[str, Subject]]:
    """Every question that could be read, and the subjects that tests can look at through them."""
    loaded = found.load(AssessmentFile(), file)
    spot = file.child("inputs")
    inputs: dict[str, Input] = {}
    if len(loaded.get("inputs", {})) > MOST_INPUTS:
        found.error(spot.at(), "too-many-inputs", f"More than {MOST_INPUTS} inputs. Ask less.")
        return {}, {}
    for name, below in spot.children() if "inputs" in loaded else ():
        mistake = id_mistake(name)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(name)}" {mistake}')
            continue
        one = _input(found, name, below)
        if one is not None:
            inputs[name] = one
    subjects = _subjects(inputs)
    return _with_conditions(found, spot, inputs, subjects), subjects


def _input(found: Findings, name: str, spot: Spot) -> Input | None:
    entry = found.load(InputEntry(), spot)
    given = [kind for kind in _KINDS if isinstance(spot.data, dict) and kind in spot.data]
    if not isinstance(spot.data, dict):
        return None
    if len(given) != 1:
        message = (
            f'"{name}" has no kind. Add one of: one of, levels, any of, kind: yes or no, number, whole number.'
            if not given
            else f'"{name}" has two kinds, {quoted(given)}. Keep one.'
        )
        found.error(spot.child(given[1]).key() if given else spot.key(), "input-kind", message)
        return None
    kind, domain, options, attributes = _kind(found, spot, given[0], entry)
    if domain is None:
        return None
    one = Input(
        id=name,
        label=entry.get("label", name),
        kind=kind,
        domain=domain,
        place=spot.key(),
        help=entry.get("help"),
        options=options,
        unit=entry.get("unit"),
        required=bool(entry.get("required")),
        must_ask=bool(entry.get("must_ask")),
        changeable=bool(entry.get("changeable")),
        attributes=attributes,
    )
    return replace(one, default=_default(found, one, spot))


def _kind(
    found: Findings, spot: Spot, key: str, entry: dict[str, Any]
) -> tuple[InputKind, Domain | None, tuple[Option, ...], dict[str, Domain]]:
    if key == "kind":
        return "yes or no", Domain("yes_no", (False, True)) if "kind" in entry else None, (), {}
    below = spot.child(key)
    if key in ("number", "whole number"):
        kind: InputKind = "whole number" if key == "whole number" else "number"
        return kind, _number_domain(found, below, whole=key == "whole number"), (), {}
    options, attributes = read_options(found, below, attributes=key != "any of")
    names = tuple(option.id for option in options)
    if not names:
        return "one of", None, (), {}
    if key == "any of":
        return "any of", Domain("set", names), options, {}
    if key == "levels":
        return "levels", Domain("choice", names, ordered=True), options, attributes
    return "one of", Domain("choice", names), options, attributes


def _number_domain(found: Findings, spot: Spot, *, whole: bool) -> Domain | None:
    bounds = read_bounds(found, spot)
    if bounds is None:
        return None
    low, high = bounds
    if max(abs(low), abs(high)) > LARGEST_NUMBER:
        found.error(spot.at(), "out-of-bounds", f"Bounds lie within {LARGEST_NUMBER:,} either way.")
        return None
    if whole and not (isinstance(low, int) and isinstance(high, int)):
        found.error(
            spot.at(), "not-whole", 'The bounds of a whole number are whole. Write "number:" otherwise.'
        )
        return None
    return Domain("number", low=low, high=high, whole=whole)


def _default(found: Findings, one: Input, spot: Spot) -> Scalar | frozenset[str] | None:
    below = spot.child("default")
    if below.data is None:
        return None
    for word, holds in (("required", one.required), ("must ask", one.must_ask)):
        if holds:
            message = f'"{one.id}" has both "{word}" and "default". Keep one of them.'
            found.error(below.key(), "default-and-" + word.replace(" ", "-"), message)
            return None
    if one.domain.shape == "set":
        return _default_set(found, one, below)
    if not isinstance(below.data, str):
        found.error(below.at(), "wrong-type", f'The default of "{one.id}" must be one value.')
        return None
    if one.domain.shape == "choice":
        return _known_option(found, one, below)
    value: Scalar | None
    if one.domain.shape == "yes_no":
        value = yes_or_no(below.data)
        wanted = "yes or no"
    else:
        value = parse_number(below.data)
        low, high = one.domain.low, one.domain.high
        assert low is not None and high is not None
        wanted = f"a {one.kind} from {written(low)} to {written(high)}"
        if value is not None and (
            not low <= value <= high or (one.domain.whole and not isinstance(value, int))
        ):
            value = None
    if value is None:
        message = f'The default "{shown(below.data)}" is not {wanted}.'
        found.error(below.at(), "bad-default", message)
    return value


def _known_option(found: Findings, one: Input, spot: Spot) -> str | None:
    names = [option.id for option in one.options]
    if isinstance(spot.data, str) and spot.data in names:
        return spot.data
    word = shown(str(spot.data))
    message = (
        f'"{word}" is not an option of {one.id}.{did_you_mean(word, names) or f" Write {quoted(names)}."}'
    )
    found.error(spot.at(), "unknown-option", message)
    return None


def _default_set(found: Findings, one: Input, spot: Spot) -> frozenset[str] | None:
    if not isinstance(spot.data, list):
        found.error(spot.at(), "wrong-type", f'The default of "{one.id}" must be a list: [] or [a, b].')
        return None
    members = [_known_option(found, one, item) for _, item in spot.children()]
    return None if None in members else frozenset(member for member in members if member is not None)


def _subjects(inputs: dict[str, Input]) -> dict[str, Subject]:
    subjects: dict[str, Subject] = {}
    for one in inputs.values():
        given = one.required or one.default is not None
        subjects[one.id] = Subject(one.id, "input", one.id, one.domain, given)
        for name, domain in one.attributes.items():
            key = f"{one.id}.{name}"
            subjects[key] = Subject(key, "attribute", one.id, domain, given)
    return subjects


def _with_conditions(
    found: Findings, spot: Spot, inputs: dict[str, Input], subjects: dict[str, Subject]
) -> dict[str, Input]:
    """The inputs with their ``only if``; a question that may not apply can be unknown to tests."""
    conditional = {name: spot.child(name).child("only if") for name in inputs}
    for name, below in conditional.items():
        if below.data is None:
            continue
        condition = _only_if(found, subjects, below)
        if condition is not None:
            inputs[name] = replace(inputs[name], only_if=condition)
        for key in [key for key in subjects if subjects[key].name == name]:
            subjects[key] = replace(subjects[key], given_always=False)
    needs = {
        name: {subjects[test.subject].name for test in tests_of(one.only_if)} if one.only_if else set()
        for name, one in inputs.items()
    }
    for circle in circles(needs):
        names = " -> ".join([*circle, circle[0]])
        found.error(conditional[circle[0]].key(), "circle", f'"only if" goes in a circle: {names}. Break it.')
        for name in circle:
            inputs[name] = replace(inputs[name], only_if=None)
    return inputs


def _only_if(found: Findings, subjects: dict[str, Subject], spot: Spot) -> Any:
    if isinstance(spot.data, dict):
        for key, below in spot.children():
            if key.startswith(("conclusions.", "scores.")):
                message = f'"only if" looks at inputs and their attributes alone, not at "{shown(key)}".'
                found.error(below.key(), "test-does-not-fit", message)
                return None
    return read_condition(found, subjects, spot)
