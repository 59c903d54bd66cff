"""What conditions can look at, and one test of it in any of its spellings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.language import TEST_FORMS
from tests.generated.choosing import Choices, tidy

_RANGE = re.compile(r"\S+ to \S+\Z|-?[\d.]+[-\u2013][\d.]+\Z")


@dataclass(frozen=True)
class Subject:
    """An input, an attribute, a conclusion or a score.

    `shape` is name, level, set, flag or number. `values` holds the options, the levels in their order, the
    members of a set, or the numbers to test; a number without values has bounds instead. `passable` holds the
    levels that can be reached, where they are not all.
    """

    name: str
    shape: str
    values: tuple[Any, ...] = ()
    low: int = 0
    high: int = 0
    whole: bool = True
    passable: tuple[Any, ...] = ()

    @property
    def is_attribute(self) -> bool:
        """Whether it is an attribute of an option."""
        return "." in self.name and not self.name.startswith(("conclusions.", "scores."))

    @property
    def reachable(self) -> tuple[Any, ...]:
        """The levels or options that a test may name."""
        return self.passable or self.values


MONTH = Subject("as of.month", "number", low=1, high=12)


def text_of(value: Any) -> str:
    """A value as an author types it inside a test."""
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _spelled(choices: Choices, word: str, operand: Any) -> Any:
    """`at least 3` or `{at least: 3}`."""
    return {word: operand} if choices.chance(30) else f"{word} {text_of(operand)}"


def number_in(choices: Choices, subject: Subject) -> Any:
    """A number that this subject can take."""
    if subject.values:
        return choices.pick(subject.values)
    if subject.whole or choices.chance(60):
        return choices.whole(subject.low, subject.high)
    return choices.decimal(subject.low, subject.high, places=1)


def test_of(choices: Choices, subject: Subject, targets: Sequence[str]) -> Any:
    """A test that this subject can take; of those beside one of the attributes not every one can hold."""
    if choices.chance(9):
        return choices.pick(("given", "unknown"))
    if targets and subject.shape == "number" and choices.chance(20):
        word = choices.pick(("is", "not", "at least", "at most", "above", "below"))
        target = choices.pick(targets)
        return target if word == "is" else _spelled(choices, word, target)
    return value_test_of(choices, subject)


def value_test_of(choices: Choices, subject: Subject) -> Any:
    """A test beside values, and so never one that holds where nothing is known."""
    return _MAKERS[subject.shape](choices, subject)


test_of.__test__ = False  # type: ignore[attr-defined]  # its name only looks like a test's


def verb_of(test: Any) -> str:
    """The verb of a test in any of its spellings, as the language's table names it."""
    if isinstance(test, dict):
        return str(next(iter(test)))
    if not isinstance(test, str):
        return "is"
    if test in TEST_FORMS:
        return test
    verbs = [verb for verb in TEST_FORMS if test.startswith(f"{verb} ")]
    if verbs:
        return max(verbs, key=len)
    return "to" if _RANGE.match(test) else "is"


def _values_test(choices: Choices, values: list[Any]) -> Any:
    """A value, a list of values, or `not` of either."""
    form = choices.whole(0, 3)
    if form == 0 or len(values) < 2:
        return choices.pick(values)
    if form == 1:
        return choices.some(values, 1, 3)
    if form == 2:
        return _spelled(choices, "not", choices.pick(values))
    return _spelled(choices, "not", choices.some(values, 1, min(3, len(values) - 1)))


def _name_test(choices: Choices, subject: Subject) -> Any:
    return _values_test(choices, list(subject.values))


def _flag_test(choices: Choices, subject: Subject) -> Any:
    value = not choices.chance(40)
    form = choices.whole(0, 5)
    if form == 4:
        return [value]
    return _spelled(choices, "not", not value) if form == 5 else value


def _set_test(choices: Choices, subject: Subject) -> Any:
    word = choices.pick(("includes", "includes any of", "includes none of"))
    if word == "includes":
        return _spelled(choices, word, choices.pick(subject.values))
    return _spelled(choices, word, choices.some(subject.values, 1, 3))


def _level_test(choices: Choices, subject: Subject) -> Any:
    """Always one that a reachable level passes, for the others are mistakes."""
    order = list(subject.values)
    places = sorted(order.index(level) for level in subject.reachable)
    lowest, highest = places[0], places[-1]
    form = choices.pick(("values", "at least", "at most", "above", "below", "range"))
    if form == "at least":
        return _spelled(choices, form, choices.pick(order[: highest + 1]))
    if form == "at most":
        return _spelled(choices, form, choices.pick(order[lowest:]))
    if form == "above" and highest > 0:
        return _spelled(choices, form, choices.pick(order[:highest]))
    if form == "below" and lowest < len(order) - 1:
        return _spelled(choices, form, choices.pick(order[lowest + 1 :]))
    if form == "range":
        inside = choices.pick(places)
        return f"{choices.pick(order[: inside + 1])} to {choices.pick(order[inside:])}"
    return _values_test(choices, list(subject.reachable))


def number_test(choices: Choices, subject: Subject) -> Any:
    """A number, several, a range, or more or less than a number."""
    form = choices.pick(("at least", "at most", "above", "below", "range", "values"))
    first = number_in(choices, subject)
    if form == "values":
        others = [first, number_in(choices, subject), number_in(choices, subject)]
        return _values_test(choices, sorted(set(others)))
    if form != "range":
        return _spelled(choices, form, first)
    low, high = sorted([first, number_in(choices, subject)])
    dash = choices.pick((" to ", "-", "\u2013")) if low >= 0 else " to "
    return f"{text_of(tidy(Decimal(low)))}{dash}{text_of(tidy(Decimal(high)))}"


_MAKERS = {
    "name": _name_test,
    "flag": _flag_test,
    "set": _set_test,
    "level": _level_test,
    "number": number_test,
}
