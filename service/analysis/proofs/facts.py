"""What can be given for the questions of a ruleset, as variables of a solver, and the facts that follow.

An assessment *gives* answers. A *fact* is what rules see: what was given, or the default where the question
applies and nothing was given. A test of a fact is true, false or, without the fact, neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.analysis.proofs.logic import Formula, at_most_one, both, either, no, variable
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
        return self.one.kind == "any of"


def answers(one: Input, points: Iterable[Number], prefix: str = "") -> Answers:
    """Fresh variables for the answers to a question; ``prefix`` keeps them apart from others."""
    name = f"{prefix}{one.id}"
    values = {value: variable(f"{name}={value}") for value in _values(one, points)}
    if one.kind == "any of":
        given = variable(f"{name}?")
        return Answers(one, given, values, tuple(either((no(held), given)) for held in values.values()))
    return Answers(one, either(values.values()), values, (at_most_one(values.values()),))


def _values(one: Input, points: Iterable[Number]) -> tuple[Scalar, ...]:
    if one.kind == "any of" or one.kind in ("one of", "levels"):
        return tuple(option.id for option in one.options)
    if one.kind == "yes or no":
        return (False, True)
    return cells(one, points)


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
    taken = both((applies, no(answered.given)))
    default = one.default if isinstance(one.default, frozenset) else frozenset((one.default,))
    values = {
        value: either((held, taken)) if value in default else held for value, held in answered.values.items()
    }
    return Fact(one, either((answered.given, applies)), values)


def passes(test: Test, value: Value) -> bool:
    """Whether a value passes a test that looks at values."""
    if test.op == "among":
        return value in test.values
    if test.op == "not_among":
        return value not in test.values
    if test.op == "within":
        assert test.interval is not None
        assert not isinstance(value, str | frozenset | tuple)
        return test.interval.holds(value)
    held = frozenset(value) if isinstance(value, tuple) else value
    assert isinstance(held, frozenset)
    return held.isdisjoint(test.values) is (test.op == "includes_none")


def passing(found: Fact, test: Test) -> Formula:
    """The fact is there and passes the test."""
    if found.one.kind != "any of":
        return either(held for value, held in found.values.items() if passes(test, value))
    some = either(held for value, held in found.values.items() if value in test.values)
    return both((found.given, some if test.op == "includes_any" else no(some)))


def failing(found: Fact, test: Test) -> Formula:
    """The fact is there and does not pass the test."""
    if found.one.kind != "any of":
        return either(held for value, held in found.values.items() if not passes(test, value))
    some = either(held for value, held in found.values.items() if value in test.values)
    return both((found.given, no(some) if test.op == "includes_any" else some))


def attribute_test(found: Fact, attribute: str, test: Test, *, passed: bool) -> Formula:
    """An option is given whose attribute passes the test (or, not ``passed``, does not)."""
    return either(
        found.values[option.id]
        for option in found.one.options
        if passes(test, option.attributes[attribute]) is passed
    )
