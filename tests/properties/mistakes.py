"""Values that an input must refuse."""

from __future__ import annotations

from typing import Any

from tests.generated import Choices
from tests.reference.questions import Question

_NEVER: tuple[Any, ...] = ({"a": 1}, {}, float("nan"), float("inf"))


def wrong_value(choices: Choices, question: Question) -> Any:
    """A value of another type, an option that there is not, or a number out of bounds."""
    return choices.pick(_WRONG[question.kind.shape](question))


def places_of(name: str, question: Question, value: Any) -> list[str]:
    """Pointers to what is wrong in a wrong value: each bad member of a set, or else the value itself."""
    at = f"/assessment/{name}"
    if question.kind.shape != "set" or not isinstance(value, list):
        return [at]
    known = [isinstance(item, str) and item in question.kind.options for item in value]
    return [f"{at}/{index}" for index, good in enumerate(known) if not good] or [at]


def _choice(question: Question) -> list[Any]:
    return [5, 1.5, True, ["x"], "no_such_option", "", question.kind.options[0] + " ", *_NEVER]


def _set(question: Question) -> list[Any]:
    first = question.kind.options[0]
    return [first, 5, True, "", ["no_such_option"], [first, 5], [first, first], [None], [[first]], *_NEVER]


def _flag(question: Question) -> list[Any]:
    return ["yes", "true", "", 1, 0, 1.0, [True], *_NEVER]


def _number(question: Question) -> list[Any]:
    assert question.bounds is not None
    low, high = (int(end) for end in question.bounds)
    fractions = [low + 0.7, low + 1e-7] if question.whole else []
    far = [low - 1, high + 1, high + 0.001, low - 1e-7, 10**40, -(10**40), 1e22, 2**63]
    return [str(low), "", True, False, [low], *far, *fractions, *_NEVER]


_WRONG = {"name": _choice, "level": _choice, "set": _set, "flag": _flag, "number": _number}
