"""An assessment that a ruleset takes, for examples: its first scenario's, or one made from its questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, assert_never

from service.evaluation.changing import open_with
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.intake import asking_order
from service.model.problem import Refusal
from service.model.ruleset import Input
from service.serving.answer import value_json
from service.serving.choosing import Ready

DECISION_ID = "01920000-0000-7000-8000-000000000001"
"""The id of a decision that is an example."""

_ANY_MONTH = 12
"""Whether an assessment is taken is the same in all."""


def sample_assessment(compiled: CompiledRuleset) -> dict[str, Any] | None:
    """An assessment that is taken, the same for the same digest; None: none was found."""
    ruleset = compiled.ruleset
    for scenario in ruleset.scenarios:
        if not isinstance(compiled.decide(scenario.assessment, _ANY_MONTH), tuple):
            return dict(scenario.assessment)
    asked = [one for one in asking_order(ruleset) if one.required or one.must_ask]
    given = _answered(compiled, {}, asked)
    return _without_contradictions(compiled, given, given)


def completed(
    compiled: CompiledRuleset, given: Mapping[str, Any], questions: Iterable[str]
) -> dict[str, Any] | None:
    """What is given, with some answers to these questions and to those asked because of them.

    None: none was found with which it is taken.
    """
    is_open = open_with(compiled.ruleset, questions)
    asked = [one for one in asking_order(compiled.ruleset) if one.required and one.id in is_open]
    some = _answered(compiled, given, asked)
    return _without_contradictions(compiled, some, [name for name in some if name in is_open])


def _answered(compiled: CompiledRuleset, given: Mapping[str, Any], asked: Iterable[Input]) -> dict[str, Any]:
    """What is given, and the first answer to each question that then applies."""
    found = dict(given)
    for one in asked:
        if one.id not in _refused(compiled, {**found, one.id: first_answer(one)}):
            found[one.id] = first_answer(one)
    return found


def _without_contradictions(
    compiled: CompiledRuleset, given: dict[str, Any], names: Collection[str]
) -> dict[str, Any] | None:
    """The assessment, of these one answer after the other otherwise as long as that leaves fewer mistakes."""
    names = tuple(names)
    decided = compiled.decide(given, _ANY_MONTH)
    while isinstance(decided, tuple):
        nearer = next(
            (other for other in _nearby(compiled, given, names) if len(other[1]) < len(decided)), None
        )
        if nearer is None:
            return None
        given, decided = nearer[0], nearer[1] or compiled.decide(nearer[0], _ANY_MONTH)
    return given


def _nearby(
    compiled: CompiledRuleset, given: dict[str, Any], names: Iterable[str]
) -> Iterator[tuple[dict[str, Any], tuple[Refusal, ...]]]:
    """The assessment with one of these answers otherwise, and what is wrong with it then."""
    inputs = compiled.ruleset.inputs
    for name in names:
        for answer in _answers(inputs[name]):
            other = {**given, name: answer}
            decided = compiled.decide(other, _ANY_MONTH)
            yield other, decided if isinstance(decided, tuple) else ()


def _answers(one: Input) -> list[Any]:
    options = [option.id for option in one.options]
    match one.domain.shape:
        case "choice":
            return options
        case "set":
            return [[], *([option] for option in options)]
        case "yes_no":
            return [False, True]
        case "number":
            return [value_json(one.domain.low), value_json(one.domain.high)]
        case shape:
            assert_never(shape)


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
    return _answers(one)[0]
