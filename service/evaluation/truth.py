"""The independent evaluator: the truth of every condition, in Kleene's three-valued logic.

It shares nothing with the engine's path but the conditions themselves: no codes, no alternatives, no
chunks. It explains decisions, and on every evaluation what it says fired must be what the engine fired.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import cast

from service.model.condition import AllOf, Condition, Interval, Not, Test, Value
from service.model.number import Number

Facts = Mapping[str, Value]
Truth = Callable[[Facts], bool | None]
"""True, False, or None for unknown."""


def truth_of(condition: Condition) -> Truth:
    """The condition as a function of the facts; a subject without a fact is unknown."""
    if isinstance(condition, Test):
        return _test(condition)
    if isinstance(condition, Not):
        return _negated(truth_of(condition.part))
    parts = tuple(truth_of(part) for part in condition.parts)
    if len(parts) == 1:
        return parts[0]
    return _all_of(parts) if isinstance(condition, AllOf) else _any_of(parts)


def _all_of(parts: tuple[Truth, ...]) -> Truth:
    def truth(facts: Facts) -> bool | None:
        whole: bool | None = True
        for part in parts:
            value = part(facts)
            if value is False:
                return False
            if value is None:
                whole = None
        return whole

    return truth


def _any_of(parts: tuple[Truth, ...]) -> Truth:
    def truth(facts: Facts) -> bool | None:
        whole: bool | None = False
        for part in parts:
            value = part(facts)
            if value is True:
                return True
            if value is None:
                whole = None
        return whole

    return truth


def _negated(part: Truth) -> Truth:
    def truth(facts: Facts) -> bool | None:
        value = part(facts)
        return None if value is None else not value

    return truth


def _test(test: Test) -> Truth:
    key = test.subject
    if test.op == "given":
        return lambda facts: key in facts
    if test.op == "unknown":
        return lambda facts: key not in facts
    if test.op == "within":
        assert test.interval is not None
        return _within(key, test.interval)
    return _members(key, test)


def _members(key: str, test: Test) -> Truth:
    values: Collection[object] = test.values
    if test.op == "among":
        if len(values) == 1:
            only = next(iter(values))
            return lambda facts: None if (value := facts.get(key)) is None else value == only
        return lambda facts: None if (value := facts.get(key)) is None else value in values
    if test.op == "not_among":
        return lambda facts: None if (value := facts.get(key)) is None else value not in values
    wanted = test.op == "any_of"

    def truth(facts: Facts) -> bool | None:
        held = facts.get(key)
        if held is None:
            return None
        return any(member in values for member in cast(Collection[object], held)) is wanted

    return truth


def _within(key: str, interval: Interval) -> Truth:
    holds = interval.holds

    def truth(facts: Facts) -> bool | None:
        value = facts.get(key)
        return None if value is None else holds(cast(Number, value))

    return truth


Matched = Callable[[Facts, dict[str, Value | None]], None]


def matched_of(condition: Condition) -> Matched:
    """A function that notes the value of everything in the condition whose test holds.

    Nothing inside ``not`` is noted; what was tested to be unknown is noted as None.
    """
    if isinstance(condition, Test):
        return _noted(condition)
    if isinstance(condition, Not):
        return lambda _facts, _noted: None
    parts = tuple(matched_of(part) for part in condition.parts)

    def matched(facts: Facts, noted: dict[str, Value | None]) -> None:
        for part in parts:
            part(facts, noted)

    return matched


def _noted(test: Test) -> Matched:
    key, truth = test.subject, _test(test)

    def matched(facts: Facts, noted: dict[str, Value | None]) -> None:
        if truth(facts):
            noted[key] = facts.get(key)

    return matched
