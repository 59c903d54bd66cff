"""One test of one subject: does what was said fit the subject's kind, and what does it come to?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from schemas.language import Shape, covers, verbs
from schemas.ruleset_fields import yes_or_no
from service.model.condition import Scalar, Subject, Test
from service.model.problem import quoted, shown
from service.reading.asked import Asked
from service.reading.findings import Findings
from service.reading.number_tests import mend_of_number_test, number_test
from service.reading.said import IS, Word, read_said
from service.reading.set_tests import mend_of_set_test, set_test
from service.reading.spot import Spot

_LEVELS_RANGE = re.compile(r"(\S+)\s+to\s+(\S+)\Z")
_LEVELS_DASH = re.compile(r"(\S+?)\s*[-\u2013\u2014]\s*(\S+)\Z")


def read_test(found: Findings, subject: Subject, spot: Spot, *, alone: bool = False) -> Test | None:
    """The test that stands at the spot, or None with a problem noted.

    ``alone``: it is all that a rule's ``when`` says, so ``given`` is how an author writes "always".
    """
    said = read_said(found, spot)
    if said is None:
        return None
    asked = Asked(found, subject, said)
    if asked.form.takes == "nothing":
        return _BARE[said.verb](asked, alone)
    reader, mend = _BY_SHAPE[subject.domain.shape]
    if subject.domain.shape not in asked.form.shapes:
        asked.refuse(mend(asked))
        return None
    return reader(asked)


def _given(asked: Asked, alone: bool) -> Test:
    if asked.subject.given_always and not alone:
        asked.always()
    return asked.test("given")


def _unknown(asked: Asked, _alone: bool) -> Test:
    if asked.subject.given_always:
        asked.never()
    return asked.test("unknown")


_BARE: dict[str, Callable[[Asked, bool], Test]] = {"given": _given, "unknown": _unknown}
covers(_BARE, verbs("nothing"), "tests that name no value")
covers(("to",), verbs("ends"), "tests from one value to another")


def _mend_of_choice(asked: Asked) -> str:
    value = asked.listed if asked.said.is_list else asked.said.words[0].text
    value = f"not {value}" if asked.said.verb == "includes none of" else value
    return f'It has one value: write "{asked.subject.key}: {shown(value)}".'


def _choice(asked: Asked) -> Test | None:
    said, domain = asked.said, asked.subject.domain
    first = said.words[0]
    if not asked.form.fits(domain.shape, ordered=domain.ordered):
        asked.refuse("Its options have no order: name those that count, as a list.")
        return None
    if asked.form.takes == "one value" and said.is_list:
        asked.refuse(f'After "{said.verb}" comes one level.')
        return None
    ends = _ends(asked, first)
    if ends is not None:
        return _levels_range(asked, *ends)
    names = [_option(asked, word, alone=said.verb == IS) for word in said.words]
    if any(name is None for name in names):
        return None
    known = [name for name in names if name is not None]
    return _among(asked, frozenset(_PASSING[said.verb](domain.values, known)))


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


def _ends(asked: Asked, word: Word) -> tuple[Word, Word] | None:
    """The two ends of a range of levels, where one is written."""
    if asked.said.is_list or asked.form.takes != "values":
        return None
    found = _LEVELS_RANGE.match(word.text)
    return found and (word.part(found.group(1), 0), word.part(found.group(2), found.start(2)))


def _levels_range(asked: Asked, first: Word, last: Word) -> Test | None:
    if not asked.subject.domain.ordered:
        asked.refuse("Its options have no order: name those that count, as a list.")
        return None
    if asked.said.verb != IS:
        asked.refuse(f"Write not: {{{asked.subject.key}: {shown(first.text)} to {shown(last.text)}}}.")
        return None
    values = asked.subject.domain.values
    low, high = _option(asked, first, alone=False), _option(asked, last, alone=False)
    if low is None or high is None:
        return None
    if values.index(low) > values.index(high):
        message = f"A range goes up: write {last.text} to {first.text}."
        asked.error(asked.said.place, "impossible-range", message)
        return None
    return _among(asked, frozenset(values[values.index(low) : values.index(high) + 1]))


def _option(asked: Asked, word: Word, *, alone: bool) -> Scalar | None:
    """The option that the word names; ``alone``: for itself, not as an end of a range."""
    subject, domain = asked.subject, asked.subject.domain
    names = [str(value) for value in domain.values]
    if word.text not in names:
        what = {"attribute": "a value", "conclusion": "a level"}.get(subject.kind, "an option")
        what = "a level" if domain.ordered else what
        mend = (
            _dashed(asked, word, names)
            or asked.found.near_option(subject.key, word.text, names)
            or f" Write {quoted(names)}."
        )
        message = f'"{shown(word.text)}" is not {what} of {subject.key}.{mend}'
        asked.error(word.place, "unknown-level" if domain.ordered else "unknown-option", message)
        return None
    return word.text if not alone or _concluded(asked, word) else None


def _dashed(asked: Asked, word: Word, names: list[str]) -> str:
    """The mend of ``I-III``: a dash makes ranges of numbers only."""
    found = _LEVELS_DASH.match(word.text) if asked.subject.domain.ordered else None
    if found and found.group(1) in names and found.group(2) in names:
        return f' Write "{found.group(1)} to {found.group(2)}".'
    return ""


def _concluded(asked: Asked, word: Word) -> bool:
    """Whether some rule concludes the level."""
    possible = asked.subject.domain.possible
    if possible is None or word.text in possible:
        return True
    names = quoted(str(value) for value in asked.subject.domain.values if value in possible)
    message = f'No rule concludes "{shown(word.text)}" for {asked.subject.key}. Test {names}.'
    asked.error(word.place, "never-concluded", message)
    return False


def _among(asked: Asked, allowed: frozenset[Scalar]) -> Test | None:
    domain = asked.subject.domain
    if domain.possible is not None and not allowed & domain.possible:
        message = f"No rule concludes a level of {asked.subject.key} for which this holds. Mend or remove it."
        asked.error(asked.said.place, "never-concluded", message)
        return None
    if not allowed:
        asked.never()
    elif len(allowed) == len(domain.values):
        asked.always()
    return asked.test("among", values=allowed)


def _mend_of_yes_no(_asked: Asked) -> str:
    return "It is answered by yes or no: write yes, no, given or unknown."


def _yes_no(asked: Asked) -> Test | None:
    named: list[Scalar] = []
    for word in asked.said.words:
        answer = yes_or_no(word.text)
        if answer is None:
            message = f'"{shown(word.text)}" is not an answer to {asked.subject.key}. Write yes or no.'
            asked.error(word.place, "unknown-option", message)
            return None
        named.append(answer)
    answers = frozenset(_PASSING[asked.said.verb]((False, True), named))
    if not answers:
        asked.never()
    elif len(answers) == 2:
        asked.always()
    return asked.test("among", values=answers)


covers((IS, "not"), verbs("one value", "values", shape="yes_no"), "tests of yes or no")

_BY_SHAPE: dict[Shape, tuple[Callable[[Asked], Test | None], Callable[[Asked], str]]] = {
    "choice": (_choice, _mend_of_choice),
    "yes_no": (_yes_no, _mend_of_yes_no),
    "number": (number_test, mend_of_number_test),
    "set": (set_test, mend_of_set_test),
}
"""For each shape what reads a test of it, and how to mend one that can't be said of it."""
covers(_BY_SHAPE, get_args(Shape), "readers of tests")
