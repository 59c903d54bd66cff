"""One test of one subject: does what was said fit the subject's kind, and what does it come to?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from schemas.language import Shape, covers, verbs
from schemas.ruleset_fields import yes_or_no
from service.model.condition import Scalar, Subject, Test
from service.model.problem import quoted, shown
from service.reading.node import Node
from service.reading.number_tests import mend_of_number_test, number_test
from service.reading.parsed_test import IS, Word, parse_test
from service.reading.problem_collector import ProblemCollector
from service.reading.set_tests import mend_of_set_test, set_test
from service.reading.test_context import TestContext

_LEVELS_RANGE = re.compile(r"(\S+)\s+to\s+(\S+)\Z")
_LEVELS_DASH = re.compile(r"(\S+?)\s*[-\u2013\u2014]\s*(\S+)\Z")


def read_test(
    problems: ProblemCollector, subject: Subject, node: Node, *, alone: bool = False
) -> Test | None:
    """The test that stands at the node, or None with a problem noted.

    ``alone``: it is all that a rule's ``when`` says, so ``given`` is how an author writes "always".
    """
    parsed = parse_test(problems, node)
    if parsed is None:
        return None
    context = TestContext(problems, subject, parsed)
    if context.form.takes == "nothing":
        return _BARE[parsed.verb](context, alone)
    reader, mend = _BY_SHAPE[subject.domain.shape]
    if subject.domain.shape not in context.form.shapes:
        context.refuse(mend(context))
        return None
    return reader(context)


def _given(context: TestContext, alone: bool) -> Test:
    if context.subject.given_always and not alone:
        context.always()
    return context.test("given")


def _unknown(context: TestContext, _alone: bool) -> Test:
    if context.subject.given_always:
        context.never()
    return context.test("unknown")


_BARE: dict[str, Callable[[TestContext, bool], Test]] = {"given": _given, "unknown": _unknown}
covers(_BARE, verbs("nothing"), "tests that name no value")
covers(("to",), verbs("ends"), "tests from one value to another")


def _mend_of_choice(context: TestContext) -> str:
    value = context.listed if context.parsed.is_list else context.parsed.words[0].text
    value = f"not {value}" if context.parsed.verb == "includes none of" else value
    return f'It has one value: write "{context.subject.key}: {shown(value)}".'


def _choice(context: TestContext) -> Test | None:
    parsed, domain = context.parsed, context.subject.domain
    first = parsed.words[0]
    if not context.form.fits(domain.shape, ordered=domain.ordered):
        context.refuse("Its options have no order: name those that count, as a list.")
        return None
    if context.form.takes == "one value" and parsed.is_list:
        context.refuse(f'After "{parsed.verb}" comes one level.')
        return None
    ends = _ends(context, first)
    if ends is not None:
        return _levels_range(context, *ends)
    names = [_option(context, word, alone=parsed.verb == IS) for word in parsed.words]
    if any(name is None for name in names):
        return None
    known = [name for name in names if name is not None]
    return _among(context, frozenset(_PASSING[parsed.verb](domain.values, known)))


_PASSING: dict[str, Callable[[Sequence[Scalar], Sequence[Scalar]], Iterable[Scalar]]] = {
    IS: lambda _values, named: named,
    "not": lambda values, named: [value for value in values if value not in named],
    "at least": lambda values, named: values[values.index(named[0]) :],
    "above": lambda values, named: values[values.index(named[0]) + 1 :],
    "at most": lambda values, named: values[: values.index(named[0]) + 1],
    "below": lambda values, named: values[: values.index(named[0])],
}
"""Which of all values, in their order, pass a test that names some of them."""
covers(_PASSING, verbs("one value", "values", shape="choice"), "tests of options and levels")


def _ends(context: TestContext, word: Word) -> tuple[Word, Word] | None:
    """The two ends of a range of levels, where one is written."""
    if context.parsed.is_list or context.form.takes != "values":
        return None
    found = _LEVELS_RANGE.match(word.text)
    return found and (word.part(found.group(1), 0), word.part(found.group(2), found.start(2)))


def _levels_range(context: TestContext, first: Word, last: Word) -> Test | None:
    if not context.subject.domain.ordered:
        context.refuse("Its options have no order: name those that count, as a list.")
        return None
    if context.parsed.verb != IS:
        context.refuse(f"Write not: {{{context.subject.key}: {shown(first.text)} to {shown(last.text)}}}.")
        return None
    values = context.subject.domain.values
    low, high = _option(context, first, alone=False), _option(context, last, alone=False)
    if low is None or high is None:
        return None
    if values.index(low) > values.index(high):
        message = f"A range goes up: write {last.text} to {first.text}."
        context.error(context.parsed.place, "impossible-range", message)
        return None
    return _among(context, frozenset(values[values.index(low) : values.index(high) + 1]))


def _option(context: TestContext, word: Word, *, alone: bool) -> Scalar | None:
    """The option that the word names; ``alone``: for itself, not as an end of a range."""
    subject, domain = context.subject, context.subject.domain
    names = [str(value) for value in domain.values]
    if word.text not in names:
        what = {"attribute": "a value", "conclusion": "a level"}.get(subject.kind, "an option")
        what = "a level" if domain.ordered else what
        mend = (
            _dashed(context, word, names)
            or context.problems.near_option(subject.key, word.text, names)
            or f" Write {quoted(names)}."
        )
        message = f'"{shown(word.text)}" is not {what} of {subject.key}.{mend}'
        context.error(word.place, "unknown-level" if domain.ordered else "unknown-option", message)
        return None
    return word.text if not alone or _concluded(context, word) else None


def _dashed(context: TestContext, word: Word, names: list[str]) -> str:
    """The mend of ``I-III``: a dash makes ranges of numbers only."""
    found = _LEVELS_DASH.match(word.text) if context.subject.domain.ordered else None
    if found and found.group(1) in names and found.group(2) in names:
        return f' Write "{found.group(1)} to {found.group(2)}".'
    return ""


def _concluded(context: TestContext, word: Word) -> bool:
    """Whether some rule concludes the level."""
    possible = context.subject.domain.possible
    if possible is None or word.text in possible:
        return True
    names = quoted(str(value) for value in context.subject.domain.values if value in possible)
    message = f'No rule concludes "{shown(word.text)}" for {context.subject.key}. Test {names}.'
    context.error(word.place, "never-concluded", message)
    return False


def _among(context: TestContext, allowed: frozenset[Scalar]) -> Test | None:
    domain = context.subject.domain
    if domain.possible is not None and not allowed & domain.possible:
        message = (
            f"No rule concludes a level of {context.subject.key} for which this holds. Mend or remove it."
        )
        context.error(context.parsed.place, "never-concluded", message)
        return None
    if not allowed:
        context.never()
    elif len(allowed) == len(domain.values):
        context.always()
    return context.test("among", values=allowed)


def _mend_of_yes_no(_asked: TestContext) -> str:
    return "It is answered by yes or no: write yes, no, given or unknown."


def _yes_no(context: TestContext) -> Test | None:
    named: list[Scalar] = []
    for word in context.parsed.words:
        answer = yes_or_no(word.text)
        if answer is None:
            message = f'"{shown(word.text)}" is not an answer to {context.subject.key}. Write yes or no.'
            context.error(word.place, "unknown-option", message)
            return None
        named.append(answer)
    answers = frozenset(_PASSING[context.parsed.verb]((False, True), named))
    if not answers:
        context.never()
    elif len(answers) == 2:
        context.always()
    return context.test("among", values=answers)


covers((IS, "not"), verbs("one value", "values", shape="yes_no"), "tests of yes or no")

_BY_SHAPE: dict[Shape, tuple[Callable[[TestContext], Test | None], Callable[[TestContext], str]]] = {
    "choice": (_choice, _mend_of_choice),
    "yes_no": (_yes_no, _mend_of_yes_no),
    "number": (number_test, mend_of_number_test),
    "set": (set_test, mend_of_set_test),
}
"""For each shape what reads a test of it, and how to mend one that can't be said of it."""
covers(_BY_SHAPE, get_args(Shape), "readers of tests")
