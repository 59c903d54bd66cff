"""A ruleset ready to decide: compiled for the engine, with the independent evaluator beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import finalize

from service.engine.chunks import lower
from service.engine.program import Program
from service.evaluation.deriving import Derived, concluded, scored, starting_facts
from service.evaluation.intake import Answered, Intake
from service.evaluation.planning import Plans
from service.evaluation.truth import Explainer, holding, matched_of
from service.model.condition import Value
from service.model.decision import Decision, Hit
from service.model.problem import Refusal
from service.model.ruleset import Ruleset


class DoubleEntryError(Exception):
    """Engine and evaluator differ on what fired: no answer may be given. Names the rules."""

    def __init__(self, ruleset: Ruleset, only_engine: list[str], only_evaluator: list[str]) -> None:
        self.rules = tuple(only_engine + only_evaluator)
        parts = [f"only the engine fired {', '.join(only_engine)}"] if only_engine else []
        parts += [f"only the evaluator holds {', '.join(only_evaluator)}"] if only_evaluator else []
        super().__init__(f"{ruleset.id} {ruleset.digest}: {'; '.join(parts)}")


@dataclass(frozen=True, slots=True)
class _Firing:
    """What fired, by index, and what was derived from it."""

    rules: set[int]
    derived: Derived


class CompiledRuleset:
    """Decides assessments under one ruleset, from any thread.

    What the engine holds is freed by ``close``, or else with the last use of this.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        """Compile.

        Raises:
            EngineFault: the engine does not take the ruleset.
        """
        self.ruleset = ruleset
        self._intake = Intake(ruleset)
        self._start = starting_facts(ruleset)
        self._holding = tuple(
            holding((index, ruleset.rules[index].when) for index in stage) for stage in ruleset.stages
        )
        self._plans = Plans(ruleset)
        self._feeding = frozenset(
            index for index, rule in enumerate(ruleset.rules) if any(rule.then.present("fact"))
        )
        self._matched = tuple(matched_of(rule.when) for rule in ruleset.rules)
        self._program = Program(lower(ruleset))
        finalize(self, self._program.close).atexit = False

    def close(self) -> None:
        """Free what the engine holds."""
        self._program.close()

    def decide(self, assessment: object) -> Decision | tuple[Refusal, ...]:
        """The decision for one assessment, or every mistake in it.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
        """
        answered = self._intake.read(assessment, self._start)
        return answered if isinstance(answered, tuple) else self._decided(answered)

    @cached_property
    def explainer(self) -> Explainer:
        """Explains decisions; made when it is first asked for."""
        return Explainer(self.ruleset)

    def _decided(self, answered: Answered) -> Decision:
        ruleset = self.ruleset
        firing = self._fired_by_engine(answered.facts)
        checked = self._fired_by_evaluator(answered.facts)
        if firing.rules != checked.rules:
            rules = ruleset.rules
            raise DoubleEntryError(
                ruleset,
                [rules[index].id for index in sorted(firing.rules - checked.rules)],
                [rules[index].id for index in sorted(checked.rules - firing.rules)],
            )
        facts = firing.derived.facts
        order = tuple(sorted(firing.rules))
        return Decision(
            plan=self._plans.plan(order, firing.derived, answered.unanswered),
            fired=tuple([Hit(ruleset.rules[index], self._matched[index](facts)) for index in order]),
            conclusions=concluded(ruleset, facts),
            scores=scored(ruleset, facts),
            unanswered=answered.unanswered,
            facts=facts,
        )

    def _fired_by_engine(self, facts: Mapping[str, Value]) -> _Firing:
        derived = Derived(self.ruleset, dict(facts))
        fired: set[int] = set()
        rules = self.ruleset.rules
        for stage in range(self._program.stages):
            hits = self._program.fire(stage, derived.facts)
            feeding = hits & self._feeding
            if feeding:
                derived.add(rules[index] for index in sorted(feeding))
            fired |= hits
        return _Firing(fired, derived)

    def _fired_by_evaluator(self, facts: Mapping[str, Value]) -> _Firing:
        derived = Derived(self.ruleset, dict(facts))
        fired: set[int] = set()
        rules = self.ruleset.rules
        for holds in self._holding:
            hits = holds(derived.facts)
            feeding = self._feeding.intersection(hits)
            if feeding:
                derived.add(rules[index] for index in sorted(feeding))
            fired.update(hits)
        return _Firing(fired, derived)
