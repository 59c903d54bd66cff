"""What can be given for the questions of a ruleset, as variables of a solver, and the facts that follow.

An assessment *gives* answers. A *fact* is what rules see: what was given, or the default where the question
applies and nothing was given. A test of a fact is true, false or, without the fact, neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from service.analysis.proofs.logic import Formula, and_, at_most_one, not_, or_, variable
from service.evaluation.cells import cells
from service.model.condition import Scalar, Test, Value
from service.model.number import Number
from service.model.ruleset import Input


@dataclass(frozen=True, slots=True)
class Answers:
    """The variables of one question: whether it is answered, and with which value or members.

    ``values`` has a formula for each option, yes or no, or cell of numbers; for a set, one for each member.
    """

    one: Input
    given: Formula
    values: Mapping[Scalar, Formula]
    rules: tuple[Formula, ...]

    @property
    def is_set(self) -> bool:
        """Whether it is answered with a set."""
        return self.one.domain.shape == "set"


def answers(one: Input, points: Iterable[Number], prefix: str = "") -> Answers:
    """Fresh variables for the answers to a question; ``prefix`` keeps them apart from others."""
    name = f"{prefix}{one.id}"
    values = {value: variable(f"{name}={value}") for value in _values(one, points)}
    if one.domain.shape == "set":
        given = variable(f"{name}?")
        return Answers(one, given, values, tuple(or_((not_(held), given)) for held in values.values()))
    return Answers(one, or_(values.values()), values, (at_most_one(values.values()),))


def _values(one: Input, points: Iterable[Number]) -> tuple[Scalar, ...]:
    match one.domain.shape:
        case "choice" | "set":
            return tuple(option.id for option in one.options)
        case "yes_no":
            return (False, True)
        case "number":
            return cells(one, points)
        case _:
            assert_never(one.domain.shape)


@dataclass(frozen=True, slots=True)
class Fact:
    """What rules see of a question: whether there is a value, and which."""

    one: Input
    given: Formula
    values: Mapping[Scalar, Formula]


def fact(answered: Answers, applies: Formula) -> Fact:
    """The fact that follows from the answers where the question applies (or surely does not)."""
    one = answered.one
    if one.default is None or applies is False:
        return Fact(one, answered.given, answered.values)
    taken = and_((applies, not_(answered.given)))
    default = one.default if isinstance(one.default, frozenset) else frozenset((one.default,))
    values = {
        value: or_((held, taken)) if value in default else held for value, held in answered.values.items()
    }
    return Fact(one, or_((answered.given, applies)), values)


def passes(test: Test, value: Value) -> bool:
    """Whether a value that there is passes a test."""
    match test.op:
        case "among":
            return value in test.values
        case "not_among":
            return value not in test.values
        case "within":
            assert test.interval is not None
            assert not isinstance(value, str | frozenset | tuple)
            return test.interval.holds(value)
        case "includes_any":
            return not _members(value).isdisjoint(test.values)
        case "includes_none":
            return _members(value).isdisjoint(test.values)
        case "given":
            return True
        case "unknown":
            return False
        case _:
            assert_never(test.op)


def _members(value: Value) -> frozenset[Scalar]:
    assert isinstance(value, frozenset | tuple)
    return frozenset(value)


def tested(found: Fact, test: Test, *, passed: bool) -> Formula:
    """The fact is there and passes the test (or, not ``passed``, does not)."""
    if found.one.domain.shape != "set":
        return or_(held for value, held in found.values.items() if passes(test, value) is passed)
    passing = _passing_set(found, test)
    return and_((found.given, passing if passed else not_(passing)))


def _passing_set(found: Fact, test: Test) -> Formula:
    """A set that there is passes the test."""
    some = or_(held for value, held in found.values.items() if value in test.values)
    match test.op:
        case "includes_any":
            return some
        case "includes_none":
            return not_(some)
        case "given":
            return True
        case "unknown":
            return False
        case "among" | "not_among" | "within":
            raise TypeError(f"A set can't be tested by {test.op}")
        case _:
            assert_never(test.op)


def attribute_test(found: Fact, attribute: str, test: Test, *, passed: bool) -> Formula:
    """An option is given whose attribute passes the test (or, not ``passed``, does not)."""
    return or_(
        found.values[option.id]
        for option in found.one.options
        if passes(test, option.attributes[attribute]) is passed
    )
