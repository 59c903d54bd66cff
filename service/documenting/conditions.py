"""Conditions in words: what must be answered how for a rule to apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.documenting.naming import Naming, fits, in_order, option_label
from service.documenting.phrases import begun, either, measured, plain, scalar
from service.model.condition import AllOf, AnyOf, Condition, Interval, Not, Scalar, Subject, Test
from service.model.number import Number

_MOST_EXCEPTIONS = 3
_HEADS = {"all": "all of these", "any": "at least one of these", "none": "none of these"}
_ALL_BUT_ONE = "not all of these together"


@dataclass(frozen=True, slots=True)
class Clause:
    """A test as ``subject`` and what it ``says`` of it, or a group: a ``head`` over its ``parts``.

    ``means`` names the answers that a test of an attribute comes to.
    """

    kind: Literal["test", "group"]
    subject: str = ""
    says: str = ""
    means: tuple[str, ...] = ()
    anchor: str = ""
    head: str = ""
    parts: tuple[Clause, ...] = ()


def clauses(naming: Naming, condition: Condition) -> tuple[Clause, ...]:
    """What must all hold, one clause each."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return tuple(_clause(naming, part) for part in parts)


def in_a_line(parts: tuple[Clause, ...]) -> str:
    """The clauses as one line, for where there is room for no list."""
    return "; ".join(map(_line, parts))


def _line(clause: Clause) -> str:
    if clause.kind == "test":
        return f"{clause.subject} {clause.says}".strip()
    return f"{clause.head} ({' / '.join(in_a_line((part,)) for part in clause.parts)})"


def _clause(naming: Naming, condition: Condition) -> Clause:
    if isinstance(condition, Test):
        return _test(naming, condition)
    if isinstance(condition, Not):
        return _negated(naming, condition.part)
    head = _HEADS["any" if isinstance(condition, AnyOf) else "all"]
    return _group(naming, head, condition.parts)


def _negated(naming: Naming, part: Condition) -> Clause:
    if isinstance(part, AnyOf):
        return _group(naming, _HEADS["none"], part.parts)
    if isinstance(part, AllOf):
        return _group(naming, _ALL_BUT_ONE, part.parts)
    return _group(naming, "not", (part,))


def _group(naming: Naming, head: str, parts: tuple[Condition, ...]) -> Clause:
    return Clause("group", head=head, parts=tuple(_clause(naming, part) for part in parts))


def _test(naming: Naming, test: Test) -> Clause:
    subject = naming.ruleset.subjects[test.subject]
    if test.op == "given" and subject.given_always and subject.kind in ("input", "attribute"):
        return Clause("test", says="for every client")
    if subject.kind == "input":
        says = _says(naming, subject, test)
        return Clause("test", naming.question(subject.name), says, anchor=f"question-{subject.name}")
    if subject.kind == "attribute":
        return _attribute(naming, subject, test)
    anchor = f"{subject.kind}-{subject.name}"
    return Clause("test", f"{begun(subject.kind)} “{plain(subject.name)}”", _fact(subject, test), (), anchor)


def _attribute(naming: Naming, subject: Subject, test: Test) -> Clause:
    question, _, attribute = subject.key.partition(".")
    label, anchor = naming.question(question), f"question-{question}"
    if test.op in ("given", "unknown"):
        return Clause("test", label, _known(test), anchor=anchor)
    words = _values(naming, subject, test)
    joined = " that include " if subject.domain.shape == "set" else ": "
    options = naming.ruleset.inputs[question].options
    means = tuple(option_label(option) for option in options if fits(option, test))
    return Clause("test", label, f"is one with {plain(attribute)}{joined}{words}", means, anchor)


def _known(test: Test) -> str:
    return "has been answered" if test.op == "given" else "has not been answered"


def _fact(subject: Subject, test: Test) -> str:
    if subject.kind == "conclusion" and subject.domain.shape == "yes_no":
        reached = test.op == "given" or True in test.values
        return "is reached" if reached else "is not reached"
    if test.op in ("given", "unknown"):
        known = "reached" if subject.kind == "conclusion" else "known"
        return f"is {known}" if test.op == "given" else f"is not {known}"
    return (
        f"is {_numbers(test, None)}" if subject.domain.shape == "number" else f"is {_choice(subject, test)}"
    )


def _says(naming: Naming, subject: Subject, test: Test) -> str:
    if test.op in ("given", "unknown"):
        return _known(test)
    words = _values(naming, subject, test)
    return f"includes {words}" if subject.domain.shape == "set" else f"is {words}"


def _values(naming: Naming, subject: Subject, test: Test) -> str:
    """The values that pass, without a verb: ``moderate or higher``, ``at least 18``, ``none of A or B``."""
    domain = subject.domain
    question = naming.ruleset.inputs.get(subject.name) if subject.kind == "input" else None
    if domain.shape == "number":
        return _numbers(test, question.unit if question else None)
    if domain.shape == "choice":
        return _choice(subject, test, naming if question else None)
    if domain.shape == "yes_no":
        return either(scalar(value) for value in sorted(test.values, key=bool, reverse=True))
    ordered = in_order(test.values, domain.values if question else ())
    names = [naming.answer(subject.name, value) if question else scalar(value) for value in ordered]
    if test.op == "includes_none":
        return f"none of {either(names)}" if len(names) > 1 else f"no {names[0]}"
    return f"at least one of {either(names)}" if len(names) > 1 else names[0]


def _choice(subject: Subject, test: Test, naming: Naming | None = None) -> str:
    domain = subject.domain

    def named(values: list[Scalar]) -> list[str]:
        return [naming.answer(subject.name, value) if naming else scalar(value) for value in values]

    passing = [value for value in domain.values if value in test.values]
    failing = [value for value in domain.values if value not in test.values]
    if not passing or not failing:
        return "any answer" if passing else "none of its answers"
    if domain.ordered and len(passing) > 1:
        first, last = domain.values.index(passing[0]), domain.values.index(passing[-1])
        if last - first + 1 == len(passing):
            low, high = named([passing[0], passing[-1]])
            at_top, at_bottom = last == len(domain.values) - 1, first == 0
            return f"{low} or higher" if at_top else f"{high} or lower" if at_bottom else f"{low} to {high}"
    if len(failing) < len(passing) and len(failing) <= _MOST_EXCEPTIONS:
        return f"anything but {either(named(failing))}"
    return either(named(passing))


def _numbers(test: Test, unit: str | None) -> str:
    if test.op == "within":
        assert test.interval is not None
        return _interval(test.interval, unit)
    numbers = [value for value in in_order(test.values, ()) if not isinstance(value, str)]
    said = either([*map(scalar, numbers[:-1]), measured(numbers[-1], unit)])
    return said if test.op == "among" else f"not {said}"


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
