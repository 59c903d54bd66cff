"""One test of one value: what the words mean.

A test is a word and an operand. Text (`at least moderate`), a worded key (`{at least: moderate}`), a bare
value and a list all come down to that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.reference.plain import RefusedError, Value, flag, name, number, span

Truth = bool | None
"""True, False, or None for unknown."""

_WORDS = ("includes any of", "includes none of", "includes", "at least", "at most", "above", "below", "not")


@dataclass(frozen=True)
class Kind:
    """What a value can be.

    `shape` is name, level, set, flag or number; `of` is the shape of a set's members; `order` holds a level's
    steps from lowest to highest; `options` the names that a name, a level or a set may hold, where they are
    known.
    """

    shape: str
    of: str = ""
    order: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def read(shape: str, raw: Any) -> Value:
    """A scalar read as the place where it stands needs it."""
    if shape == "number":
        return number(raw)
    return flag(raw) if shape == "flag" else name(raw)


def _operand(text: str) -> Any:
    """`a` stays a text, `[a, b]` becomes a list of texts."""
    text = text.strip()
    if not text.startswith("["):
        return text
    return [part.strip() for part in text.strip("[]").split(",")]


def word_and_operand(kind: Kind, test: Any) -> tuple[str, Any]:
    """A test as its word and what the word is about.

    Bare values and lists have the word `is`, ranges `between`.
    """
    if isinstance(test, dict):
        ((word, operand),) = test.items()
        return word, operand
    if isinstance(test, list):
        return "is", test
    if isinstance(test, str):
        text = test.strip()
        if text in ("given", "unknown"):
            return text, None
        for word in _WORDS:
            if text.startswith(word + " "):
                return word, _operand(text[len(word) :])
        if kind.shape == "number" and span(text):
            return "between", span(text)
        if kind.shape == "level" and " to " in text:
            return "between", text.split(" to ")
    return "is", test


_ATTRIBUTE = re.compile(r"[a-z_][a-z0-9_-]*\.[a-z0-9_-]+\Z")


def is_attribute(operand: Any) -> bool:
    """Whether it names an attribute, as `goal.times`; a number does not."""
    return isinstance(operand, str) and _ATTRIBUTE.match(operand.strip()) is not None


def operands(test: Any) -> list[Any]:
    """All that stands in a test, word by word."""
    said = next(iter(test.values())) if isinstance(test, dict) else test
    return str(said).split()


def _rank(kind: Kind, raw: Any) -> Any:
    """Where a number or a level stands, so that two of them can be compared."""
    if kind.shape == "number":
        return number(raw)
    if kind.shape == "level":
        return kind.order.index(name(raw))
    raise RefusedError(f"a {kind.shape} has no order")


def _holds_for_set(kind: Kind, value: frozenset[Any], word: str, operand: Any) -> bool:
    wanted = {read(kind.of, one) for one in (operand if isinstance(operand, list) else [operand])}
    if word in ("includes", "includes any of"):
        return bool(wanted & value)
    if word == "includes none of":
        return not wanted & value
    raise RefusedError(f"{word!r} does not apply to a set")


def holds(kind: Kind, value: Value | None, test: Any) -> Truth:
    """Whether a test holds; unknown where the value is not known, but for `given` and `unknown`."""
    word, operand = word_and_operand(kind, test)
    if word in ("given", "unknown"):
        return (value is not None) == (word == "given")
    if value is None:
        return None
    if isinstance(value, frozenset):
        return _holds_for_set(kind, value, word, operand)
    if word in ("is", "not"):
        listed = operand if isinstance(operand, list) else [operand]
        return (value in [read(kind.shape, one) for one in listed]) == (word == "is")
    here = _rank(kind, value)
    if word == "between":
        return bool(_rank(kind, operand[0]) <= here <= _rank(kind, operand[1]))
    there = _rank(kind, operand)
    return bool(
        {"at least": here >= there, "at most": here <= there, "above": here > there, "below": here < there}[
            word
        ]
    )
