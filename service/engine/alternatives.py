"""A condition as the list of its alternatives: each a list of literals that must all be true.

Kleene's logic survives the unfolding because negation is pushed down to the tests, and a negated test is
again a test that only a given value can pass: a rule fires on true alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.model.condition import AllOf, AnyOf, Condition, Not, Test


@dataclass(frozen=True, slots=True)
class Literal:
    """A test that must be true, or (``negated``) false; never unknown."""

    test: Test
    negated: bool


def alternatives(condition: Condition, *, negated: bool = False) -> list[tuple[Literal, ...]]:
    """Every alternative under which the condition is true (``negated``: false)."""
    if isinstance(condition, Test):
        return [(Literal(condition, negated),)]
    if isinstance(condition, Not):
        return alternatives(condition.part, negated=not negated)
    parts = [alternatives(part, negated=negated) for part in condition.parts]
    if isinstance(condition, AnyOf) != negated:
        return [alternative for part in parts for alternative in part]
    assert isinstance(condition, AllOf | AnyOf)
    whole: list[tuple[Literal, ...]] = [()]
    for part in parts:
        whole = [head + tuple(lit for lit in tail if lit not in head) for head in whole for tail in part]
    return whole
