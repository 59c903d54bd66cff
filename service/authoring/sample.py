"""A worked client for a new ruleset: taken from the ruleset that it extends, or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.model.ruleset import Ruleset
from service.serving.sampling import first_answer

_TRIES = 20
Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sample:
    """A client: who it is, the answers as JSON data, and what came of them."""

    name: str
    answers: Answers
    decision: Decision


def sample_of(compiled: CompiledRuleset, extended: Ruleset) -> Sample | None:
    """A client whom the ruleset plans; rather one of the extended ruleset's, and one with a plan in numbers.

    None where neither those fit nor one could be made up.

    Raises:
        DoubleEntryError: engine and evaluator differ.
        EngineFault: the engine refused.
    """
    kept: Sample | None = None
    for scenario in extended.scenarios:
        decision = compiled.decide(scenario.assessment)
        if isinstance(decision, Decision):
            sample = Sample(scenario.name, scenario.assessment, decision)
            if decision.plan.verdict == "several_sessions" and decision.plan.sessions is not None:
                return sample
            kept = kept or sample
    return kept or _made_up(compiled)


def _made_up(compiled: CompiledRuleset) -> Sample | None:
    """The first answer to every question that wants one; those that don't apply are left out again."""
    inputs = compiled.ruleset.inputs
    answers = {one.id: first_answer(one) for one in inputs.values() if one.required or one.must_ask}
    for _ in range(_TRIES):
        decision = compiled.decide(answers)
        if isinstance(decision, Decision):
            return Sample("A client", answers, decision)
        for refusal in decision:
            name = refusal.pointer.removeprefix("/assessment/").partition("/")[0]
            if name in answers:
                del answers[name]
            elif name in inputs:
                answers[name] = first_answer(inputs[name])
    return None
