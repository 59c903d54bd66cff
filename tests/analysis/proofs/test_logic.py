"""What a term says of a model is what z3 says of it: proofs settle whole regions by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import z3
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.proofs.logic import (
    Deadline,
    Formula,
    Model,
    Solver,
    Sum,
    Term,
    and_,
    at_most_one,
    iff,
    implies,
    not_,
    or_,
    variable,
)

NAMES = tuple("abcdef")
POINTS = tuple(Fraction(number, 4) for number in range(-6, 9))

Made = Callable[[Sequence[Formula]], Formula]
"""Builds a formula from the variables of the newest solver."""


def _joined(join: Callable[[list[Formula]], Formula]) -> Callable[[list[Made]], Made]:
    return lambda parts: lambda variables: join([part(variables) for part in parts])


def _summed(points: list[tuple[Made, Fraction]], number: Fraction, compare: str) -> Made:
    return lambda variables: getattr(Sum([(part(variables), point) for part, point in points]), compare)(
        number
    )


def _of(one: list[tuple[Made, Fraction]], other: list[tuple[Made, Fraction]]) -> Made:
    return lambda variables: Sum([(part(variables), point) for part, point in one]).at_most_that_of(
        Sum([(part(variables), point) for part, point in other])
    )


_LEAVES: st.SearchStrategy[Made] = st.one_of(
    st.integers(0, len(NAMES) - 1).map(lambda index: lambda variables: variables[index]),
    st.booleans().map(lambda value: lambda _: value),
)


def _larger(parts: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    several = st.lists(parts, max_size=4)
    points = st.lists(st.tuples(parts, st.sampled_from(POINTS)), max_size=3)
    comparisons = st.sampled_from(("at_least", "above", "equals"))
    return st.one_of(
        several.map(_joined(and_)),
        several.map(_joined(or_)),
        several.map(_joined(at_most_one)),
        parts.map(lambda part: _joined(lambda made: not_(made[0]))([part])),
        st.tuples(parts, parts).map(lambda pair: _joined(lambda made: iff(*made))([*pair])),
        st.tuples(parts, parts).map(lambda pair: _joined(lambda made: implies(*made))([*pair])),
        st.builds(_summed, points, st.sampled_from(POINTS), comparisons),
        st.builds(_of, points, points),
    )


FORMULAS = st.recursive(_LEAVES, _larger, max_leaves=25)


def _by_z3(model: Any, formula: Formula) -> bool:
    if not isinstance(formula, Term):
        return formula
    return bool(z3.is_true(model.eval(formula.expression, model_completion=True)))


@given(FORMULAS, FORMULAS)
def test_a_model_holds_what_z3_says_that_it_holds(claim: Made, other: Made) -> None:
    solver = Solver(Deadline(60))
    variables = [variable(name) for name in NAMES]
    claimed, formula = claim(variables), other(variables)
    model = solver.find(claimed)
    if model is None:
        assert not solver.holds_somewhere(claimed)
        assert solver.holds_somewhere(not_(claimed))
        return
    asked_of = Model(model._model)
    assert model.holds(claimed)
    assert asked_of.holds(formula) is _by_z3(model._model, formula)
    assert model.holds(not_(formula)) is not model.holds(formula)


@given(FORMULAS)
def test_formulas_that_are_built_alike_are_one_term(made: Made) -> None:
    Solver(Deadline(60))
    variables = [variable(name) for name in NAMES]
    one, other = made(variables), made(variables)
    assert one is other


def test_a_variable_that_a_model_leaves_open_is_false() -> None:
    solver = Solver(Deadline(60))
    asked, open_one = variable("asked"), variable("open")
    model = solver.find(asked)
    assert model is not None
    assert model.holds(asked)
    assert not model.holds(open_one)
