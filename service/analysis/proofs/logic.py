"""The door to z3: formulas, sums of points, and a solver that answers within a time or says that it can't.

A formula is a z3 Boolean, or Python's own True or False where it is settled, so that what is settled
costs nothing. Each solver opens a context of its own, in which all formulas made after it live: so what it
finds depends on nothing that was proven before. Contexts are not made for threads: prove one thing at a time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import z3

from service.model.number import Number

Formula = Any
"""A z3 Boolean, True or False."""


class _Context:
    """The context of the newest solver."""

    newest: Any = None


def variable(name: str) -> Formula:
    """A thing that may be true or false; it belongs to the newest solver."""
    return z3.Bool(name, _Context.newest)


def both(formulas: Iterable[Formula]) -> Formula:
    """All of them hold."""
    return _joined(formulas, z3.And, neutral=True)


def either(formulas: Iterable[Formula]) -> Formula:
    """At least one of them holds."""
    return _joined(formulas, z3.Or, neutral=False)


def _joined(
    formulas: Iterable[Formula], join: Callable[[list[Formula]], Formula], *, neutral: bool
) -> Formula:
    """``neutral``: what changes nothing where it is among others; its opposite decides alone."""
    kept = []
    for formula in formulas:
        if not isinstance(formula, bool):
            kept.append(formula)
        elif formula is not neutral:
            return formula
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else join(kept)


def no(formula: Formula) -> Formula:
    """It does not hold."""
    return (not formula) if isinstance(formula, bool) else z3.Not(formula)


def implies(when: Formula, then: Formula) -> Formula:
    """Where the first holds, the second does."""
    return either((no(when), then))


def same(one: Formula, other: Formula) -> Formula:
    """Both hold or neither does."""
    if isinstance(one, bool):
        return other if one else no(other)
    if isinstance(other, bool):
        return one if other else no(one)
    return one == other


def spelling(formula: Formula) -> object:
    """The same for formulas that are built alike, as long as one of them is kept."""
    return formula if isinstance(formula, bool) else formula.get_id()


def at_most_one(formulas: Iterable[Formula]) -> Formula:
    """No two of them hold."""
    listed = [formula for formula in formulas if formula is not False]
    return True if len(listed) < 2 else z3.AtMost(*listed, 1)


class Sum:
    """A sum of points, each counted where its formula holds; compared exactly with numbers."""

    def __init__(self, points: Iterable[tuple[Formula, Number]]) -> None:
        self.points = tuple(points)
        scale = math.lcm(1, *(Fraction(point).denominator for _, point in self.points))
        self._scale = scale
        terms = [_counted(formula, int(point * scale)) for formula, point in self.points if point]
        self._value = z3.Sum(terms) if terms else _whole(0)

    def at_least(self, number: Number) -> Formula:
        """The sum is the number or more."""
        return self._value >= math.ceil(number * self._scale)

    def above(self, number: Number) -> Formula:
        """The sum is more than the number."""
        return self._value > math.floor(number * self._scale)

    def equals(self, number: Number) -> Formula:
        """The sum is the number."""
        scaled = Fraction(number * self._scale)
        return self._value == scaled.numerator if scaled.denominator == 1 else False

    def at_most_that_of(self, other: Sum) -> Formula:
        """The sum is no more than the other one."""
        return self._value * other._scale <= other._value * self._scale

    def in_model(self, model: Model) -> Number:
        """The sum in a model."""
        total: Number = sum(point for formula, point in self.points if model.holds(formula))
        return total


def _counted(formula: Formula, points: int) -> Any:
    if isinstance(formula, bool):
        return _whole(points if formula else 0)
    return z3.If(formula, _whole(points), _whole(0))


def _whole(number: int) -> Any:
    return z3.IntVal(number, _Context.newest)


class Model:
    """One way in which everything asked for holds."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def holds(self, formula: Formula) -> bool:
        """Whether the formula is true in it; what was left open is false."""
        if isinstance(formula, bool):
            return formula
        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))


class Deadline:
    """Until when there is time; each search is let go in time."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left_ms(self) -> int:
        """Milliseconds that are left, 0 where there are none."""
        return max(0, int((self._end - time.monotonic()) * 1000))

    def part(self, share: float) -> Deadline:
        """A nearer deadline: a share of the time that is left."""
        return Deadline(self.left_ms / 1000 * share)


class Solver:
    """Searches for models of what was said to hold."""

    def __init__(self, deadline: Deadline) -> None:
        _Context.newest = z3.Context()
        self._solver = z3.Solver(ctx=_Context.newest)
        self.deadline = deadline

    def add(self, formula: Formula) -> None:
        """From here on this holds, until the scope that it was said in is left."""
        if formula is not True:
            self._solver.add(formula)

    def __enter__(self) -> Solver:
        self._solver.push()
        return self

    def __exit__(self, *_: object) -> None:
        self._solver.pop()

    def find(self, *claims: Formula) -> Model | None:
        """A model in which the claims hold too; None where there is none.

        Raises:
            Undecided: it would take more time than there is.
        """
        if any(claim is False for claim in claims):
            return None
        left = self.deadline.left_ms
        if left == 0:
            raise Undecided
        self._solver.set("timeout", left)
        found = self._solver.check(*(claim for claim in claims if claim is not True))
        if found == z3.unknown:
            raise Undecided
        return Model(self._solver.model()) if found == z3.sat else None

    def holds_somewhere(self, *claims: Formula) -> bool:
        """Whether there is a model in which the claims hold.

        Raises:
            Undecided: it would take more time than there is.
        """
        return self.find(*claims) is not None

    def clash(self, claims: Mapping[str, Formula]) -> list[str]:
        """Of named claims that can't all hold, some that can't hold together; few, but not the fewest.

        Raises:
            Undecided: it would take more time than there is.
        """
        settled = [name for name, claim in claims.items() if claim is False]
        if settled:
            return settled[:1]
        with self:
            flags = {name: variable(f"clash:{name}") for name in claims}
            for name, claim in claims.items():
                self.add(implies(flags[name], claim))
            if self.find(*flags.values()) is not None:
                return []
            core = {str(flag) for flag in self._solver.unsat_core()}
        kept = [name for name in claims if f"clash:{name}" in core]
        return self._smaller(claims, kept)

    def _smaller(self, claims: Mapping[str, Formula], kept: list[str]) -> list[str]:
        for name in list(kept):
            rest = [other for other in kept if other != name]
            if self.find(*(claims[other] for other in rest)) is None:
                kept = rest
        return kept


class Undecided(Exception):
    """There was not time enough to find a model or to show that there is none."""
