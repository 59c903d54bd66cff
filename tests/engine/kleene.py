"""Kleene's logic as plainly as it can be written: what a condition comes to on some facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.model.condition import AllOf, Condition, Not, Test, Value


def truth(condition: Condition, facts: Mapping[str, Value]) -> bool | None:
    """True, False, or None for unknown."""
    if isinstance(condition, Test):
        return _tested(condition, facts)
    if isinstance(condition, Not):
        inside = truth(condition.part, facts)
        return None if inside is None else not inside
    parts = [truth(part, facts) for part in condition.parts]
    decisive = not isinstance(condition, AllOf)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _tested(test: Test, facts: Mapping[str, Value]) -> bool | None:
    value: Any = facts.get(test.subject)
    if test.op in ("given", "unknown"):
        return (value is not None) == (test.op == "given")
    if value is None:
        return None
    if test.op == "within":
        assert test.interval is not None
        return test.interval.holds(value)
    if test.op in ("includes_any", "includes_none"):
        return bool(set(test.values) & set(value)) == (test.op == "includes_any")
    return any(value == one for one in test.values) == (test.op == "among")
