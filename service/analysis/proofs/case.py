"""What each kind of proof works with: the world, the engine that confirms, and what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.analysis.proofs.logic import Deadline, Formula, Model, Solver, Undecided, not_
from service.analysis.proofs.profile import Profile, profile
from service.analysis.proofs.samples import SampledAnswers
from service.analysis.proofs.seasons import asking_the_month
from service.analysis.proofs.world import World
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import DAY, Scalar
from service.model.decision import Decision
from service.model.number import as_json
from service.model.problem import Place, Problem, Severity
from service.model.ruleset import Rule, Ruleset

Assessment = Mapping[str, Any]
"""As JSON data: options and levels as texts, sets as lists, numbers as numbers."""


class Confirmed:
    """What the engine makes of assessments that proofs found."""

    def __init__(self, compiled: CompiledRuleset) -> None:
        self.compiled = compiled

    def decision(self, example: Assessment) -> Decision | None:
        """The engine's decision; None where it does not take the assessment, or the month is missing."""
        if self.compiled.ruleset.tests_month and DAY not in example:
            return None
        decided = self.compiled.decide_example(example)
        return None if isinstance(decided, tuple) else decided

    def fires(self, example: Assessment, *rules: str) -> bool:
        """Whether the engine fires all these rules."""
        decided = self.decision(example)
        if decided is None:
            return False
        fired = {hit.rule.id for hit in decided.fired}
        return fired.issuperset(rules)


@dataclass(frozen=True)
class ProofCase:
    """A ruleset under proof. ``unreachable``: rules that were shown never to fire, by id."""

    ruleset: Ruleset
    world: World
    engine: Confirmed
    sampled: SampledAnswers
    unreachable: frozenset[str] = frozenset()

    @property
    def solver(self) -> Solver:
        """The solver of the world."""
        return self.world.solver

    @cached_property
    def profile(self) -> Profile:
        """The profile of the world, worked out once for all guarantees."""
        return profile(self.world)


def opened(compiled: CompiledRuleset, deadline: Deadline) -> ProofCase:
    """The case for a compiled ruleset."""
    (ruleset,) = asking_the_month(compiled.ruleset)
    world = World.alone(ruleset, Solver(deadline))
    sampled = SampledAnswers(world)
    world.solver.try_first(sampled.samples)
    return ProofCase(ruleset, world, Confirmed(compiled), sampled)


def warning(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """A warning with the assessments that show it."""
    return _problem(place, code, message, "warning", examples)


def error(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """An error with the assessments that show it."""
    return _problem(place, code, message, "error", examples)


def _problem(
    place: Place, code: str, message: str, severity: Severity, examples: tuple[Assessment, ...]
) -> Problem:
    return Problem(place, code, message, severity, tuple(as_text(example) for example in examples))


def at(rule: Rule, *path: str) -> Place:
    """Where a part of the rule stands."""
    return rule.places.get(path, rule.place)


def smallest(world: World, *claims: Formula) -> Assessment | None:
    """An assessment for which the claims hold, with as few answers as will do; None where there is none.

    Raises:
        Undecided: it would take more time than there is.
    """
    model = world.solver.find(*claims)
    if model is None:
        return None
    kept = list(claims)
    for one in reversed(tuple(world.ruleset.inputs.values())):
        answered = world.answers[one.id]
        unsaid = not_(answered.given)
        if not model.holds(answered.given):
            kept.append(unsaid)
            continue
        try:
            without = None if one.required and one.only_if is None else world.solver.find(*kept, unsaid)
        except Undecided:
            without = None
        if without is not None:
            model = without
            kept.append(unsaid)
    return assessment(world, _plainest(world, model, kept))


def _plainest(world: World, model: Model, kept: list[Formula]) -> Model:
    """Of models with the same answers missing, one with first options and small sets."""
    for answered in world.answers.values():
        if not model.holds(answered.given):
            continue
        for held in answered.values.values():
            wanted = not_(held) if answered.is_set else held
            if not model.holds(wanted):
                try:
                    found = world.solver.find(*kept, answered.given, wanted)
                except Undecided:
                    return model
                if found is None:
                    continue
                model = found
            kept.append(wanted)
            if not answered.is_set:
                break
    return model


def assessment(world: World, model: Model) -> Assessment:
    """What is given in a model, in the order in which the questions are asked."""
    given: dict[str, Any] = {}
    for one in world.ruleset.inputs.values():
        answered = world.answers[one.id]
        if not model.holds(answered.given):
            continue
        held = [_plain(value) for value, formula in answered.values.items() if model.holds(formula)]
        given[one.id] = held if answered.is_set else held[0]
    return given


def _plain(value: Scalar) -> Any:
    return value if isinstance(value, str | bool) else as_json(value)


def as_text(example: Assessment) -> str:
    """An assessment as a JSON text on one line."""
    return json.dumps(example, ensure_ascii=False)
