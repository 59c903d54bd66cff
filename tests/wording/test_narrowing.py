"""What a condition comes to once one question is answered agrees with what fires for worked clients."""

from __future__ import annotations

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.model.condition import AllOf, AnyOf, Not, Test
from service.model.decision import Decision
from service.model.problem import Place
from service.model.ruleset import Option
from service.store.folders import read_shelf, shipped
from service.wording.conditions import looks_at, narrowed

RED = Option("red", "Red", {"waves": (532,)})
IS_RED = Test("laser", "among", "laser: red", Place("x"), frozenset({"red"}))
IS_BLUE = Test("laser", "among", "laser: blue", Place("x"), frozenset({"blue"}))
HAS_532 = Test("laser.waves", "includes_any", "laser.waves: includes 532", Place("x"), frozenset({532}))
PULSED = Test("laser.pulse", "among", "laser.pulse: pico", Place("x"), frozenset({"pico"}))
NO_PULSE = Test("laser.pulse", "unknown", "laser.pulse: unknown", Place("x"))
OLD = Test("age", "given", "age: given", Place("x"))


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (IS_RED, True),
        (IS_BLUE, False),
        (Not(IS_BLUE), True),
        (HAS_532, True),
        (PULSED, False),
        (Not(PULSED), False),
        (NO_PULSE, True),
        (OLD, OLD),
        (Not(OLD), Not(OLD)),
        (AllOf((IS_RED, OLD)), OLD),
        (AllOf((IS_BLUE, OLD)), False),
        (AnyOf((IS_BLUE, OLD)), OLD),
        (AnyOf((IS_RED, OLD)), True),
        (Not(AllOf((IS_RED, OLD))), Not(OLD)),
        (Not(AnyOf((PULSED, OLD))), False),
        (AllOf((OLD, AnyOf((IS_BLUE, PULSED)))), False),
    ],
)
def test_a_condition_comes_to_what_is_left_of_it(condition, left) -> None:  # type: ignore[no-untyped-def]
    assert narrowed(condition, "laser", RED) == left


def test_it_looks_at_a_question_by_its_attributes_too() -> None:
    assert looks_at(AllOf((OLD, Not(HAS_532))), "laser")
    assert not looks_at(OLD, "laser")


@pytest.mark.parametrize("name", ["example-clinic", "tattoo-kirby-desai"])
def test_what_is_sure_or_ruled_out_agrees_with_what_fires(name: str) -> None:
    ruleset = read_shelf(shipped(), only=name).read[name].ruleset
    assert ruleset is not None
    compiled = CompiledRuleset(ruleset)
    seen = set()
    for scenario in ruleset.scenarios:
        decision = compiled.decide(scenario.assessment, 12)
        assert isinstance(decision, Decision)
        fired = {hit.rule.id for hit in decision.fired}
        for question in ("concern", "device", "tattoo_made"):
            given = scenario.assessment.get(question)
            option = next(
                (one for one in ruleset.inputs[question].options if one.id == given)
                if question in ruleset.inputs
                else iter(()),
                None,
            )
            for rule in ruleset.rules if option is not None else ():
                left = narrowed(rule.when, question, option)  # type: ignore[arg-type]
                if isinstance(left, bool):
                    seen.add(left)
                    assert (rule.id in fired) == left, (rule.id, scenario.name)
    compiled.close()
    assert seen == {True, False}
