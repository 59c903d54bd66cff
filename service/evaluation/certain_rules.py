"""Rules that fire whatever is answered to questions that are still open."""

from __future__ import annotations

from collections.abc import Iterable

from service.evaluation.alike_answers import source_of
from service.evaluation.changing import open_with
from service.evaluation.truth import Facts, is_whatever
from service.model.ruleset import Rule, Ruleset


def certain_rules(ruleset: Ruleset, facts: Facts, questions: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that fire on these facts, whatever is answered to the questions, in the ruleset's order.

    ``facts``: those of a decision, under any answers to the questions. Of conclusions only flags count that a
    certain rule concludes: no other rule can undo them.
    """
    is_open = open_with(ruleset, questions)
    flags: set[str] = set()

    def open_key(key: str) -> bool:
        return key not in flags and source_of(key) in is_open

    while True:
        certain = tuple(rule for rule in ruleset.rules if is_whatever(rule.when, facts, open_key))
        concluded = {
            f"conclusions.{name}" for rule in certain for name, level in rule.then.conclude if level is True
        }
        if concluded <= flags:
            return certain
        flags |= concluded
