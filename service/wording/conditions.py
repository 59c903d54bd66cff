"""Conditions in words: as their authors write them, and as clinicians read them.

Also what a condition comes to once one question is answered: it holds, it can't, or the rest of it must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never, get_args

from schemas.language import OF_SETS, OPERATIONS, Operation, covers
from service.model.condition import (
    MONTH,
    THE_MONTH,
    AllOf,
    AnyOf,
    Condition,
    Interval,
    Not,
    Scalar,
    Subject,
    Target,
    Test,
    conjuncts,
    passes,
    tests_of,
)
from service.model.number import Number
from service.model.ruleset import Option
from service.wording.labels import Labels, attribute_words, fits, in_order, option_label
from service.wording.phrases import capitalized, joined_by_or, measured, plain, scalar

_MOST_EXCEPTIONS = 3


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """A test as ``subject`` and what it ``says`` of it, or a group: a ``head`` over its ``parts``.

    ``means`` names the answers that a test of an attribute comes to.
    """

    kind: Literal["test", "group"]
    subject: str = ""
    says: str = ""
    means: tuple[str, ...] = ()
    anchor: str = ""
    head: str = ""
    parts: tuple[ConditionWords, ...] = ()


def as_written(condition: Condition) -> list[str]:
    """What must all hold, a line each: ``["concern: acne_scar", "any: [{goal: some}, {age: below 18}]"]``."""
    return [_written(part) for part in conjuncts(condition)]


def _written(part: Condition) -> str:
    match part:
        case Test():
            return part.written
        case Not():
            return f"not: {_mapping(part.part)}"
        case AnyOf() | AllOf():
            return f"{group_key(part)}: [{', '.join(map(_mapping, part.parts))}]"
        case _:
            assert_never(part)


def _mapping(condition: Condition) -> str:
    return f"{{{', '.join(as_written(condition))}}}"


def group_key(group: AllOf | AnyOf | Not) -> str:
    """The key under which a group stands in a file."""
    match group:
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case Not():
            return "not"
        case _:
            assert_never(group)


def clauses(labels: Labels, condition: Condition) -> tuple[ConditionWords, ...]:
    """What must all hold, one clause each."""
    return tuple(_clause(labels, part) for part in conjuncts(condition))


def in_a_line(parts: tuple[ConditionWords, ...]) -> str:
    """The clauses as one line, for where there is room for no list."""
    return "; ".join(map(_line, parts))


def _line(clause: ConditionWords) -> str:
    if clause.kind == "test":
        return f"{clause.subject} {clause.says}".strip()
    return f"{clause.head} ({' / '.join(in_a_line((part,)) for part in clause.parts)})"


def _clause(labels: Labels, condition: Condition) -> ConditionWords:
    match condition:
        case Test():
            return _test(labels, condition)
        case Not():
            head, parts = _negated(condition.part)
        case AnyOf():
            head, parts = "at least one of these", condition.parts
        case AllOf():
            head, parts = "all of these", condition.parts
        case _:
            assert_never(condition)
    return ConditionWords("group", head=head, parts=tuple(_clause(labels, part) for part in parts))


def _negated(part: Condition) -> tuple[str, tuple[Condition, ...]]:
    match part:
        case AnyOf():
            return "none of these", part.parts
        case AllOf():
            return "not all of these together", part.parts
        case Test() | Not():
            return "not", (part,)
        case _:
            assert_never(part)


def _test(labels: Labels, test: Test) -> ConditionWords:
    subject = labels.ruleset.subjects[test.subject]
    if test.target is not None:
        return _compared(labels, subject, test.target)
    if test.op == "given" and subject.given_always and subject.kind in ("input", "attribute"):
        return ConditionWords("test", says="for every client")
    if subject.key == MONTH:
        return ConditionWords("test", THE_MONTH, _predicate(labels, subject, test))
    if subject.kind == "input":
        says = _predicate(labels, subject, test)
        return ConditionWords("test", labels.question(subject.name), says, anchor=f"question-{subject.name}")
    if subject.kind == "attribute":
        return _attribute(labels, subject, test)
    anchor = f"{subject.kind}-{subject.name}"
    return ConditionWords(
        "test", f"{capitalized(subject.kind)} “{plain(subject.name)}”", _fact(subject, test), (), anchor
    )


def _compared(labels: Labels, subject: Subject, target: Target) -> ConditionWords:
    """A number beside an attribute, which is said for each answer to the attribute's question."""
    verb = "" if target.verb == "is" else f"{target.verb} "
    if subject.kind in ("input", "attribute"):
        name, anchor = labels.question(subject.name), f"question-{subject.name}"
        own = plain(subject.key.partition(".")[2])
        is_ = f"is one with {own}: " if subject.kind == "attribute" else "is "
    else:
        name, anchor = (
            f"{capitalized(subject.kind)} “{plain(subject.name)}”",
            f"{subject.kind}-{subject.name}",
        )
        is_ = "is "
    question, _, attribute = target.key.partition(".")
    says = f"{is_}{verb}the {plain(attribute)} of “{labels.question(question)}”"
    one = labels.ruleset.inputs[question]
    means = tuple(
        f"{option_label(option)}: {attribute_words(option.attributes[attribute])}"
        for option in one.options
        if attribute in option.attributes
    )
    return ConditionWords("test", name, says, means, anchor)


def _attribute(labels: Labels, subject: Subject, test: Test) -> ConditionWords:
    question, _, attribute = subject.key.partition(".")
    label, anchor = labels.question(question), f"question-{question}"
    if test.op in ("given", "unknown"):
        return ConditionWords("test", label, _known(test), anchor=anchor)
    words = _values(labels, subject, test)
    joined = " that include " if subject.domain.shape == "set" else ": "
    options = labels.ruleset.inputs[question].options
    means = tuple(option_label(option) for option in options if fits(option, test))
    return ConditionWords("test", label, f"is one with {plain(attribute)}{joined}{words}", means, anchor)


def _known(test: Test) -> str:
    return "has been answered" if test.op == "given" else "has not been answered"


def _fact(subject: Subject, test: Test) -> str:
    if subject.kind == "conclusion" and subject.domain.shape == "yes_no":
        return "is reached" if passes(test, True) else "is not reached"
    if test.op in ("given", "unknown"):
        known = "reached" if subject.kind == "conclusion" else "known"
        return f"is {known}" if test.op == "given" else f"is not {known}"
    words = _numbers(test, None) if subject.domain.shape == "number" else _choice(subject, test, None)
    return f"is {words}"


def _predicate(labels: Labels, subject: Subject, test: Test) -> str:
    if test.op in ("given", "unknown"):
        return _known(test)
    words = _values(labels, subject, test)
    return f"includes {words}" if subject.domain.shape == "set" else f"is {words}"


def _values(labels: Labels, subject: Subject, test: Test) -> str:
    """The values that pass, without a verb: ``moderate or higher``, ``at least 18``, ``none of A or B``."""
    question = labels.ruleset.inputs.get(subject.name) if subject.kind == "input" else None
    match subject.domain.shape:
        case "number":
            return _numbers(test, question.unit if question else None)
        case "choice":
            return _choice(subject, test, labels if question else None)
        case "yes_no":
            return joined_by_or(scalar(value) for value in (True, False) if passes(test, value))
        case "set":
            return _members(subject, test, labels if question else None)
        case _:
            assert_never(subject.domain.shape)


def _members(subject: Subject, test: Test, labels: Labels | None) -> str:
    ordered = in_order(test.values, subject.domain.values if labels else ())
    names = [labels.answer(subject.name, value) if labels else scalar(value) for value in ordered]
    words = OPERATIONS[test.op]
    if not words.several:
        raise TypeError(f"a set can't be tested by {test.op}")
    return (words.several if len(names) > 1 else words.one).format(joined_by_or(names))


def _choice(subject: Subject, test: Test, labels: Labels | None) -> str:
    domain = subject.domain

    def named(values: list[Scalar]) -> list[str]:
        return [labels.answer(subject.name, value) if labels else scalar(value) for value in values]

    passing = [value for value in domain.values if passes(test, value)]
    failing = [value for value in domain.values if value not in passing]
    if not passing or not failing:
        return "any answer" if passing else "none of its answers"
    if domain.ordered and len(passing) > 1:
        first, last = domain.values.index(passing[0]), domain.values.index(passing[-1])
        if last - first + 1 == len(passing):
            low, high = named([passing[0], passing[-1]])
            at_top, at_bottom = last == len(domain.values) - 1, first == 0
            return f"{low} or higher" if at_top else f"{high} or lower" if at_bottom else f"{low} to {high}"
    if len(failing) < len(passing) and len(failing) <= _MOST_EXCEPTIONS:
        return f"anything but {joined_by_or(named(failing))}"
    return joined_by_or(named(passing))


def _numbers(test: Test, unit: str | None) -> str:
    if test.op not in _OF_NUMBERS:
        raise TypeError(f"the value of a number can't be tested by {test.op}")
    return _OF_NUMBERS[test.op](test, unit)


def _within(test: Test, unit: str | None) -> str:
    assert test.interval is not None
    return _interval(test.interval, unit)


def _listed(test: Test, unit: str | None) -> str:
    numbers = [value for value in in_order(test.values, ()) if not isinstance(value, str)]
    return joined_by_or([*map(scalar, numbers[:-1]), measured(numbers[-1], unit)])


def _interval(interval: Interval, unit: str | None) -> str:
    low, high = interval.low, interval.high
    if low is not None and high is not None:
        return f"from {scalar(low)} to {measured(high, unit)}"
    end: Number | None = low if low is not None else high
    if end is None:
        return "any number"
    open_end = interval.low_open if low is not None else interval.high_open
    words = ("at least", "above") if low is not None else ("at most", "below")
    return f"{words[open_end]} {measured(end, unit)}"


_OF_NUMBERS: Mapping[Operation, Callable[[Test, str | None], str]] = {
    "within": _within,
    "among": _listed,
    "not_among": lambda test, unit: f"not {_listed(test, unit)}",
}
covers(
    (*_OF_NUMBERS, *OF_SETS, "compared", "given", "unknown"),
    get_args(Operation),
    "operations that have words",
)


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
