"""What a parsed test comes to, by the shape of what is tested: options, yes or no, numbers, sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import get_args

from schemas.language import Operation, Shape, covers, verbs
from schemas.ruleset_fields import yes_or_no
from service.model.condition import (
    MONTH,
    MONTHS,
    Condition,
    Domain,
    Interval,
    Scalar,
    Subject,
    Target,
    Test,
    passes,
    spelled_value,
)
from service.model.number import Number, parse_number, written
from service.model.problem import advice, quoted, shown
from service.reading.node import Node
from service.reading.numbers_in_text import number_in_text
from service.reading.parsed_test import (
    NamedValue,
    Others,
    TestContext,
    level_by_number,
    names_attribute,
    parse_test,
)
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of, split_range
from service.reading.several_tests import IS

_INCOMPLETE = ("odd-attribute", "mixed-attribute")
"""Problems for which it is not known what the options have."""

_EMPTY = ("none", "empty", "nothing", "no")


def set_test(context: TestContext) -> Condition | None:
    """The test of a set that was meant, or None with a problem noted."""
    parsed = context.parsed
    if context.form.several and parsed.is_list:
        better = f"{context.form.several} {context.listed}"
        context.refuse(advice(f'For several write "{shown(better, 60)}".', parsed.written, better))
        return None
    values = context.subject.domain.values
    if values and all(map(_is_number, values)) and _with_units(context):
        return None
    members = [_member(context, word) for word in parsed.words]
    if any(member is None for member in members):
        return None
    named = frozenset(member for member in members if member is not None)
    test = context.test(_SET_OPERATIONS[parsed.verb], values=named)
    if not _held_by_none(context, test) and not named & frozenset(context.subject.domain.values):
        (context.always if passes(test, frozenset()) else context.never)()
    return test


_SET_OPERATIONS: dict[str, Operation] = {
    "includes": "includes_any",
    "includes any of": "includes_any",
    "includes none of": "includes_none",
}
covers(_SET_OPERATIONS, verbs("one value", "values", shape="set"), "tests of sets")


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _with_units(context: TestContext) -> bool:
    """Whether several numbers are written otherwise than as numbers, such as with a unit: one problem."""
    words = context.parsed.words
    wrong = [word for word in words if parse_number(word.text) is None]
    said = [number_in_text(word.text) for word in words]
    meant = [
        one.text
        for one in said
        if one is not None and len(one.numbers) == 1 and one.goes_with(context.subject.key)
    ]
    if len(wrong) < 2 or len(meant) < len(words):
        return False
    names = quoted([shown(word.text) for word in wrong], last="and")
    message = f"{names} are not numbers. Write [{', '.join(meant)}]."
    context.error(wrong[0].place, "not-a-number", message)
    return True


def _held_by_none(context: TestContext, test: Test) -> bool:
    """Whether some of the numbers are in no option at all; each is warned of where it stands."""
    values = context.subject.domain.values
    if context.subject.kind != "attribute" or not values or not all(map(_is_number, values)):
        return False
    words = context.parsed.words
    strange = [word for word in words if parse_number(word.text) not in values]
    if strange and any(problem.code in _INCOMPLETE for problem in context.problems.noted):
        return True
    names = [spelled_value(value) for value in values]
    for word in strange:
        fitting = [spelled_value(value) for value in values if not _is_a_thousandth(value, word.text)]
        mend = context.problems.near(word.text, fitting) or f" Options have {quoted(names)}."
        message = f"No option has {shown(word.text)}.{mend}".replace('"', "")
        if len(strange) == len(words) and passes(test, frozenset()):
            context.problems.warning(word.place, "test-always-holds", message)
        else:
            context.problems.warning(word.place, "test-never-holds", message)
    return bool(strange)


def _is_a_thousandth(value: Scalar, of: str) -> bool:
    """Whether the option has it in a larger unit, and the test is right."""
    number = parse_number(of)
    return _is_number(value) and number is not None and Fraction(value) * 1000 == number


def mend_of_set_test(context: TestContext) -> str:
    """What to say of a set instead."""
    return "It can hold several values: " + _instead(context)


def _instead(context: TestContext) -> str:
    parsed = context.parsed
    first = parsed.words[0].text
    names = [spelled_value(value) for value in context.subject.domain.values]
    if context.form.ordered or " to " in first:
        return f'write "includes {shown(names[0]) if names else "..."}", or includes any of, or none of.'
    if parsed.verb == IS and not parsed.is_list and first in _EMPTY and first not in names:
        return f'for an empty one write "includes none of [{shown(", ".join(names))}]".'
    plain = [_without_unit(context, word.text) for word in parsed.words]
    listed = f"[{', '.join(plain)}]"
    if parsed.verb == "not":
        better = f"includes none of {listed}"
    else:
        better = f"includes any of {listed}" if parsed.is_list else f"includes {plain[0]}"
    return advice(f'write "{shown(better, 60)}".', parsed.written, better)


def _without_unit(context: TestContext, word: str) -> str:
    """The number alone, where numbers are tested and the key counts in what stands behind it."""
    said = number_in_text(word) if any(map(_is_number, context.subject.domain.values)) else None
    certain = said is not None and len(said.numbers) == 1 and said.goes_with(context.subject.key)
    return said.text if said is not None and certain else word


def _member(context: TestContext, word: NamedValue) -> Scalar | None:
    values = context.subject.domain.values
    if values and all(isinstance(value, bool) for value in values):
        answer = yes_or_no(word.text)
        if answer is None:
            context.error(word.place, "unknown-option", f'"{shown(word.text)}" must be yes or no here.')
        return answer
    if values and not any(isinstance(value, str) for value in values):
        number = parse_number(word.text)
        if number is None:
            mend = mend_of(word.text, key=context.subject.key)
            mend = "" if mend.startswith("Write it") else f" {mend}"
            message = f'"{shown(word.text)}" is not a number, as those of {context.subject.key} are.{mend}'
            context.error(word.place, "not-a-number", message)
        return number
    if word.text not in values:
        names = [str(value) for value in values]
        mend = (
            context.problems.near_option(context.subject.key, word.text, names) or f" Write {quoted(names)}."
        )
        what = "a value" if context.subject.kind == "attribute" else "an option"
        message = f'"{shown(word.text)}" is not {what} of {context.subject.key}.'
        context.problems.unknown_option(
            word.place, word.text, "unknown-option", context.subject.key, message, mend
        )
        return None
    return word.text


def number_test(context: TestContext) -> Test | None:
    """The test of a number that was meant, or None with a problem noted."""
    parsed = context.parsed
    first = parsed.words[0]
    if context.subject.key == MONTH and (better := _by_names(parsed.written)) != parsed.written:
        message = f'"{shown(parsed.written)}" is not a number, as the month is. Write {better}.'
        context.error(parsed.place, "not-a-number", message)
        return None
    if any(names_attribute(end) for word in parsed.words for end in word.text.split(" to ")):
        return _with_attribute(context, first)
    ends = split_range(first.text) if not parsed.is_list else None
    if ends is not None:
        return _range(context, first, *ends)
    if context.form.takes == "one value" and parsed.is_list:
        context.refuse(f'After "{parsed.verb}" comes one number.')
        return None
    if _with_units(context):
        return None
    points = [_point(context, word) for word in parsed.words]
    if any(point is None for point in points):
        return None
    return _held(
        context, _NUMBER_TESTS[parsed.verb](context, [point for point in points if point is not None])
    )


def mend_of_number_test(_asked: TestContext) -> str:
    """What to say of a number instead."""
    return "It is a number: write 5, a list [4, 5], 4 to 6, at least, at most, above or below."


_NUMBER_TESTS: dict[str, Callable[[TestContext, list[Number]], Test]] = {
    IS: lambda context, numbers: context.test("among", values=frozenset(numbers)),
    "not": lambda context, numbers: context.test("not_among", values=frozenset(numbers)),
    "at least": lambda context, ends: context.test("within", interval=Interval(low=ends[0])),
    "above": lambda context, ends: context.test("within", interval=Interval(low=ends[0], low_open=True)),
    "at most": lambda context, ends: context.test("within", interval=Interval(high=ends[0])),
    "below": lambda context, ends: context.test("within", interval=Interval(high=ends[0], high_open=True)),
}
covers(_NUMBER_TESTS, verbs("one value", "values", shape="number"), "tests of numbers")


def _with_attribute(context: TestContext, word: NamedValue) -> Test | None:
    """The test beside an attribute, which stands by itself: neither in a list nor at an end of a range."""
    parsed, key = context.parsed, context.subject.key
    if parsed.is_list:
        context.refuse('A list holds numbers. Test an attribute by itself, under "any:".')
        return None
    low, to, high = map(shown, word.text.partition(" to "))
    if to:
        both = f"all: [{{{key}: at least {low}}}, {{{key}: at most {high}}}]"
        context.refuse(f"Write {f'not: {{{both}}}' if parsed.verb == 'not' else both}.")
        return None
    return _beside(context, word)


def _beside(context: TestContext, word: NamedValue) -> Test | None:
    """The test that compares with an attribute."""
    target, verb = context.others.known.get(word.text), context.parsed.verb
    if target is None or target.kind != "attribute" or target.domain.shape != "number":
        _no_target(context, word, target)
        return None
    numbers = sorted(value for value in target.domain.values if not isinstance(value, str))
    cases = tuple((number, _NUMBER_TESTS[verb](context, [number])) for number in numbers)
    passing = {_passing(case, context.subject.domain) for _, case in cases}
    if passing == {"none"}:
        context.never()
    elif passing == {"all"}:
        context.always()
    return context.test("compared", target=Target(target.key, verb, cases))


def _no_target(context: TestContext, word: NamedValue, found: Subject | None) -> None:
    """Note that a number is not compared with what the word names."""
    if context.others.is_unread(word.text):
        return
    known = context.others.known
    fitting = [key for key, one in known.items() if one.kind == "attribute" and one.domain.shape == "number"]
    name = word.text.partition(".")[0]
    listed = f" Write {quoted(fitting)}." if fitting else " No option has an attribute that is a number."
    mend = context.problems.near_input(word.text, fitting) or listed
    if found is not None:
        message = f"{word.text} is no attribute that is a number." + mend
        context.error(word.place, "attribute-not-a-number", message)
    elif name in known:
        message = f'"{shown(word.text)}" is not an attribute of {name}.' + mend
        context.error(word.place, "unknown-attribute", message)
    else:
        context.error(word.place, "unknown-input", f'"{shown(name)}" is not an input.' + mend)


def _range(context: TestContext, word: NamedValue, low_text: str, high_text: str) -> Test | None:
    parsed = context.parsed
    if parsed.verb == "not":
        context.refuse(f"Write not: {{{context.subject.key}: {low_text} to {high_text}}}.")
        return None
    if parsed.verb != IS:
        context.refuse(f'After "{parsed.verb}" comes one number. A range is a test of its own.')
        return None
    bare = [end.lstrip("0") or "0" for end in (low_text, high_text)]
    if bare != [low_text, high_text] and all(parse_number(end) is not None for end in bare):
        mend = advice(f" Write {' to '.join(bare)}.", word.text, " to ".join(bare))
        message = f'"{shown(word.text)}" is not a range of numbers.' + mend
        context.error(word.place, "not-a-number", message)
        return None
    low = _point(context, word.part(low_text, 0))
    high = _point(context, word.part(high_text, len(word.text) - len(high_text)))
    if low is None or high is None:
        return None
    if low > high:
        mend = advice(
            f"Write {high_text} to {low_text}.", word.text, f"{high_text} to {low_text}", word.place
        )
        if context.subject.key == MONTH:
            turned = str(_over_the_turn(int(low), int(high)))
            mend = advice(f"For the turn of the year write {turned}.", word.text, turned, word.place)
        context.error(parsed.place, "impossible-range", f'"{shown(word.text)}" goes down. ' + mend)
        return None
    return _held(context, context.test("within", interval=Interval(low, high)))


def _point(context: TestContext, word: NamedValue) -> Number | None:
    domain = context.subject.domain
    number = parse_number(word.text)
    if number is None:
        _no_number(context, word)
        return None
    if domain.low is not None and domain.high is not None and not domain.low <= number <= domain.high:
        bounds = f"{written(domain.low)} to {written(domain.high)}"
        mend = "Mend one of them." if context.subject.key != MONTH else "Write one of these."
        message = f"{shown(word.text)} is outside the bounds of {context.subject.key}, {bounds}."
        context.error(word.place, "out-of-bounds", message, mend)
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


def _no_number(context: TestContext, word: NamedValue) -> None:
    if split_range(word.text):
        message = f'A list holds values; "{shown(word.text)}" is a test. Write each test under "any:".'
        context.error(word.place, "wrong-test", message)
        return
    mend = mend_of(word.text, key=context.subject.key, range_too=not context.parsed.is_list)
    mend = "Write it as 1 to 12." if context.subject.key == MONTH else mend
    message = f'"{shown(word.text)}" is not a number, as {context.subject.key} is. ' + mend
    context.error(word.place, "not-a-number", message)


def _over_the_turn(first: int, last: int) -> list[int]:
    return [*range(first, 13), *range(1, last + 1)]


def _by_names(text: str) -> str:
    """The test of the month with the number of each that it names."""

    def number(found: re.Match[str]) -> str:
        word = found[0].lower()
        named = [number for number, month in enumerate(MONTHS, start=1) if month.lower().startswith(word)]
        return str(named[0]) if len(named) == 1 and len(word) > 2 else found[0]

    with_numbers = re.sub(r"[^\W\d_]+", number, text)
    ends = split_range(with_numbers) if with_numbers != text else None
    if ends is not None and int(ends[0]) > int(ends[1]):
        return str(_over_the_turn(*map(int, ends)))
    return " to ".join(ends) if ends is not None else with_numbers


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
        passed = [passes(test, number) for number in numbers]
        return "all" if all(passed) else "some" if any(passed) else "none"
    if domain.low is None or domain.high is None:
        return "some"
    if test.interval is None:
        only = domain.low == domain.high
        return "some" if not only else "all" if passes(test, domain.low) else "none"
    if test.interval.holds(domain.low) and test.interval.holds(domain.high):
        return "all"
    none_above = test.interval.low_open and test.interval.low == domain.high
    none_below = test.interval.high_open and test.interval.high == domain.low
    return "none" if none_above or none_below else "some"


_LEVELS_RANGE = re.compile(r"(\S+)\s+to\s+(\S+)\Z")
_LEVELS_DASH = re.compile(r"(\S+?)\s*[-\u2013\u2014]\s*(\S+)\Z")


def read_test(
    problems: ProblemCollector, subject: Subject, node: Node, others: Others, *, alone: bool = False
) -> Condition | None:
    """The test that stands at the node, or None with a problem noted; a condition where it comes to several.

    ``others``: what it may compare with. ``alone``: it is all that a rule's ``when`` says, so ``given`` is
    how an author writes "always".
    """
    parsed = parse_test(problems, node, subject.domain.values)
    if parsed is None:
        return None
    context = TestContext(problems, subject, parsed, others, alone)
    if context.form.takes == "nothing":
        return _BARE[parsed.verb](context)
    reader, mend = _BY_SHAPE[subject.domain.shape]
    if subject.domain.shape not in context.form.shapes:
        context.refuse(mend(context))
        return None
    return reader(context)


def _given(context: TestContext) -> Test:
    if context.subject.given_always and not context.alone:
        context.always()
    return context.test("given")


def _unknown(context: TestContext) -> Test:
    if context.subject.given_always:
        context.never()
    return context.test("unknown")


_BARE: dict[str, Callable[[TestContext], Test]] = {"given": _given, "unknown": _unknown}
covers(_BARE, verbs("nothing"), "tests that name no value")
covers(("to",), verbs("ends"), "tests from one value to another")
covers(_NUMBER_TESTS, verbs("one value", "values", attribute=True), "tests beside an attribute")


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


def _ends(context: TestContext, word: NamedValue) -> tuple[NamedValue, NamedValue] | None:
    """The two ends of a range of levels, where one is written."""
    if context.parsed.is_list or context.form.takes != "values":
        return None
    found = _LEVELS_RANGE.match(word.text)
    return found and (word.part(found.group(1), 0), word.part(found.group(2), found.start(2)))


def _levels_range(context: TestContext, first: NamedValue, last: NamedValue) -> Test | None:
    if not context.subject.domain.ordered:
        context.refuse("Its options have no order: name those that count, as a list.")
        return None
    if context.parsed.verb != IS:
        context.refuse(f"Write not: {{{context.subject.key}: {shown(first.text)} to {shown(last.text)}}}.")
        return None
    values = context.subject.domain.values
    ends = (level_by_number(first.text, values), level_by_number(last.text, values))
    if all(ends):
        wrong = f'"{shown(context.parsed.written)}" names no levels of {context.subject.key}.'
        message = f"{wrong} Write {' to '.join(ends)}."
        context.error(first.place, "unknown-level", message)
        return None
    low, high = _option(context, first, alone=False), _option(context, last, alone=False)
    if low is None or high is None:
        return None
    if values.index(low) > values.index(high):
        message = f'"{shown(context.parsed.written)}" goes down. Write {last.text} to {first.text}.'
        context.error(context.parsed.place, "impossible-range", message)
        return None
    return _among(context, frozenset(values[values.index(low) : values.index(high) + 1]))


def _option(context: TestContext, word: NamedValue, *, alone: bool) -> Scalar | None:
    """The option that the word names; ``alone``: for itself, not as an end of a range."""
    subject, domain = context.subject, context.subject.domain
    names = [str(value) for value in domain.values]
    if word.text not in names:
        what = {"attribute": "a value", "conclusion": "a level"}.get(subject.kind, "an option")
        what = "a level" if domain.ordered else what
        mend = (
            _several_known(context, word, names)
            or _of_an_attribute(context, word)
            or context.problems.near_option(subject.key, word.text, names)
            or f" Write {quoted(names)}."
        )
        message = f'"{shown(word.text)}" is not {what} of {subject.key}.'
        code = "unknown-level" if domain.ordered else "unknown-option"
        context.problems.unknown_option(word.place, word.text, code, subject.key, message, mend)
        return None
    return word.text if not alone or _concluded(context, word) else None


def _of_an_attribute(context: TestContext, word: NamedValue) -> str:
    """The mend where an attribute of the options has the value, and none of them is labelled so."""
    labels = context.problems.labels.get(context.subject.key, {}).values()
    if word.text.casefold() in map(str.casefold, labels):
        return ""
    for key, one in context.others.known.items():
        if key.startswith(f"{context.subject.key}.") and word.text in one.domain.values:
            test = f"{key}: includes {word.text}" if one.domain.shape == "set" else f"{key}: {word.text}"
            return f' It is a value of {key}: write "{test}".'
    return ""


def _several_known(context: TestContext, word: NamedValue, names: list[str]) -> str:
    """The mend of ``I-III``, for a dash makes ranges of numbers only, of values without commas, of ``3``."""
    known = {name.casefold(): name for name in names}
    found = _LEVELS_DASH.match(word.text) if context.subject.domain.ordered else None
    ends = [known.get(end.casefold(), "") for end in found.groups()] if found else [""]
    if all(ends):
        return _to_write(word, " to ".join(ends))
    listed = [known.get(one.casefold(), "") for one in word.text.split()]
    if len(listed) > 1 and all(listed):
        return _to_write(word, f"[{', '.join(listed)}]")
    by_number = level_by_number(word.text, names)
    return _to_write(word, by_number) if by_number else ""


def _to_write(word: NamedValue, text: str) -> str:
    """The advice to write the text instead of the word."""
    said = f" Write {text}." if text.startswith("[") else f' Write "{text}".'
    return advice(said, word.text, text)


def _concluded(context: TestContext, word: NamedValue) -> bool:
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

_BY_SHAPE: dict[Shape, tuple[Callable[[TestContext], Condition | None], Callable[[TestContext], str]]] = {
    "choice": (_choice, _mend_of_choice),
    "yes_no": (_yes_no, _mend_of_yes_no),
    "number": (number_test, mend_of_number_test),
    "set": (set_test, mend_of_set_test),
}
"""For each shape what reads a test of it, and how to mend one that can't be said of it."""
covers(_BY_SHAPE, get_args(Shape), "readers of tests")
