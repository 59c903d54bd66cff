"""The door to z3: formulas, sums of points, and a solver that answers within a time or says that it can't.

A formula is a ``Term``, or Python's own True or False where it is settled, so that what is settled costs
nothing. A term is built in z3 and knows beside it how its truth follows from its variables: a model is asked
for its variables only, and all else is worked out here, which is many times quicker than asking z3. The
same is worked out for thousands of assignments at once (``Samples``): where one of them shows that something
is possible, z3 is not asked.

Each solver opens a context of its own, in which all formulas made after it live: so what it finds depends on
nothing that was proven before. Contexts are not made for threads: prove one thing at a time.
"""

from __future__ import annotations

import functools
import itertools
import math
import time
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from operator import or_ as or_bits
from typing import Any, TypeAlias

import z3

from service.model.number import Number


class Term:
    """A formula that is not settled, in z3 and with its truth in a model."""

    __slots__ = ("expression", "negated", "truth")

    def __init__(self, expression: Any, truth: Callable[[Assignments], int]) -> None:
        """``expression``: z3's. ``truth``: the same, worked out from the truth of its parts."""
        self.expression = expression
        self.truth = truth
        self.negated: Term | None = None  # once it was asked for: what z3 is told costs most


Formula: TypeAlias = Term | bool


class _Context:
    """The context of the newest solver."""

    newest: Any = None


def variable(name: str) -> Term:
    """A thing that may be true or false; it belongs to the newest solver."""
    held = z3.Bool(name, _Context.newest)
    declared = held.decl()
    return Term(held, lambda assignments: assignments.given(declared))


def and_(formulas: Iterable[Formula]) -> Formula:
    """All of them hold."""
    kept: list[Term] = []
    for formula in formulas:
        if isinstance(formula, Term):
            kept.append(formula)
        elif not formula:
            return False
    if len(kept) < 2:
        return kept[0] if kept else True
    return Term(_joined(z3.Z3_mk_and, kept), lambda assignments: assignments.where_all(kept))


def or_(formulas: Iterable[Formula]) -> Formula:
    """At least one of them holds."""
    kept: list[Term] = []
    for formula in formulas:
        if isinstance(formula, Term):
            kept.append(formula)
        elif formula:
            return True
    if len(kept) < 2:
        return kept[0] if kept else False
    return Term(_joined(z3.Z3_mk_or, kept), lambda assignments: assignments.where_any(kept))


def _joined(make: Callable[..., Any], terms: list[Term]) -> Any:
    """z3's own functions: what z3's Python classes check anew at each call, ``Term`` has settled."""
    context = terms[0].expression.ctx
    return z3.BoolRef(make(context.ref(), len(terms), _array(terms)), context)


def _array(terms: list[Term]) -> Any:
    return (z3.Ast * len(terms))(*[term.expression.ast for term in terms])


def not_(formula: Formula) -> Formula:
    """It does not hold."""
    if not isinstance(formula, Term):
        return not formula
    if formula.negated is None:
        context = formula.expression.ctx
        negated = z3.BoolRef(z3.Z3_mk_not(context.ref(), formula.expression.ast), context)
        formula.negated = Term(negated, lambda assignments: assignments.all ^ assignments.where(formula))
    return formula.negated


def implies(when: Formula, then: Formula) -> Formula:
    """Where the first holds, the second does."""
    return or_((not_(when), then))


def iff(one: Formula, other: Formula) -> Formula:
    """Both hold or neither does."""
    if identical(one, other):
        return True
    if not isinstance(one, Term):
        return other if one else not_(other)
    if not isinstance(other, Term):
        return one if other else not_(one)
    context = one.expression.ctx
    equal = z3.BoolRef(z3.Z3_mk_eq(context.ref(), one.expression.ast, other.expression.ast), context)
    return Term(equal, lambda found: found.all ^ found.where(one) ^ found.where(other))


def xor(one: Formula, other: Formula) -> Formula:
    """One of the two holds and the other does not."""
    return not_(iff(one, other))


def identical(one: Formula, other: Formula) -> bool:
    """Whether two formulas are built alike, so that they hold in the same models."""
    return one is other or spelling(one) == spelling(other)


def spelling(formula: Formula) -> object:
    """The same for formulas that are built alike, as long as one of them is kept."""
    return formula.expression.get_id() if isinstance(formula, Term) else formula


def at_most_one(formulas: Iterable[Formula]) -> Formula:
    """No two of them hold."""
    listed = list(formulas)
    terms = [formula for formula in listed if isinstance(formula, Term)]
    certain = sum(formula is True for formula in listed)
    if certain or len(terms) < 2:
        return certain < 2 and (not certain or not_(or_(terms)))
    context = terms[0].expression.ctx
    expression = z3.BoolRef(z3.Z3_mk_atmost(context.ref(), len(terms), _array(terms), 1), context)
    return Term(expression, lambda assignments: assignments.where_at_most_one(terms))


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
        expression = self._value >= math.ceil(number * self._scale)
        return Term(expression, lambda found: self._where(found, lambda total: total >= number))

    def above(self, number: Number) -> Formula:
        """The sum is more than the number."""
        expression = self._value > math.floor(number * self._scale)
        return Term(expression, lambda found: self._where(found, lambda total: total > number))

    def equals(self, number: Number) -> Formula:
        """The sum is the number."""
        scaled = Fraction(number * self._scale)
        if scaled.denominator != 1:
            return False
        equal = self._value == scaled.numerator
        return Term(equal, lambda found: self._where(found, lambda total: total == number))

    def at_most_that_of(self, other: Sum) -> Formula:
        """The sum is no more than the other one."""
        expression = self._value * other._scale <= other._value * self._scale

        def where(found: Assignments) -> int:
            pairs = itertools.product(found.totals(self).items(), found.totals(other).items())
            return functools.reduce(or_bits, (one & its for (a, one), (b, its) in pairs if a <= b), 0)

        return Term(expression, where)

    def _where(self, assignments: Assignments, passes: Callable[[Number], bool]) -> int:
        totals = assignments.totals(self)
        return functools.reduce(or_bits, (where for total, where in totals.items() if passes(total)), 0)

    def in_model(self, model: Model) -> Number:
        """The sum in a model."""
        return next(iter(model.totals(self)))


def _counted(formula: Formula, points: int) -> Any:
    if not isinstance(formula, Term):
        return _whole(points if formula else 0)
    return z3.If(formula.expression, _whole(points), _whole(0))


def _whole(number: int) -> Any:
    return z3.IntVal(number, _Context.newest)


class Assignments:
    """What is true in several ways to give each variable a truth: a whole number with a bit for each way."""

    def __init__(self, count: int) -> None:
        self.all = (1 << count) - 1
        self._known: dict[Term, int] = {}
        self._totals: dict[Sum, dict[Number, int]] = {}

    def given(self, declared: Any) -> int:
        """Where a variable is true, by z3's declaration of it."""
        raise NotImplementedError

    def where(self, formula: Formula) -> int:
        """Where the formula is true."""
        if not isinstance(formula, Term):
            return self.all if formula else 0
        known = self._known.get(formula)
        if known is None:
            known = self._known[formula] = formula.truth(self)
        return known

    def where_all(self, formulas: Iterable[Formula]) -> int:
        """Where all of them are true."""
        found = self.all
        for formula in formulas:
            found &= self.where(formula)
            if not found:
                break
        return found

    def where_any(self, formulas: Iterable[Formula]) -> int:
        """Where at least one of them is true."""
        found = 0
        for formula in formulas:
            found |= self.where(formula)
            if found == self.all:
                break
        return found

    def where_at_most_one(self, formulas: Iterable[Formula]) -> int:
        """Where no two of them are true."""
        once = twice = 0
        for formula in formulas:
            held = self.where(formula)
            twice |= once & held
            once |= held
        return self.all ^ twice

    def totals(self, summed: Sum) -> dict[Number, int]:
        """Each total that a sum comes to somewhere, and where it does."""
        found = self._totals.get(summed)
        if found is None:
            found = {0: self.all}
            for formula, point in summed.points:
                counted, grown = self.where(formula), dict[Number, int]()
                for total, where in found.items():
                    for number, there in ((total + point, where & counted), (total, where & ~counted)):
                        if there:
                            grown[number] = grown.get(number, 0) | there
                found = grown
            self._totals[summed] = found
        return found


class Model(Assignments):
    """One way in which everything asked for holds."""

    def __init__(self, model: Any) -> None:
        super().__init__(1)
        self._model = model

    def holds(self, formula: Formula) -> bool:
        """Whether the formula is true in it; what was left open is false."""
        return bool(self.where(formula))

    def given(self, declared: Any) -> int:
        """What z3 says of a variable, by its declaration; one that it left open is false."""
        context = self._model.ctx.ref()
        found = z3.Z3_model_get_const_interp(context, self._model.model, declared.ast)
        return int(bool(found) and z3.Z3_get_bool_value(context, found) == z3.Z3_L_TRUE)


class Samples(Assignments):
    """Assignments of our own choice; what was not chosen is false."""

    def choose(self, held: Formula, where: int) -> None:
        """Say where a variable, or what stands for a formula, is true."""
        if isinstance(held, Term):
            self._known[held] = where

    def given(self, declared: Any) -> int:  # noqa: ARG002 - chosen variables are known
        """Nowhere: nothing was chosen for it."""
        return 0


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
        self._scopes = 0
        self._outside_scopes: list[Formula] = []
        self._definitions: list[tuple[Term, Formula]] = []
        self._samples = Samples(0)

    def add(self, formula: Formula) -> None:
        """From here on this holds, until the scope that it was said in is left."""
        if formula is not True:
            self._solver.add(formula.expression if isinstance(formula, Term) else formula)
            if not self._scopes:
                self._outside_scopes.append(formula)

    def define(self, name: str, formula: Term) -> Term:
        """A variable that stands for a formula, until the scope that this is said in is left."""
        stands_for = variable(name)
        self._solver.add(stands_for.expression == formula.expression)
        if not self._scopes:
            self._definitions.append((stands_for, formula))
        return stands_for

    def try_first(self, samples: Samples) -> None:
        """From here on, ask these assignments before z3 whether something holds somewhere."""
        for stands_for, formula in self._definitions:
            samples.choose(stands_for, samples.where(formula))
        self._samples = samples

    def sampled(self, *claims: Formula) -> int:
        """In which of the samples all that holds outside scopes, and the claims, are true."""
        return self._samples.where_all((*claims, *self._outside_scopes))

    def __enter__(self) -> Solver:
        self._solver.push()
        self._scopes += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._solver.pop()
        self._scopes -= 1

    def find(self, *claims: Formula) -> Model | None:
        """A model in which the claims hold too; None where there is none.

        Raises:
            Undecided: it would take more time than there is.
        """
        return Model(self._solver.model()) if self._satisfiable(claims) else None

    def holds_somewhere(self, *claims: Formula) -> bool:
        """Whether there is a model in which the claims hold.

        Raises:
            Undecided: it would take more time than there is.
        """
        if not self._scopes and self.sampled(*claims):
            return True
        return self._satisfiable(claims)

    def _satisfiable(self, claims: tuple[Formula, ...]) -> bool:
        if any(claim is False for claim in claims):
            return False
        left = self.deadline.left_ms
        if left == 0:
            raise Undecided
        self._solver.set("timeout", left)
        found = self._solver.check(*(claim.expression for claim in claims if isinstance(claim, Term)))
        if found == z3.unknown:
            raise Undecided
        return bool(found == z3.sat)

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
            if self._satisfiable(tuple(flags.values())):
                return []
            core = {str(flag) for flag in self._solver.unsat_core()}
        kept = [name for name in claims if f"clash:{name}" in core]
        return self._smaller(claims, kept)

    def _smaller(self, claims: Mapping[str, Formula], kept: list[str]) -> list[str]:
        for name in list(kept):
            rest = [other for other in kept if other != name]
            if not self.holds_somewhere(*(claims[other] for other in rest)):
                kept = rest
        return kept


class Undecided(Exception):
    """There was not time enough to find a model or to show that there is none."""


class NotShown(Undecided):
    """Neither proven nor broken by what was tried, and more time would not help."""
