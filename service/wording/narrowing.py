"""What a condition comes to once one question is answered: it holds, it can't, or the rest of it must."""

from __future__ import annotations

from service.model.condition import AllOf, AnyOf, Condition, Not, Test, tests_of
from service.model.ruleset import Option
from service.wording.labels import fits


def narrowed(condition: Condition, question: str, option: Option) -> Condition | bool:
    """What must hold besides for the condition to be true of who gave this answer to the question.

    False: it is true of none of them, be it false or unknown. What compares with an attribute of the answer
    is left as it is.
    """
    return _narrowed(condition, question, option, negated=False)


def looks_at(condition: Condition, question: str) -> bool:
    """Whether it tests the question, or an attribute of what was answered to it."""
    return any(key.partition(".")[0] == question for test in tests_of(condition) for key in test.subjects)


def _narrowed(condition: Condition, question: str, option: Option, *, negated: bool) -> Condition | bool:
    match condition:
        case Not():
            return _narrowed(condition.part, question, option, negated=not negated)
        case AllOf() | AnyOf():
            parts = [_narrowed(part, question, option, negated=negated) for part in condition.parts]
            return _together(parts, every=isinstance(condition, AllOf) != negated)
        case Test() if condition.target is None and condition.subject.partition(".")[0] == question:
            return _is_true(condition, option, negated=negated)
        case _:
            return Not(condition) if negated else condition


def _together(parts: list[Condition | bool], *, every: bool) -> Condition | bool:
    """All of the parts, or any of them."""
    if (not every) in parts:
        return not every
    left = tuple(part for part in parts if not isinstance(part, bool))
    if len(left) < 2:
        return left[0] if left else every
    return AllOf(left) if every else AnyOf(left)


def _is_true(test: Test, option: Option, *, negated: bool) -> bool:
    attribute = test.subject.partition(".")[2]
    lacks = bool(attribute) and attribute not in option.attributes
    if lacks and test.op not in ("given", "unknown"):
        return False
    return (test.op == "unknown" if lacks else fits(option, test)) != negated
