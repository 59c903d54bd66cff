"""The door to z3: formulas, sums of points, and a solver that answers within a time or says that it can't.

A formula is a ``Term``, or Python's own True or False where it is settled, so that what is settled costs
nothing. What is built alike is one term, and z3 hears of it once it is asked about it. A term knows how its
truth follows from its variables: a model is asked for its variables only, and all else is worked out here,
which is many times quicker than asking z3. The same is worked out for thousands of assignments at once
(``Samples``): where one of them shows that something is possible, z3 is not asked.

Each solver opens a context of its own, in which all formulas made after it live: so what it finds depends on
nothing that was proven before. Contexts are not made for threads: prove one thing at a time.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import time
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from service.model.number import Number


class Term:
    """A formula that is not settled."""

    __slots__ = ("made", "parts")

    def __init__(self, *parts: Any) -> None:
        """``parts``: what it is built from."""
        self.parts = parts
        self.made: Any = None

    @property
    def expression(self) -> Any:
        """The formula in z3."""
        if self.made is None:
            self.made = self.in_z3()
        return self.made

    def in_z3(self) -> Any:
        """The formula, built from the expressions of its parts."""
        raise NotImplementedError

    def truth(self, assignments: Assignments) -> int:
        """Where it is true, worked out from the truth of its parts."""
        raise NotImplementedError


def _joined(make: Callable[..., Any], terms: Iterable[Term], *numbers: int) -> Any:
    """z3's own functions: what z3's Python classes check anew at each call, ``Term`` has settled."""
    made = [term.expression for term in terms]
    array = _array_of(len(made))(*[one.ast for one in made])
    context = made[0].ctx
    return z3.BoolRef(make(context.ref(), len(made), array, *numbers), context)


@functools.cache
def _array_of(length: int) -> Any:
    """A type of ctypes, which makes it anew at each call."""
    return z3.Ast * length


Formula: TypeAlias = Term | bool


class _Newest:
    """What belongs to the newest solver: z3's context, and all terms that were built for it."""

    context: Any = None
    truths: Any = None
    terms: dict[tuple[Any, ...], Term]


def _built(kind: type[Term], *parts: Any) -> Term:
    """The term of this kind with these parts."""
    key = (kind, parts)
    found = _Newest.terms.get(key)
    if found is None:
        found = _Newest.terms[key] = kind(*parts)
    return found


class _Variable(Term):
    """Its part is its name. ``declared``: z3's declaration of it, once z3 has heard of it."""

    __slots__ = ("declared",)

    def in_z3(self) -> Any:
        context = _Newest.context
        symbol = z3.Z3_mk_string_symbol(context.ref(), self.parts[0])
        made = z3.BoolRef(z3.Z3_mk_const(context.ref(), symbol, _Newest.truths.ast), context)
        self.declared = z3.Z3_get_app_decl(context.ref(), made.ast)  # lives as long as what it declares
        return made

    def truth(self, assignments: Assignments) -> int:
        return assignments.given(self)


class _And(Term):
    __slots__ = ()

    def in_z3(self) -> Any:
        return _joined(z3.Z3_mk_and, self.parts)

    def truth(self, assignments: Assignments) -> int:
        return assignments.where_all(self.parts)


class _Or(Term):
    __slots__ = ()

    def in_z3(self) -> Any:
        return _joined(z3.Z3_mk_or, self.parts)

    def truth(self, assignments: Assignments) -> int:
        return assignments.where_any(self.parts)


class _AtMostOne(Term):
    __slots__ = ()

    def in_z3(self) -> Any:
        return _joined(z3.Z3_mk_atmost, self.parts, 1)

    def truth(self, assignments: Assignments) -> int:
        return assignments.where_at_most_one(self.parts)


class _Negation(Term):
    __slots__ = ()

    def in_z3(self) -> Any:
        denied = self.parts[0].expression
        return z3.BoolRef(z3.Z3_mk_not(denied.ctx.ref(), denied.ast), denied.ctx)

    def truth(self, assignments: Assignments) -> int:
        return assignments.all ^ assignments.where(self.parts[0])


class _Iff(Term):
    __slots__ = ()

    def in_z3(self) -> Any:
        one, other = (part.expression for part in self.parts)
        return z3.BoolRef(z3.Z3_mk_eq(one.ctx.ref(), one.ast, other.ast), one.ctx)

    def truth(self, assignments: Assignments) -> int:
        one, other = self.parts
        return assignments.all ^ assignments.where(one) ^ assignments.where(other)


def variable(name: str) -> Term:
    """A thing that may be true or false; it belongs to the newest solver."""
    return _built(_Variable, name)


def and_(formulas: Iterable[Formula]) -> Formula:
    """All of them hold."""
    kept: list[Term] = []
    for formula in formulas:
        if formula is False:
            return False
        if formula is not True:
            kept.append(formula)
    if len(kept) < 2:
        return kept[0] if kept else True
    return _built(_And, *kept)


def or_(formulas: Iterable[Formula]) -> Formula:
    """At least one of them holds."""
    kept: list[Term] = []
    for formula in formulas:
        if formula is True:
            return True
        if formula is not False:
            kept.append(formula)
    if len(kept) < 2:
        return kept[0] if kept else False
    return _built(_Or, *kept)


def not_(formula: Formula) -> Formula:
    """It does not hold."""
    if not isinstance(formula, Term):
        return not formula
    return formula.parts[0] if isinstance(formula, _Negation) else _built(_Negation, formula)


def implies(when: Formula, then: Formula) -> Formula:
    """Where the first holds, the second does."""
    return or_((not_(when), then))


def iff(one: Formula, other: Formula) -> Formula:
    """Both hold or neither does."""
    if one is other:
        return True
    if not isinstance(one, Term):
        return other if one else not_(other)
    if not isinstance(other, Term):
        return one if other else not_(one)
    return _built(_Iff, one, other)


def xor(one: Formula, other: Formula) -> Formula:
    """One of the two holds and the other does not."""
    return not_(iff(one, other))


def at_most_one(formulas: Iterable[Formula]) -> Formula:
    """No two of them hold."""
    listed = list(formulas)
    terms = [formula for formula in listed if isinstance(formula, Term)]
    certain = sum(formula is True for formula in listed)
    if certain or len(terms) < 2:
        return certain < 2 and (not certain or not_(or_(terms)))
    return _built(_AtMostOne, *terms)


class Sum:
    """A sum of points, each counted where its formula holds; compared exactly with numbers."""

    def __init__(self, points: Iterable[tuple[Formula, Number]]) -> None:
        self.points = tuple(points)
        self.scale = math.lcm(1, *(Fraction(point).denominator for _, point in self.points))
        self._hash = hash(self.points)

    @functools.cached_property
    def expression(self) -> Any:
        """The sum times its scale, a whole number, in z3."""
        context = _Newest.context
        terms = [
            z3.If(formula.expression, z3.IntVal(int(point * self.scale), context), z3.IntVal(0, context))
            for formula, point in self.points
            if isinstance(formula, Term) and point
        ]
        certain = sum(int(point * self.scale) for formula, point in self.points if formula is True)
        return z3.Sum([*terms, z3.IntVal(certain, context)])

    def at_least(self, number: Number) -> Formula:
        """The sum is the number or more."""
        return _built(_Compared, self, "at least", number)

    def above(self, number: Number) -> Formula:
        """The sum is more than the number."""
        return _built(_Compared, self, "above", number)

    def equals(self, number: Number) -> Formula:
        """The sum is the number."""
        if Fraction(number * self.scale).denominator != 1:
            return False
        return _built(_Compared, self, "equals", number)

    def at_most_that_of(self, other: Sum) -> Formula:
        """The sum is no more than the other one."""
        return _built(_NoMore, self, other)

    def in_model(self, model: Model) -> Number:
        """The sum in a model."""
        return next(iter(model.totals(self)))

    def __eq__(self, other: object) -> bool:
        """The same points for the same formulas."""
        return isinstance(other, Sum) and self.points == other.points

    def __hash__(self) -> int:
        """By its points."""
        return self._hash


class _Compared(Term):
    """Its parts are a sum, how it is compared, and with which number."""

    __slots__ = ()

    def in_z3(self) -> Any:
        summed, how, number = self.parts
        scaled = number * summed.scale
        if how == "at least":
            return summed.expression >= math.ceil(scaled)
        return summed.expression > math.floor(scaled) if how == "above" else summed.expression == int(scaled)

    def truth(self, assignments: Assignments) -> int:
        summed, how, number = self.parts
        passes = {"at least": operator.ge, "above": operator.gt, "equals": operator.eq}[how]
        totals = assignments.totals(summed)
        return functools.reduce(
            operator.or_, (where for total, where in totals.items() if passes(total, number)), 0
        )


class _NoMore(Term):
    """Its parts are two sums, of which the first is no more than the second."""

    __slots__ = ()

    def in_z3(self) -> Any:
        one, other = self.parts
        return one.expression * other.scale <= other.expression * one.scale

    def truth(self, assignments: Assignments) -> int:
        pairs = itertools.product(*(assignments.totals(summed).items() for summed in self.parts))
        return functools.reduce(operator.or_, (one & its for (a, one), (b, its) in pairs if a <= b), 0)


class Assignments:
    """What is true in several ways to give each variable a truth: a whole number with a bit for each way."""

    def __init__(self, count: int) -> None:
        self.all = (1 << count) - 1
        self._known: dict[Term, int] = {}
        self._totals: dict[Sum, dict[Number, int]] = {}

    def given(self, held: _Variable) -> int:
        """Where a variable is true."""
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

    def given(self, held: _Variable) -> int:
        """What z3 says of a variable; one of which it was not told, or that it left open, is false."""
        if held.made is None:
            return 0
        context = self._model.ctx.ref()
        found = z3.Z3_model_get_const_interp(context, self._model.model, held.declared)
        return int(bool(found) and z3.Z3_get_bool_value(context, found) == z3.Z3_L_TRUE)


class Samples(Assignments):
    """Assignments of our own choice; what was not chosen is false."""

    def choose(self, held: Formula, where: int) -> None:
        """Say where a variable, or what stands for a formula, is true."""
        if isinstance(held, Term):
            self._known[held] = where

    def given(self, held: _Variable) -> int:  # noqa: ARG002 - chosen variables are known
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


_QUICK = 200_000
"""Of z3's own counts of work, about 0.2 s. A search is bounded by them first, for a clock costs a thread."""

_NEVER = 2**32 - 1
"""z3's word for no time limit."""


class Solver:
    """Searches for models of what was said to hold."""

    def __init__(self, deadline: Deadline) -> None:
        self._context = _Newest.context = z3.Context()
        _Newest.truths, _Newest.terms = z3.BoolSort(self._context), {}
        self._solver = z3.Solver(ctx=self._context)
        self._solver.set(rlimit=_QUICK)
        self.deadline = deadline
        self._scopes = 0
        self._outside_scopes: list[Formula] = []
        self._definitions: list[tuple[Term, Formula]] = []
        self._samples = Samples(0)

    def add(self, formula: Formula) -> None:
        """From here on this holds, until the scope that it was said in is left."""
        if formula is not True:
            self._tell(formula)
            if not self._scopes:
                self._outside_scopes.append(formula)

    def define(self, name: str, formula: Term) -> Term:
        """A variable that stands for a formula, until the scope that this is said in is left."""
        stands_for = variable(name)
        self._tell(iff(stands_for, formula))
        if not self._scopes:
            self._definitions.append((stands_for, formula))
        return stands_for

    def _tell(self, formula: Formula) -> None:
        told = formula.expression if isinstance(formula, Term) else z3.BoolVal(formula, self._context)
        z3.Z3_solver_assert(self._context.ref(), self._solver.solver, told.ast)

    def try_first(self, samples: Samples) -> None:
        """From here on, ask these assignments before z3 whether something holds somewhere."""
        for (
            stands_for,
            formula,
        ) in self._definitions:  # in their order, for one may rest on a long row of others
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
        asked = [claim.expression for claim in claims if isinstance(claim, Term)]
        left = self.deadline.left_ms
        if left == 0:
            raise Undecided
        found = self._solver.check(*asked)
        if found == z3.unknown:
            self._solver.set(rlimit=0, timeout=left)
            found = self._solver.check(*asked)
            self._solver.set(rlimit=_QUICK, timeout=_NEVER)
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
