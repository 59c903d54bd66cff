"""Assessments that bring about what no scenario has seen yet, or that nothing can bring it about.

An outcome is a rule that fires (``test`` None) or one test of a rule, true or not true. Each is looked for
over all assessments, with as few answers as will do, and with numbers right at what the rule asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from service.analysis.proofs.case import Assessment, Confirmed, opened, smallest
from service.analysis.proofs.logic import Deadline, Formula, Undecided, not_
from service.analysis.proofs.results import RuleOutcome
from service.analysis.proofs.world import World
from service.evaluation.changing import points_in
from service.evaluation.compiled import CompiledRuleset, without_month
from service.model.condition import tests_of
from service.model.number import Number, as_json
from service.model.ruleset import Rule

OnProgress = Callable[[int, int], None]
"""Called as it goes on, with how many outcomes are looked at and how many there are."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """An assessment for each outcome that needs one of its own; what nothing brings about; what is open."""

    assessments: tuple[tuple[RuleOutcome, Assessment], ...]
    impossible: frozenset[RuleOutcome]
    undecided: frozenset[RuleOutcome]


def suggest(
    compiled: CompiledRuleset,
    wanted: Iterable[RuleOutcome],
    *,
    seconds: float = 30,
    on_progress: OnProgress | None = None,
) -> Suggestions:
    """Assessments that together bring about all that is wanted and possible, each run by the engine."""
    finder = _Finder(compiled, seconds)
    sought = list(wanted)
    found: list[tuple[RuleOutcome, Assessment]] = []
    impossible: set[RuleOutcome] = set()
    undecided: set[RuleOutcome] = set()
    covered: set[RuleOutcome] = set()
    for number, one in enumerate(sought):
        if on_progress is not None:
            on_progress(number, len(sought))
        if one in covered:
            continue
        try:
            example = finder.example(one)
        except Undecided:
            undecided.add(one)
            continue
        if example is None:
            impossible.add(one)
            continue
        covered.update(finder.brings_about(example))
        found.append((one, example))
    return Suggestions(tuple(found), frozenset(impossible), frozenset(undecided))


class _Finder:
    def __init__(self, compiled: CompiledRuleset, seconds: float) -> None:
        case = opened(compiled, Deadline(seconds))
        self._world: World = case.world
        self._engine: Confirmed = case.engine
        self._compiled = compiled
        self._index = {rule.id: index for index, rule in enumerate(compiled.ruleset.rules)}

    def example(self, sought: RuleOutcome) -> Assessment | None:
        """A small assessment that brings it about; None where none does.

        Raises:
            Undecided: it would take more time than there is, or the engine does not agree.
        """
        found = smallest(self._world, self._claim(sought))
        if found is None:
            return None
        if sought not in self.brings_about(found):
            raise Undecided
        rule = self._compiled.ruleset.rules[self._index[sought.rule]]
        for name, number in self._edges(rule, found):
            moved = {**found, name: as_json(number)}
            if sought in self.brings_about(moved):
                found = moved
        return self._otherwise_healthy(sought, found)

    def _otherwise_healthy(self, sought: RuleOutcome, found: Assessment) -> Assessment:
        """The same with a no to what must be asked, as far as it still brings about what is sought."""
        ruleset = self._compiled.ruleset
        left = [
            one.id
            for one in ruleset.inputs.values()
            if one.must_ask and one.domain.shape == "yes_no" and one.id not in found
        ]
        healthy = self._taken({**found, **dict.fromkeys(left, False)})
        if sought in self.brings_about(healthy):
            return healthy
        for name in left:
            asked = self._taken({**found, name: False})
            if sought in self.brings_about(asked):
                found = asked
        return found

    def _taken(self, assessment: Assessment) -> Assessment:
        """Without the answers to questions that do not apply."""
        refused = {
            refusal.pointer.rpartition("/")[2]
            for refusal in self._compiled.refusals(without_month(assessment)[0])
            if refusal.code == "not-applicable"
        }
        return {name: answer for name, answer in assessment.items() if name not in refused}

    def brings_about(self, example: Assessment) -> set[RuleOutcome]:
        """All that an assessment brings about by the engine's decision."""
        decision = self._engine.decision(example)
        if decision is None:
            return set()
        seen = {RuleOutcome(hit.rule.id, None, holds=True) for hit in decision.fired}
        for one in self._compiled.explainer.explain(decision.facts):
            seen.update(
                RuleOutcome(one.rule.id, number, holds=condition.truth == "true")
                for number, condition in enumerate(one.conditions)
            )
        return seen

    def _claim(self, sought: RuleOutcome) -> Formula:
        index = self._index[sought.rule]
        if sought.test is None:
            return self._world.fired[index]
        tests = list(tests_of(self._compiled.ruleset.rules[index].when))
        held = self._world.true(tests[sought.test])
        return held if sought.holds else not_(held)

    def _edges(self, rule: Rule, example: Assessment) -> Iterator[tuple[str, Number]]:
        """For each number that was given and that the rule asks about, the numbers beside what it asks."""
        for test in tests_of(rule.when):
            one = self._compiled.ruleset.inputs.get(test.subject)
            if one is None or one.id not in example or one.domain.shape != "number":
                continue
            low, high = one.domain.low, one.domain.high
            for point in sorted(points_in(test)):
                for number in (point + 1, point - 1, point):
                    if (low is None or number >= low) and (high is None or number <= high):
                        yield one.id, number
