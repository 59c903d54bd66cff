"""Why each rule fired or did not: the truth of every test beside what was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from service.evaluation.truth import Facts, truth_of
from service.model.condition import Value, tests_of
from service.model.ruleset import Rule, Ruleset

TruthWord = Literal["true", "false", "unknown"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One test as its author wrote it, its truth, and what was given (None: nothing)."""

    subject: str
    condition: str
    truth: TruthWord
    given: Value | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule: the truth of its whole condition, and of each test in it."""

    rule: Rule
    truth: TruthWord
    conditions: tuple[Seen, ...]


def explained(ruleset: Ruleset, facts: Facts) -> Iterator[Explained]:
    """Every rule of the ruleset, in its order, on facts that include conclusions and scores."""
    for rule in ruleset.rules:
        seen = tuple(
            Seen(test.subject, test.written, _word(truth_of(test)(facts)), facts.get(test.subject))
            for test in tests_of(rule.when)
        )
        yield Explained(rule, _word(truth_of(rule.when)(facts)), seen)


def _word(truth: bool | None) -> TruthWord:
    return "unknown" if truth is None else "true" if truth else "false"
