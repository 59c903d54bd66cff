"""An assessment that a ruleset takes, for examples: its first scenario's, or one made from its questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from service.evaluation.compiled import CompiledRuleset
from service.evaluation.intake import asking_order
from service.model.ruleset import Input
from service.serving.answer import value_json
from service.serving.older import Ready

DECISION_ID = "01920000-0000-7000-8000-000000000001"
"""The id of a decision that is an example."""

_ANY_MONTH = 12
"""Whether an assessment is taken is the same in all."""


def sample_assessment(compiled: CompiledRuleset) -> dict[str, Any]:
    """An assessment that is taken, the same for the same digest."""
    ruleset = compiled.ruleset
    for scenario in ruleset.scenarios:
        if not isinstance(compiled.decide(scenario.assessment, _ANY_MONTH), tuple):
            return dict(scenario.assessment)
    given: dict[str, Any] = {}
    for one in asking_order(ruleset):
        if (one.required or one.must_ask) and one.id not in _refused(
            compiled, {**given, one.id: first_answer(one)}
        ):
            given[one.id] = first_answer(one)
    return given


def sample_answer(ready: Ready, assessment: Mapping[str, Any]) -> dict[str, Any]:
    """What the ruleset answers to an assessment that it takes, with an id and a time that never change.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
        ValueError: the assessment is not taken.
    """
    ruleset = ready.compiled.ruleset
    day = max("2026-12-01", ruleset.effective.isoformat() if ruleset.effective else "")
    decision = ready.compiled.decide(dict(assessment), date.fromisoformat(day).month)
    if isinstance(decision, tuple):
        raise ValueError("the assessment is not taken")
    return ready.writer.write(
        decision, decision_id=DECISION_ID, evaluated_at=f"{day}T09:00:00Z", as_of=day, explain=False
    )


def _refused(compiled: CompiledRuleset, assessment: dict[str, Any]) -> set[str]:
    """The questions whose answers do not apply."""
    decided = compiled.decide(assessment, _ANY_MONTH)
    if not isinstance(decided, tuple):
        return set()
    return {one.pointer.rpartition("/")[2] for one in decided if one.code == "not-applicable"}


def first_answer(one: Input) -> Any:
    """The first answer to the question, as JSON data: its first option, none of several, no, its least."""
    match one.domain.shape:
        case "choice":
            return one.options[0].id
        case "set":
            return []
        case "yes_no":
            return False
        case "number":
            return value_json(one.domain.low)
        case shape:
            assert_never(shape)
