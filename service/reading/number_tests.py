"""Tests of numbers."""

from __future__ import annotations

from collections.abc import Callable

from schemas.language import covers, verbs
from service.model.condition import Domain, Interval, Test
from service.model.number import Number, parse_number, written
from service.model.problem import shown
from service.reading.parsed_test import IS, Word
from service.reading.ranges import mend_of, split_range
from service.reading.test_context import TestContext


def number_test(context: TestContext) -> Test | None:
    """The test of a number that was meant, or None with a problem noted."""
    parsed = context.parsed
    first = parsed.words[0]
    ends = split_range(first.text) if not parsed.is_list else None
    if ends is not None:
        return _range(context, first, *ends)
    if context.form.takes == "one value" and parsed.is_list:
        context.refuse(f'After "{parsed.verb}" comes one number.')
        return None
    points = [_point(context, word) for word in parsed.words]
    if any(point is None for point in points):
        return None
    return _held(context, _MEANT[parsed.verb](context, [point for point in points if point is not None]))


def mend_of_number_test(_asked: TestContext) -> str:
    """What to say of a number instead."""
    return "It is a number: write 5, a list [4, 5], 4 to 6, at least, at most, above or below."


_MEANT: dict[str, Callable[[TestContext, list[Number]], Test]] = {
    IS: lambda context, numbers: context.test("among", values=frozenset(numbers)),
    "not": lambda context, numbers: context.test("not_among", values=frozenset(numbers)),
    "at least": lambda context, ends: context.test("within", interval=Interval(low=ends[0])),
    "above": lambda context, ends: context.test("within", interval=Interval(low=ends[0], low_open=True)),
    "at most": lambda context, ends: context.test("within", interval=Interval(high=ends[0])),
    "below": lambda context, ends: context.test("within", interval=Interval(high=ends[0], high_open=True)),
}
covers(_MEANT, verbs("one value", "values", shape="number"), "tests of numbers")


def _range(context: TestContext, word: Word, low_text: str, high_text: str) -> Test | None:
    parsed = context.parsed
    if parsed.verb == "not":
        context.refuse(f"Write not: {{{context.subject.key}: {low_text} to {high_text}}}.")
        return None
    if parsed.verb != IS:
        context.refuse(f'After "{parsed.verb}" comes one number. A range is a test of its own.')
        return None
    low = _point(context, word.part(low_text, 0))
    high = _point(context, word.part(high_text, len(word.text) - len(high_text)))
    if low is None or high is None:
        return None
    if low > high:
        message = f"A range goes up: write {high_text} to {low_text}."
        context.error(parsed.place, "impossible-range", message)
        return None
    return _held(context, context.test("within", interval=Interval(low, high)))


def _point(context: TestContext, word: Word) -> Number | None:
    domain = context.subject.domain
    number = parse_number(word.text)
    if number is None:
        _no_number(context, word)
        return None
    if domain.low is not None and domain.high is not None and not domain.low <= number <= domain.high:
        bounds = f"{written(domain.low)} to {written(domain.high)}"
        message = (
            f"{shown(word.text)} is outside the bounds of {context.subject.key}, {bounds}. Mend one of them."
        )
        context.error(word.place, "out-of-bounds", message)
        return None
    if domain.whole and not isinstance(number, int) and context.form.takes == "values":
        is_range = not context.parsed.is_list and split_range(context.parsed.words[0].text)
        if not is_range:
            message = (
                f"{context.subject.key} is a whole number and never {shown(word.text)}. Write a whole number."
            )
            context.error(word.place, "not-whole", message)
            return None
    return number


def _no_number(context: TestContext, word: Word) -> None:
    if split_range(word.text):
        message = f'A list holds values; "{shown(word.text)}" is a test. Write each test under "any:".'
        context.error(word.place, "wrong-test", message)
        return
    message = f'"{shown(word.text)}" is not a number, as {context.subject.key} is. {mend_of(word.text)}'
    context.error(word.place, "not-a-number", message)


def _held(context: TestContext, test: Test) -> Test:
    """The test, with a warning where all values pass it or none does."""
    passing = _passing(test, context.subject.domain)
    if passing == "none":
        context.never()
    elif passing == "all":
        context.always()
    return test


def _passing(test: Test, domain: Domain) -> str:
    """Whether ``all``, ``none`` or ``some`` of the domain's values pass; ``some`` where it is open."""
    if domain.values:
        numbers = [value for value in domain.values if not isinstance(value, str)]
        passed = [_passes(test, number) for number in numbers]
        return "all" if all(passed) else "some" if any(passed) else "none"
    if domain.low is None or domain.high is None:
        return "some"
    if test.interval is None:
        only = domain.low == domain.high
        return "some" if not only else "all" if _passes(test, domain.low) else "none"
    if test.interval.holds(domain.low) and test.interval.holds(domain.high):
        return "all"
    none_above = test.interval.low_open and test.interval.low == domain.high
    none_below = test.interval.high_open and test.interval.high == domain.low
    return "none" if none_above or none_below else "some"


def _passes(test: Test, number: Number) -> bool:
    if test.interval is not None:
        return test.interval.holds(number)
    return (number in test.values) == (test.op == "among")
