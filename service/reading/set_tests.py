"""Tests of sets: inputs of "any of", and attributes that are lists."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from schemas.language import Operation, covers, verbs
from schemas.ruleset_fields import yes_or_no
from service.model.condition import Scalar, Test
from service.model.number import parse_number, written
from service.model.problem import quoted, shown
from service.reading.parsed_test import IS, Word
from service.reading.test_context import TestContext

_INCOMPLETE = ("odd-attribute", "missing-attribute", "mixed-attribute")
"""Problems for which it is not known what the options have."""

_EMPTY = ("none", "empty", "nothing", "no")


def set_test(context: TestContext) -> Test | None:
    """The test of a set that was meant, or None with a problem noted."""
    parsed = context.parsed
    if context.form.several and parsed.is_list:
        context.refuse(f'For several write "{context.form.several} {shown(context.listed)}".')
        return None
    members = [_member(context, word) for word in parsed.words]
    if any(member is None for member in members):
        return None
    named = frozenset(member for member in members if member is not None)
    operation = _MEANT[parsed.verb]
    if not _held_by_none(context, parsed.words) and not named & frozenset(context.subject.domain.values):
        (context.always if operation == "includes_none" else context.never)()
    return context.test(operation, values=named)


_MEANT: dict[str, Operation] = {
    "includes": "includes_any",
    "includes any of": "includes_any",
    "includes none of": "includes_none",
}
covers(_MEANT, verbs("one value", "values", shape="set"), "tests of sets")


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _held_by_none(context: TestContext, words: Sequence[Word]) -> bool:
    """Whether some of the numbers are in no option at all; each is warned of where it stands."""
    values = context.subject.domain.values
    if context.subject.kind != "attribute" or not values or not all(map(_is_number, values)):
        return False
    strange = [word for word in words if parse_number(word.text) not in values]
    if strange and any(problem.code in _INCOMPLETE for problem in context.problems.noted):
        return True
    names = [_text(value) for value in values]
    for word in strange:
        mend = context.problems.near(word.text, names) or f" Options have {quoted(names)}."
        message = f"No option has {shown(word.text)}.{mend}".replace('"', "")
        if _MEANT[context.parsed.verb] == "includes_none" and len(strange) == len(words):
            context.problems.warning(word.place, "test-always-holds", message)
        else:
            context.problems.warning(word.place, "test-never-holds", message)
    return bool(strange)


def mend_of_set_test(context: TestContext) -> str:
    """What to say of a set instead."""
    return f"It can hold several values: {_instead(context)}"


def _instead(context: TestContext) -> str:
    parsed = context.parsed
    first = parsed.words[0].text
    names = [_text(value) for value in context.subject.domain.values]
    if context.form.ordered or " to " in first:
        return f'write "includes {shown(names[0]) if names else "..."}", or includes any of, or none of.'
    if parsed.verb == IS and not parsed.is_list and first in _EMPTY and first not in names:
        return f'for an empty one write "includes none of [{shown(", ".join(names))}]".'
    if parsed.verb == "not":
        return f'write "includes none of {shown(context.listed)}".'
    return f'write "includes {f"any of {shown(context.listed)}" if parsed.is_list else shown(first)}".'


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else written(value)


def _member(context: TestContext, word: Word) -> Scalar | None:
    values = context.subject.domain.values
    if values and all(isinstance(value, bool) for value in values):
        answer = yes_or_no(word.text)
        if answer is None:
            context.error(word.place, "unknown-option", f'"{shown(word.text)}" must be yes or no here.')
        return answer
    if values and not any(isinstance(value, str) for value in values):
        number = parse_number(word.text)
        if number is None:
            message = f'"{shown(word.text)}" is not a number, as those of {context.subject.key} are.'
            context.error(word.place, "not-a-number", message)
        return number
    if word.text not in values:
        names = [str(value) for value in values]
        mend = (
            context.problems.near_option(context.subject.key, word.text, names) or f" Write {quoted(names)}."
        )
        what = "a value" if context.subject.kind == "attribute" else "an option"
        message = f'"{shown(word.text)}" is not {what} of {context.subject.key}.{mend}'
        context.error(word.place, "unknown-option", message)
        return None
    return word.text
