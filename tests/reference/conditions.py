"""`when` and `only if`: mappings of tests under Kleene's three-valued logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.reference.plain import RefusedError, Value
from tests.reference.wording import Kind, Truth, holds, is_attribute, operands, word_and_operand

Look = Callable[[str], tuple[Kind, Value | None]]
"""From a subject (`severity`, `goal.times`, `conclusions.risk`, `scores.kd`) to its kind and value."""


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene's and: false beats unknown, unknown beats true."""
    all_of_them = list(truths)
    if False in all_of_them:
        return False
    return None if None in all_of_them else True


def some(truths: Iterable[Truth]) -> Truth:
    """Kleene's or: true beats unknown, unknown beats false."""
    all_of_them = list(truths)
    if True in all_of_them:
        return True
    return None if None in all_of_them else False


def negated(truth: Truth) -> Truth:
    """Kleene's not: unknown stays unknown."""
    return None if truth is None else not truth


def evaluate(condition: dict[str, Any], look: Look, held: dict[str, Value | None] | None = None) -> Truth:
    """The truth of a condition.

    `held` collects the value of each subject whose own test held, wherever it stands in the condition, but
    for what stands inside `not:`. A test that held in a branch of `any` that as a whole did not hold is
    collected too.
    """
    if not condition:
        raise RefusedError("an empty condition")
    return every([_entry(key, test, look, held) for key, test in condition.items()])


def _entry(key: str, test: Any, look: Look, held: dict[str, Value | None] | None) -> Truth:
    if key in ("any", "all"):
        if not test:
            raise RefusedError(f"an empty {key}")
        parts = [evaluate(part, look, held) for part in test]
        return some(parts) if key == "any" else every(parts)
    if key == "not":
        return negated(evaluate(test, look))
    kind, value = look(key)
    seen = {key: value}
    truth = _beside(test, kind, value, look, seen)
    if truth and held is not None:
        held.update(seen)
    return truth


def _beside(test: Any, kind: Kind, value: Value | None, look: Look, seen: dict[str, Value | None]) -> Truth:
    """A test whose operand may be an attribute, which is unknown where the attribute is."""
    word, operand = word_and_operand(kind, test)
    if kind.shape != "number" or not is_attribute(operand):
        return holds(kind, value, test)
    seen[operand] = look(operand)[1]
    return None if seen[operand] is None else holds(kind, value, {word: seen[operand]})


def subjects(condition: dict[str, Any]) -> set[str]:
    """Everything that a condition looks at."""
    found: set[str] = set()
    for key, test in condition.items():
        if key in ("any", "all"):
            found |= {subject for part in test for subject in subjects(part)}
        elif key == "not":
            found |= subjects(test)
        else:
            found.add(key)
            found |= {one for one in operands(test) if is_attribute(one)}
    return found
