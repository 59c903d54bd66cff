"""Conditions: what ``when`` and ``only if`` say, as a tree of tests.

A subject is anything that a test can look at, named by its key::

    concern                 an input
    device.pulse            an attribute of the option given for an input
    as of.month             the month of the day for which is asked, from 1 to 12
    conclusions.high_risk   a conclusion of other rules
    scores.kirby_desai      a score
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from schemas.language import Operation, Shape
from service.model.number import Number, written
from service.model.problem import Place

Value = str | bool | Number | frozenset[str] | tuple["Scalar", ...]
"""A fact: option, yes or no, number, set of options, or the list of an attribute."""

Scalar = str | bool | Number


def spelled_value(value: Scalar) -> str:
    """A value as files of a ruleset have it: ``yes``, ``acne_scar``, ``1.5``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else written(value)


@dataclass(frozen=True, slots=True)
class Domain:
    """What values a subject can take.

    ``values`` lists them where they are finite (in order, where ``ordered``); a number has bounds
    ``low`` to ``high`` (None: open), and is ``whole`` or not. For a set they are its possible members.
    ``possible`` narrows the values to those that a rule can conclude.
    """

    shape: Shape
    values: tuple[Scalar, ...] = ()
    ordered: bool = False
    low: Number | None = None
    high: Number | None = None
    whole: bool = False
    possible: frozenset[Scalar] | None = None

    @property
    def rises(self) -> bool:
        """Whether one of its values can be more than another: levels and numbers."""
        return self.ordered or self.shape == "number"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that tests can look at; ``given_always`` where it can't be unknown.

    ``said_at``: where its bounds are said, if it has some.
    """

    key: str
    kind: Literal["input", "attribute", "day", "conclusion", "score"]
    name: str
    domain: Domain
    given_always: bool = False
    said_at: Place | None = field(default=None, compare=False)


DAY = "as of"
"""The day for which is asked, as tests name it: no question, though it has an attribute."""

THE_MONTH = "The month"
"""What is asked of that day, where clinicians read of it."""

MONTH = f"{DAY}.month"

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

MONTH_SUBJECT = Subject(
    MONTH,
    "day",
    DAY,
    Domain("number", tuple(range(1, 13)), low=1, high=12, whole=True),
    given_always=True,
)
"""What tests of the month look at."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from ``low`` to ``high``, None being without end; an open end is not in it."""

    low: Number | None = None
    high: Number | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, number: Number) -> bool:
        """Whether the number lies in the interval."""
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        return self.high is None or not (number > self.high or (self.high_open and number == self.high))


@dataclass(frozen=True, slots=True)
class Target:
    """What a test compares with: the number attribute with this key, by a verb of the language.

    ``cases``: each number that the attribute has in an option, ascending, with the test that it comes to.
    """

    key: str
    verb: str
    cases: tuple[tuple[Number, Test], ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one subject.

    ``op`` is what it says (:data:`schemas.language.OPERATIONS`) of ``values``, of ``interval`` or of
    ``target``. Two tests are equal where they say the same, however they are written and wherever they stand.
    """

    __test__ = False

    subject: str
    op: Operation
    written: str = field(compare=False)
    place: Place = field(compare=False)
    values: frozenset[Scalar] = frozenset()
    interval: Interval | None = None
    target: Target | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """The keys of all that it looks at: its subject, and the attribute with which it compares."""
        return (self.subject,) if self.target is None else (self.subject, self.target.key)


def passes(test: Test, value: Value) -> bool:
    """Whether a value passes the test; of a set, a member stands for the set of it alone."""
    held = value if isinstance(value, frozenset | tuple) else (value,)
    match test.op:
        case "given":
            return True
        case "unknown":
            return False
        case "among":
            return value in test.values
        case "not_among":
            return value not in test.values
        case "within":
            assert test.interval is not None
            assert not isinstance(value, str | frozenset | tuple)
            return test.interval.holds(value)
        case "compared":
            raise ValueError("one value alone does not say whether it compares well with another")
        case "includes_any":
            return not test.values.isdisjoint(held)
        case "includes_none":
            return test.values.isdisjoint(held)
        case _:
            assert_never(test.op)


def needs_value(test: Test, *, holds: bool) -> bool:
    """Whether there is a value wherever the test is true (``holds`` false: wherever it is false).

    A test of a value that was not given is unknown, and so is its opposite.
    """
    match test.op:
        case "given":
            return holds
        case "unknown":
            return not holds
        case "among" | "not_among" | "within" | "compared" | "includes_any" | "includes_none":
            return True
        case _:
            assert_never(test.op)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the part is false; unknown when the part is."""

    part: Condition


Condition = Test | AllOf | AnyOf | Not


def unfolded(condition: Condition) -> Condition:
    """The condition, equal in truth, with no test that compares two subjects.

    Such a test holds where the attribute is one of its numbers and the subject passes the test of that one.
    It is unknown where either is: so a test that is never true, and false of anything known, stands beside.
    """
    if all(test.target is None for test in tests_of(condition)):
        return condition
    return _unfolded(condition, negated=False)


def _unfolded(condition: Condition, *, negated: bool) -> Condition:
    if isinstance(condition, Not):
        return _unfolded(condition.part, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        parts = tuple(_unfolded(part, negated=negated) for part in condition.parts)
        return AllOf(parts) if isinstance(condition, AllOf) != negated else AnyOf(parts)
    target = condition.target
    if target is None:
        return Not(condition) if negated else condition
    never = replace(condition, op="among", values=frozenset(), target=None)
    other = replace(never, subject=target.key)
    ways = [
        AllOf((replace(other, values=frozenset((number,))), Not(case) if negated else case))
        for number, case in target.cases
    ]
    return AnyOf((never, other, *ways))


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What must all hold, at the top of the condition."""
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def subjects_of(condition: Condition) -> Iterator[str]:
    """The key of everything that the condition looks at, as often as it does."""
    return (key for test in tests_of(condition) for key in test.subjects)


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test in the condition, in the order in which it is written."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_of(condition.part)
    else:
        for part in condition.parts:
            yield from tests_of(part)
