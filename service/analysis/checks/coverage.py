"""Which rules, and which outcomes of their tests, some scenario has seen. Pure.

Each rule should fire in some scenario. Each single test of its ``when`` should be true in some scenario and
not true (false, or unknown) in another. What no client can ever bring about counts as covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from service.analysis.proofs.results import RuleOutcome
from service.evaluation.truth import ExplainedRule
from service.model.condition import Test, tests_of
from service.model.problem import Place
from service.model.ruleset import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Gap:
    """An outcome that no scenario has brought about, and where the rule or the test stands."""

    outcome: RuleOutcome
    place: Place
    written: str | None
    """The test as its author wrote it; None where the rule does not fire."""

    said: bool = False
    """Whether another gap says the same: a rule with a single test fires just where that is true."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How many of how many; ``impossible`` ones are among both."""

    seen: int
    all: int
    impossible: int

    @property
    def percent(self) -> float:
        """The share in percent, rounded down to a tenth: 100 is said only of all."""
        return 100.0 if not self.all else (1000 * self.seen // self.all) / 10


@dataclass(frozen=True, slots=True)
class Coverage:
    """How well scenarios cover a ruleset: by rule, by outcome of its tests, and what is missing, by place."""

    rules: Covered
    outcomes: Covered
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> float:
        """The lower of the two."""
        return min(self.rules.percent, self.outcomes.percent)


def coverage(
    ruleset: Ruleset, seen: Set[RuleOutcome], impossible: Set[RuleOutcome] = frozenset()
) -> Coverage:
    """How well the outcomes that scenarios have seen cover the ruleset's own rules.

    Rules that it takes over from another ruleset are that one's to cover. ``impossible``: outcomes that were
    shown never to come about, beside those that are plain from the questions alone.
    """
    impossible = impossible | evident(ruleset)
    rules = own_rules(ruleset)
    firing = [RuleOutcome(rule.id, None, holds=True) for rule in rules]
    tested = [outcome for rule in rules for outcome in outcomes_of(rule)]
    gaps = [
        gap
        for rule in rules
        for gap in _gaps(rule)
        if gap.outcome not in seen and gap.outcome not in impossible
    ]
    return Coverage(
        _covered(firing, seen, impossible),
        _covered(tested, seen, impossible),
        tuple(sorted(gaps, key=lambda gap: (gap.place, gap.outcome.test is not None, gap.outcome.holds))),
    )


def outcomes_seen(explained: Iterable[ExplainedRule]) -> Iterator[RuleOutcome]:
    """The outcomes that one client brings about, as every rule was explained."""
    for one in explained:
        if one.truth == "true":
            yield RuleOutcome(one.rule.id, None, holds=True)
        for number, seen in enumerate(one.conditions):
            yield RuleOutcome(one.rule.id, number, holds=seen.truth == "true")


def outcomes_of(rule: Rule) -> tuple[RuleOutcome, ...]:
    """Each test of the rule, true and not true."""
    tests = range(sum(1 for _ in tests_of(rule.when)))
    return tuple(RuleOutcome(rule.id, number, holds) for number in tests for holds in (True, False))


def own_rules(ruleset: Ruleset) -> tuple[Rule, ...]:
    """The rules that stand in the ruleset's own files."""
    folder = ruleset.place.file.rpartition("/")[0]
    own = f"{folder}/" if folder else ""
    return tuple(rule for rule in ruleset.rules if rule.place.file.startswith(f"{own}factors/"))


def evident(ruleset: Ruleset) -> frozenset[RuleOutcome]:
    """What can't come about: a question that is always answered is always ``given``, never ``unknown``."""
    return frozenset(
        RuleOutcome(rule.id, number, holds=test.op == "unknown")
        for rule in ruleset.rules
        for number, test in enumerate(tests_of(rule.when))
        if test.op in ("given", "unknown") and ruleset.subjects[test.subject].given_always
    )


def _covered(wanted: Iterable[RuleOutcome], seen: Set[RuleOutcome], impossible: Set[RuleOutcome]) -> Covered:
    every = list(wanted)
    never = [outcome for outcome in every if outcome in impossible and outcome not in seen]
    return Covered(sum(outcome in seen for outcome in every) + len(never), len(every), len(never))


def _gaps(rule: Rule) -> Iterator[Gap]:
    yield Gap(RuleOutcome(rule.id, None, holds=True), rule.place, None)
    tests: list[Test] = list(tests_of(rule.when))
    for outcome in outcomes_of(rule):
        assert outcome.test is not None
        test = tests[outcome.test]
        yield Gap(outcome, test.place, test.written, said=outcome.holds and isinstance(rule.when, Test))
