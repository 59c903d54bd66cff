"""Why a rule did not fire: the first part of its ``when`` that was not true, and what was given. In words."""

from __future__ import annotations

from collections.abc import Iterable

from service.evaluation.truth import Facts, truth_of
from service.model.condition import AllOf, Condition, Test, tests_of
from service.model.flow import flow
from service.model.ruleset import Rule
from service.serving.answer import value_json
from service.serving.condition_text import as_written

_WORDS = {True: "true", False: "false", None: "unknown"}
_MOST_TESTS = 6


def unmet(rule: Rule, facts: Facts) -> str:
    """Why the rule does not fire on these facts: ``severity: mild is false, given severe``."""
    wrong = _not_true(rule, facts)
    if not wrong:
        return "all its conditions hold"
    first = wrong[0]
    more = f" ({len(wrong) - 1} more not true)" if len(wrong) > 1 else ""
    return f"{_because(first, facts)}{more}"


def nearest_to_firing(rules: Iterable[Rule], facts: Facts, most: int = 3) -> list[Rule]:
    """Of rules that did not fire those that lack the fewest conditions, ``most`` of them."""
    lacking = sorted((len(_not_true(rule, facts)), number, rule) for number, rule in enumerate(rules))
    return [rule for lacks, _, rule in lacking if lacks == lacking[0][0]][:most]


def _not_true(rule: Rule, facts: Facts) -> list[Condition]:
    parts = rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,)
    return [part for part in parts if truth_of(part)(facts) is not True]


def _because(condition: Condition, facts: Facts) -> str:
    said = ", ".join(as_written(condition))
    truth = _WORDS[truth_of(condition)(facts)]
    if isinstance(condition, Test):
        return f"{said} is {truth}, {_given(condition.subject, facts)}"
    subjects = list(dict.fromkeys(test.subject for test in tests_of(condition)))
    given = "; ".join(f"{subject} {_given(subject, facts)}" for subject in subjects[:_MOST_TESTS])
    return f"{said} is {truth}: {given}"


def _given(subject: str, facts: Facts) -> str:
    value = facts.get(subject)
    derived = subject.startswith(("conclusions.", "scores."))
    if value is None:
        return "not known" if derived else "not given"
    return f"{'it is' if derived else 'given'} {flow(value_json(value))}"
