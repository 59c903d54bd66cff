"""A condition as alternatives: lists of literals that must all be true; and literals as comparisons.

Kleene's logic survives the unfolding because negation is pushed down to the tests, and a negated test is
again a test that only a given value can pass: a rule fires on true alone.

Literals are comparisons of numbered slots with small whole numbers. A slot stands for one thing that can be
said of one subject:

- ``value``: the code of its value (options by position, yes and no as 2 and 1, numbers by rank),
- ``group``: 1 where the value is one of a group of codes,
- ``any`` and ``none``: 1 where a set holds any, or none, of some members,
- ``given`` and ``unknown``: 1 where there is a value, or none.

A slot of something not given is left out, and whatever is left out passes no comparison.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import lcm
from typing import Literal as Word
from typing import assert_never

from schemas.language import Operation
from service.model.condition import AllOf, AnyOf, Condition, Domain, Interval, Not, Scalar, Subject, Test
from service.model.number import Number


@dataclass(frozen=True, slots=True)
class Literal:
    """A test that must be true, or (``negated``) false; never unknown."""

    test: Test
    negated: bool


def alternatives(condition: Condition, *, negated: bool = False) -> list[tuple[Literal, ...]]:
    """Every alternative under which the condition is true (``negated``: false)."""
    if isinstance(condition, Test):
        return [(Literal(condition, negated),)]
    if isinstance(condition, Not):
        return alternatives(condition.part, negated=not negated)
    parts = [alternatives(part, negated=negated) for part in condition.parts]
    if isinstance(condition, AnyOf) != negated:
        return [alternative for part in parts for alternative in part]
    assert isinstance(condition, AllOf | AnyOf)
    whole: list[tuple[Literal, ...]] = [()]
    for part in parts:
        whole = [head + tuple(lit for lit in tail if lit not in head) for head in whole for tail in part]
    return whole


_OF_VALUES: frozenset[Operation] = frozenset({"among", "not_among", "within"})
_NONE_OF = (("includes_none", False), ("includes_any", True))


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot stands for; ``members`` are codes (group) or the members tested (any, none)."""

    subject: str
    says: Word["value", "group", "any", "none", "given", "unknown"]
    members: frozenset[Scalar] = frozenset()

    def is_one_for(self, value: int | frozenset[Scalar]) -> bool:
        """Whether it is 1 for the code of a value, or for a set; a slot of the value itself is its code."""
        match self.says:
            case "given":
                return True
            case "unknown":
                return False
            case "group" if isinstance(value, int):
                return value in self.members
            case "any" if isinstance(value, frozenset):
                return not value.isdisjoint(self.members)
            case "none" if isinstance(value, frozenset):
                return value.isdisjoint(self.members)
            case "value" | "group" | "any" | "none":
                raise TypeError(f"no slot {self.says} is 1 for {value}")
            case _:
                assert_never(self.says)


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison: the slot's number is equal to, at least, or at most ``code``."""

    slot: Slot
    op: Word["eq", "ge", "le"]
    code: int

    def passes(self, code: int) -> bool:
        """Whether a slot with this code passes."""
        return (
            code == self.code
            if self.op == "eq"
            else code >= self.code
            if self.op == "ge"
            else code <= self.code
        )


class Coding:
    """How one subject's values become codes.

    ``thresholds`` are the numbers that rules compare a number with, ascending: the i-th has the rank 2i + 1,
    the gaps around it 2i and 2i + 2, so that every comparison with a point is one of whole numbers.
    """

    def __init__(self, domain: Domain, thresholds: tuple[Number, ...] = ()) -> None:
        self.domain = domain
        self.thresholds = thresholds
        self._scale = lcm(*(number.denominator for number in thresholds))
        self._points = [int(number * self._scale) for number in thresholds]
        self.codes = {value: index + 1 for index, value in enumerate(domain.values)}

    def code(self, value: Scalar) -> int:
        """The code of one value; 0 for an option that the ruleset doesn't have."""
        if self.domain.shape == "number":
            assert not isinstance(value, str)
            return self.rank(value)
        return self.codes.get(value, 0)

    def rank(self, number: Number) -> int:
        """Where the number stands among the thresholds."""
        whole, rest = divmod(number.numerator * self._scale, number.denominator)
        index = bisect_left(self._points, whole + bool(rest))
        at_point = not rest and index < len(self._points) and self._points[index] == whole
        return 2 * index + at_point

    @property
    def all_codes(self) -> frozenset[int]:
        """Every code that a value can have."""
        if self.domain.shape == "number":
            return frozenset(range(2 * len(self.thresholds) + 1))
        return frozenset(self.codes.values())

    def passing(self, test: Test) -> frozenset[int]:
        """The codes of the values that pass a test of one value."""
        match test.op:
            case "among":
                return frozenset(self.code(value) for value in test.values)
            case "not_among":
                return self.all_codes - {self.code(value) for value in test.values}
            case "within":
                assert test.interval is not None
                return self._within(test.interval)
            case "includes_any" | "includes_none" | "given" | "unknown" | "compared":
                raise ValueError(f"{test.op} is no test of one value")
            case _ as never:
                assert_never(never)

    def _within(self, interval: Interval) -> frozenset[int]:
        low, high = 0, 2 * len(self.thresholds)
        if interval.low is not None:
            low = self.rank(interval.low) + (1 if interval.low_open else 0)
        if interval.high is not None:
            high = self.rank(interval.high) - (1 if interval.high_open else 0)
        return frozenset(range(low, high + 1))


def codings(subjects: dict[str, Subject], tests: list[Test]) -> dict[str, Coding]:
    """How each tested subject's values become codes."""
    thresholds: dict[str, set[Number]] = {}
    for test in tests:
        found = thresholds.setdefault(test.subject, set())
        if subjects[test.subject].domain.shape == "number":
            found.update(value for value in test.values if not isinstance(value, str))
            if test.interval is not None:
                found.update(end for end in (test.interval.low, test.interval.high) if end is not None)
    return {key: Coding(subjects[key].domain, tuple(sorted(found))) for key, found in thresholds.items()}


def atoms_of_all(literals: Iterable[Literal], codings: Mapping[str, Coding]) -> tuple[Atom, ...] | None:
    """The comparisons that are true exactly where all literals are; None where they never are.

    What is said of one subject's value is one comparison, however often it is said, so that a rule with
    a thousand tests of one input stays small.
    """
    atoms: dict[Atom, None] = {}
    passing: dict[str, frozenset[int]] = {}
    none_of: dict[str, frozenset[Scalar]] = {}
    for literal in literals:
        key, coding = literal.test.subject, codings[literal.test.subject]
        if literal.test.op in _OF_VALUES:
            codes = _passing(literal, coding)
            passing[key] = passing[key] & codes if key in passing else codes
        elif (literal.test.op, literal.negated) in _NONE_OF:
            none_of[key] = none_of.get(key, frozenset()) | literal.test.values
        else:
            atoms.update(dict.fromkeys(atoms_of(literal, coding) or ()))
    atoms.update(dict.fromkeys(Atom(Slot(key, "none", members), "eq", 1) for key, members in none_of.items()))
    for key, codes in passing.items():
        compared = _compared(key, codes, codings[key])
        if compared is None:
            return None
        atoms.update(dict.fromkeys(compared))
    return tuple(atoms)


def atoms_of(literal: Literal, coding: Coding) -> tuple[Atom, ...] | None:
    """The comparisons that are true exactly where the literal is; None where it never is."""
    test, subject = literal.test, literal.test.subject
    match test.op:
        case "given" | "unknown":
            given = (test.op == "given") != literal.negated
            return (Atom(Slot(subject, "given" if given else "unknown"), "eq", 1),)
        case "includes_any" | "includes_none":
            holds_any = (test.op == "includes_any") != literal.negated
            return (Atom(Slot(subject, "any" if holds_any else "none", test.values), "eq", 1),)
        case "compared":
            raise ValueError("a comparison of two subjects is unfolded before")
        case "among" | "not_among" | "within":
            return _compared(subject, _passing(literal, coding), coding)
        case _ as never:
            assert_never(never)


def _passing(literal: Literal, coding: Coding) -> frozenset[int]:
    passing = coding.passing(literal.test)
    return coding.all_codes - passing if literal.negated else passing


def _compared(subject: str, passing: frozenset[int], coding: Coding) -> tuple[Atom, ...] | None:
    if not passing:
        return None
    value = Slot(subject, "value")
    low, high = min(passing), max(passing)
    if low == high:
        return (Atom(value, "eq", low),)
    ordered = coding.domain.ordered or coding.domain.shape == "number"
    if ordered and len(passing) == high - low + 1:
        ends = []
        if low > min(coding.all_codes):
            ends.append(Atom(value, "ge", low))
        if high < max(coding.all_codes):
            ends.append(Atom(value, "le", high))
        return tuple(ends) or (Atom(Slot(subject, "given"), "eq", 1),)
    return (Atom(Slot(subject, "group", passing), "eq", 1),)
