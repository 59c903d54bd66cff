from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.engine.atoms import Literal, alternatives
from service.evaluation.truth import Facts, holding, truth_of
from service.model.condition import AllOf, AnyOf, Condition, Not, Test
from tests.engine.kleene import truth
from tests.properties.logic import PLACE, SUBJECTS, conditions, facts, leaves
from tests.properties.profile import examples


def true(literal: Literal, known: Facts) -> bool:
    """Whether the literal is true: its test true or, negated, false."""
    return truth(literal.test, known) is (not literal.negated)


def some_alternative_holds(condition: Condition, known: Facts, *, negated: bool) -> bool:
    """Whether any of the alternatives has only true literals."""
    return any(
        all(true(literal, known) for literal in alternative)
        for alternative in alternatives(condition, negated=negated)
    )


@examples(250)
@given(st.lists(conditions(), min_size=1, max_size=4), st.lists(facts(), min_size=3, max_size=3))
def test_the_compiled_evaluator_is_kleenes_logic(parts: list[Condition], several: list[Facts]) -> None:
    alone, together = [truth_of(part) for part in parts], holding(enumerate(parts))
    for known in several:
        expected = [truth(part, known) for part in parts]
        assert [compiled(known) for compiled in alone] == expected
        assert together(known) == [number for number, held in enumerate(expected) if held]


def test_a_condition_nested_as_deeply_as_a_file_may_be_is_compiled() -> None:
    condition: Condition = Test("concern", "among", "", PLACE, frozenset({"acne"}))
    for depth in range(50):
        condition = (AllOf, AnyOf)[depth % 2]((Not(Not(condition)), Test("severity", "unknown", "", PLACE)))
    known: Facts = {"concern": "acne"}
    assert truth_of(condition)(known) is truth(condition, known)


@examples(150)
@given(st.lists(conditions(5), min_size=1, max_size=3), facts())
def test_de_morgans_laws_hold_also_for_the_unknown(parts: list[Condition], known: Facts) -> None:
    negations = tuple(Not(part) for part in parts)
    assert truth_of(Not(AllOf(tuple(parts))))(known) is truth_of(AnyOf(negations))(known)
    assert truth_of(Not(AnyOf(tuple(parts))))(known) is truth_of(AllOf(negations))(known)


@examples(150)
@given(conditions(), facts())
def test_what_is_denied_twice_is_said(condition: Condition, known: Facts) -> None:
    assert truth_of(Not(Not(condition)))(known) is truth_of(condition)(known)


@examples(100)
@given(st.sampled_from(sorted(SUBJECTS)), facts())
def test_given_and_unknown_are_never_unknown_and_each_is_what_the_other_is_not(
    key: str, known: Facts
) -> None:
    is_given = truth_of(Test(key, "given", "", PLACE))(known)
    is_unknown = truth_of(Test(key, "unknown", "", PLACE))(known)
    assert (is_given, is_unknown) == (key in known, key not in known)


@examples(150)
@given(leaves(), facts())
def test_a_test_of_a_value_is_unknown_exactly_where_there_is_no_value(test: Test, known: Facts) -> None:
    if test.op not in ("given", "unknown"):
        assert (truth_of(test)(known) is None) == (test.subject not in known)


@examples(150)
@given(conditions(), facts(), facts())
def test_learning_more_never_undoes_a_truth_that_asks_for_no_absence(
    condition: Condition, known: Facts, more: Facts
) -> None:
    if not any(literal.test.op in ("given", "unknown") for a in alternatives(condition) for literal in a):
        before, after = truth_of(condition)(known), truth_of(condition)({**more, **known})
        assert before is None or after is before


@examples(400)
@given(conditions(), facts())
def test_an_alternative_holds_exactly_where_the_condition_is_true_and_of_its_negation_where_it_is_false(
    condition: Condition, known: Facts
) -> None:
    assert some_alternative_holds(condition, known, negated=False) is (truth(condition, known) is True)
    assert some_alternative_holds(condition, known, negated=True) is (truth(condition, known) is False)
