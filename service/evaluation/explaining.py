"""Why each rule fired or did not: the truth of every test beside what was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from service.evaluation.truth import Facts, every_test, holding
from service.model.condition import Condition, Not, Value, tests_of
from service.model.ruleset import Rule, Ruleset

TruthWord = Literal["true", "false", "unknown"]


@dataclass(frozen=True, slots=True)
class SeenTest:
    """One test as its author wrote it, its truth, and what was given (None: nothing)."""

    subject: str
    condition: str
    truth: TruthWord
    given: Value | None


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule: the truth of its whole condition, and of each test in it."""

    rule: Rule
    truth: TruthWord
    conditions: tuple[SeenTest, ...]


class Explainer:
    """Explains one ruleset's decisions."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._tests = every_test(rule.when for rule in ruleset.rules)
        conditions: list[Condition] = [*self._tests, *(rule.when for rule in ruleset.rules)]
        self._true = holding(enumerate(conditions))
        self._false = holding(enumerate(Not(condition) for condition in conditions))

    def explain(self, facts: Facts) -> Iterator[ExplainedRule]:
        """Every rule, in the ruleset's order, on facts that include conclusions and scores."""
        words: dict[int, TruthWord] = dict.fromkeys(self._true(facts), "true")
        words |= dict.fromkeys(self._false(facts), "false")
        of_test = {test: words.get(number, "unknown") for number, test in enumerate(self._tests)}
        for number, rule in enumerate(self._ruleset.rules, len(self._tests)):
            seen = tuple(
                SeenTest(test.subject, test.written, of_test[test], facts.get(test.subject))
                for test in tests_of(rule.when)
            )
            yield ExplainedRule(rule, words.get(number, "unknown"), seen)
