"""Conditions: what ``when`` and ``only if`` say, as a tree of tests.

A subject is anything that a test can look at, named by its key::

    concern                 an input
    device.pulse            an attribute of the option given for an input
    conclusions.high_risk   a conclusion of other rules
    scores.kirby_desai      a score
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

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
    """One thing that tests can look at; ``given_always`` where it can't be unknown."""

    key: str
    kind: Literal["input", "attribute", "conclusion", "score"]
    name: str
    domain: Domain
    given_always: bool = False


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
class Test:
    """One test of one subject.

    ``among``: the value is one of ``values``; ``not_among``: a number that is none of them; ``within``: a
    number in ``interval``; ``includes_any`` and ``includes_none``: a set that holds any, or none, of
    ``values``; ``given`` and ``unknown``: whether there is a value at all. Two tests are equal where they say
    the same, however they are written and wherever they stand.
    """

    __test__ = False

    subject: str
    op: Operation
    written: str = field(compare=False)
    place: Place = field(compare=False)
    values: frozenset[Scalar] = frozenset()
    interval: Interval | None = None


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


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test in the condition, in the order in which it is written."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_of(condition.part)
    else:
        for part in condition.parts:
            yield from tests_of(part)
