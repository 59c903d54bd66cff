from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from service.engine.chunks import MOST_SLOTS, lower
from service.engine.faults import EngineLimit
from service.engine.program import Program
from service.model.condition import AllOf, AnyOf, Condition, Not, Test, Value
from tests.engine.crowd import CONCERNS, SUBJECTS, a_condition, some_facts
from tests.engine.rules import (
    PLACE,
    among,
    holding,
    number,
    ruleset,
    within,
    yes_no,
)


def test_two_thousand_rules_of_one_ruleset_fire_right() -> None:
    dice = Random(7)
    conditions = [a_condition(dice, place) for place in range(2000)]
    with Program(lower(ruleset(conditions, SUBJECTS))) as program:
        fired = 0
        for _ in range(300):
            facts = some_facts(dice)
            hits = program.fire(0, facts)
            assert hits == holding(conditions, facts)
            fired += len(hits)
    assert fired > 1000


def test_two_thousand_rules_that_all_hold_all_fire() -> None:
    conditions = [among("sensitive", True) for _ in range(2000)]
    with Program(lower(ruleset(conditions, SUBJECTS))) as program:
        assert program.fire(0, {"sensitive": True}) == set(range(2000))
        assert program.fire(0, {"sensitive": False}) == set()


@pytest.mark.parametrize("count", [200, MOST_SLOTS])
def test_a_rule_of_hundreds_of_tests_fires_only_where_all_hold(count: int) -> None:
    inputs = [yes_no(f"input_{i}") for i in range(count)]
    together = AllOf(tuple(among(one.key, True) for one in inputs))
    facts: dict[str, Value] = {one.key: True for one in inputs}
    with Program(lower(ruleset([together], inputs))) as program:
        assert program.fire(0, facts) == {0}
        for i in (0, 1, count // 2, count - 1):
            assert program.fire(0, {**facts, f"input_{i}": False}) == set()
            assert program.fire(0, {key: facts[key] for key in facts if key != f"input_{i}"}) == set()
        assert program.fire(0, facts) == {0}


def test_a_rule_of_more_tests_than_a_message_holds_is_refused() -> None:
    inputs = [yes_no(f"input_{i}") for i in range(MOST_SLOTS + 1)]
    together = AllOf(tuple(among(one.key, True) for one in inputs))
    with pytest.raises(EngineLimit, match="231 properties"):
        Program(lower(ruleset([together], inputs)))


@pytest.mark.parametrize(
    "condition",
    [
        AnyOf(tuple(within("depth", place, place) for place in range(1000))),
        AllOf(
            tuple(
                AnyOf(tuple(within(name, 10 * place, 10 * place + 5) for place in range(10)))
                for name in ("depth", "width", "age")
            )
        ),
    ],
    ids=["a list", "a product"],
)
def test_a_rule_of_a_thousand_alternatives_fires_once_where_any_holds(condition: Condition) -> None:
    inputs = [number(name) for name in ("depth", "width", "age")]
    dice = Random(3)
    with Program(lower(ruleset([condition, Not(condition)], inputs))) as program:
        for _ in range(200):
            facts: dict[str, Value] = {
                name: dice.choice((dice.randint(0, 1050), dice.randint(0, 99)))
                for name in ("depth", "width", "age")
                if dice.random() < 0.9
            }
            assert program.fire(0, facts) == holding([condition, Not(condition)], facts)


def test_three_hundred_inputs_are_told_apart() -> None:
    inputs = [number(f"input_{i}") for i in range(300)]
    conditions = [within(one.key, 5, 6) for one in inputs]
    with Program(lower(ruleset(conditions, inputs))) as program:
        for i in range(300):
            facts: dict[str, Value] = {one.key: 4 for one in inputs}
            assert program.fire(0, {**facts, f"input_{i}": Fraction(11, 2)}) == {i}


def test_numbers_are_compared_exactly_however_large_or_close() -> None:
    edge = 2**53
    points = [-edge - 1, -edge, 0, Fraction(1, 10), Fraction(1, 10**7), edge - 1, edge, edge + 1, 10**22]
    conditions: list[Condition] = []
    for point in points:
        conditions += [
            within("depth", point, None, ends="(]"),
            within("depth", point),
            within("depth", None, point),
            within("depth", None, point, ends="[)"),
            among("depth", point),
            Test("depth", "not_among", "", PLACE, frozenset({point})),
        ]
    tiny = Fraction(1, 10**30)
    values = [
        value for point in points for value in (point, point - 1, point + 1, point - tiny, point + tiny)
    ]
    values += [Fraction(repr(0.1)), Fraction(3, 10) - Fraction(2, 10), Fraction("1e-07"), Fraction(5), 5]
    with Program(lower(ruleset(conditions, [number("depth")]))) as program:
        for value in values:
            facts: dict[str, Value] = {"depth": value}
            assert program.fire(0, facts) == holding(conditions, facts), value


def test_a_tenth_is_not_above_a_tenth() -> None:
    above = within("depth", Fraction(1, 10), None, ends="(]")
    with Program(lower(ruleset([above], [number("depth")]))) as program:
        assert program.fire(0, {"depth": Fraction("0.1")}) == set()
        assert program.fire(0, {"depth": Fraction("0.1000000000001")}) == {0}


def test_yes_is_not_one_and_no_is_not_zero() -> None:
    inputs = [yes_no("sensitive"), number("depth")]
    conditions = [among("sensitive", True), among("sensitive", False), among("depth", 1), among("depth", 0)]
    with Program(lower(ruleset(conditions, inputs))) as program:
        assert program.fire(0, {"sensitive": True, "depth": 0}) == {0, 3}
        assert program.fire(0, {"sensitive": False, "depth": 1}) == {1, 2}


def test_a_set_given_empty_is_given_and_holds_none() -> None:
    ops = ("given", "unknown", "includes_any", "includes_none")
    conditions = [Test("reactions", op, "", PLACE, frozenset({"pih"})) for op in ops]  # type: ignore[arg-type]
    with Program(lower(ruleset(conditions, SUBJECTS))) as program:
        assert program.fire(0, {"reactions": frozenset()}) == {0, 3}
        assert program.fire(0, {"reactions": ()}) == {0, 3}
        assert program.fire(0, {"reactions": frozenset({"pih"})}) == {0, 2}
        assert program.fire(0, {}) == {1}


def test_rules_without_facts_fire_on_what_is_unknown() -> None:
    conditions = [Test("concern", "unknown", "", PLACE), Not(Test("concern", "given", "", PLACE))]
    with Program(lower(ruleset(conditions, SUBJECTS))) as program:
        assert program.fire(0, {}) == {0, 1}
        assert program.fire(0, {"concern": CONCERNS[0]}) == set()
