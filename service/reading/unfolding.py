"""How large a condition becomes when it is unfolded into its alternatives."""

from __future__ import annotations

from service.model.condition import AllOf, AnyOf, Condition, Not
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

MOST_ALTERNATIVES = 1_000
MOST_TESTS_TOGETHER = 200
_VERY_MANY = 10**6


def is_small_enough(problems: ProblemCollector, node: Node, condition: Condition) -> bool:
    """Whether the condition at the node keeps the bounds; a problem is noted where it does not."""
    alternatives, together = size(condition)
    if alternatives > MOST_ALTERNATIVES:
        message = (
            f"This unfolds into more than {MOST_ALTERNATIVES:,} alternatives. Split it into several rules."
        )
    elif together > MOST_TESTS_TOGETHER:
        message = f"More than {MOST_TESTS_TOGETHER} tests must hold together. Split it with a conclusion."
    else:
        return True
    problems.error(node.key(), "rule-too-large", message)
    return False


def size(condition: Condition, *, negated: bool = False) -> tuple[int, int]:
    """How many alternatives the condition unfolds into, and how many tests the longest has (bounded)."""
    if isinstance(condition, Not):
        return size(condition.part, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        sizes = [size(part, negated=negated) for part in condition.parts]
        if isinstance(condition, AnyOf) != negated:
            return min(sum(n for n, _ in sizes), _VERY_MANY), max(tests for _, tests in sizes)
        product = 1
        for n, _ in sizes:
            product = min(product * n, _VERY_MANY)
        return product, min(sum(tests for _, tests in sizes), _VERY_MANY)
    return 1, 1
