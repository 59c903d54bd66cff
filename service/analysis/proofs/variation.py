"""A world in which the answers to one question may differ, and all else is as it was."""

from __future__ import annotations

from service.analysis.proofs.facts import answers
from service.analysis.proofs.world import World
from service.evaluation.intake import asking_order
from service.model.condition import Condition, Test, tests_of
from service.model.ruleset import AttributeRef, Rule, Ruleset


class Variation(World):
    """A world in which one question may be answered otherwise; it shares the rest with the first."""

    def __init__(self, first: World, question: str) -> None:
        self.ruleset = ruleset = first.ruleset
        self.solver = first.solver
        self._name = f"other {question}:"
        self._points = first._points
        self.answers, self.facts = dict(first.answers), dict(first.facts)
        self.applies, self.fired = dict(first.applies), list(first.fired)
        self.conclusion_levels, self.flags, self.scores = (
            dict(first.conclusion_levels),
            dict(first.flags),
            dict(first.scores),
        )
        self.changed = _depending(ruleset, question)
        self._known = {key: held for key, held in first._known.items() if not self._touches(key[0])}
        for one in asking_order(ruleset):
            if one.id == question:
                self._ask(one, answers(one, self._points.get(one.id, ()), self._name))
            elif one.id in self.changed:
                self._ask(one, first.answers[one.id])
        for kept in (self.conclusion_levels, self.flags, self.scores):
            for name in [name for name in kept if self._is_changed_fact(name)]:
                del kept[name]
        for stage in ruleset.stages:
            self._conclude(stage)
            for index in stage:
                rule = ruleset.rules[index]
                if any(self._touches(test) for test in tests_of(rule.when)):
                    self.fired[index] = self._defined(f"fires:{index}", self.true(rule.when))
        self._conclude(None)

    def _touches(self, test: Test) -> bool:
        return self.ruleset.subjects[test.subject].key in self.changed or (
            test.subject.partition(".")[0] in self.changed
        )

    def _is_changed_fact(self, name: str) -> bool:
        return f"conclusions.{name}" in self.changed or f"scores.{name}" in self.changed


def _depending(ruleset: Ruleset, question: str) -> frozenset[str]:
    """The question, and all questions, conclusions and scores whose facts may differ with its answer."""
    changed = {question}
    before = 0
    while before != len(changed):
        before = len(changed)
        for one in ruleset.inputs.values():
            if one.only_if is not None and _looks_at(one.only_if, changed):
                changed.add(one.id)
        for rule in ruleset.rules:
            if _looks_at(rule.when, changed) or _reckons_points_with(rule, changed):
                changed.update(rule.then.feeds())
    return frozenset(changed)


def _reckons_points_with(rule: Rule, changed: set[str]) -> bool:
    return any(
        isinstance(fact, AttributeRef) and fact.input in changed for _, fact in rule.then.references("fact")
    )


def _looks_at(condition: Condition, keys: set[str]) -> bool:
    return any(test.subject in keys or test.subject.partition(".")[0] in keys for test in tests_of(condition))
