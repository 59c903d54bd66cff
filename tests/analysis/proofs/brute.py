"""Every assessment of a small ruleset, one by one: what proofs are held against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from service.analysis.proofs.questions import asking_the_month
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import Condition, tests_of
from service.model.decision import Decision
from service.model.number import as_json, exact
from service.model.ruleset import Guarantee, Input, Ruleset

ABSENT = object()
Given = dict[str, Any]


@dataclass(frozen=True)
class Everything:
    """All assessments that were tried and are valid, each with the engine's decision."""

    compiled: CompiledRuleset
    decisions: list[tuple[Given, Decision]]

    def fired(self) -> Iterator[set[str]]:
        """The ids of the rules that fire, for each assessment."""
        for _, decision in self.decisions:
            yield {hit.rule.id for hit in decision.fired}


def count(ruleset: Ruleset) -> int:
    """How many assessments there are to try, in every month where one is tested."""
    (asked,) = asking_the_month(ruleset)
    return math.prod(len(_candidates(asked, one)) for one in asked.inputs.values())


def everything(
    compiled: CompiledRuleset,
    numbers: Mapping[str, Sequence[float]] | None = None,
    asked: Ruleset | None = None,
) -> Everything:
    """Try every combination of answers; numbers at each point that matters and on both sides of it.

    ``numbers``: those to try instead, by question; ``asked``: the ruleset as one that asks for the month,
    where it is compared with one that tests it.
    """
    if asked is None:
        (asked,) = asking_the_month(compiled.ruleset)
    inputs = asked.inputs
    found = []
    candidates = [
        [ABSENT, *numbers[one.id]] if numbers and one.id in numbers else _candidates(asked, one)
        for one in inputs.values()
    ]
    for answers in product(*candidates):
        given = {name: answer for name, answer in zip(inputs, answers, strict=True) if answer is not ABSENT}
        decision = compiled.decide_example(given)
        if isinstance(decision, Decision):
            found.append((given, decision))
    return Everything(compiled, found)


def _candidates(ruleset: Ruleset, one: Input) -> list[Any]:
    must_be_given = one.required and one.only_if is None
    return [*([] if must_be_given else [ABSENT]), *_answers(ruleset, one)]


def _answers(ruleset: Ruleset, one: Input) -> list[Any]:
    options = [option.id for option in one.options]
    if one.kind == "any of":
        return [list(some) for size in range(len(options) + 1) for some in combinations(options, size)]
    if one.kind == "yes or no":
        return [False, True]
    return options if options else _numbers(ruleset, one)


def _numbers(ruleset: Ruleset, one: Input) -> list[Any]:
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    points = {low, high, 0}
    for condition in _conditions(ruleset):
        for test in tests_of(condition):
            if test.subject == one.id:
                points.update(value for value in test.values if not isinstance(value, str))
                ends = (test.interval.low, test.interval.high) if test.interval else ()
                points.update(end for end in ends if end is not None)
                points.update(number for number, _ in (test.target.cases if test.target else ()))
    near = {point + step for point in points for step in (0, Fraction(1, 4), Fraction(-1, 4), 1, -1)}
    whole = one.kind == "whole number"
    return [
        as_json(exact(number))
        for number in sorted(near)
        if low <= number <= high and (not whole or Fraction(number).denominator == 1)
    ]


def _conditions(ruleset: Ruleset) -> list[Condition]:
    asked = [one.only_if for one in ruleset.inputs.values() if one.only_if is not None]
    contradicting = [one.when for one in ruleset.contradictions]
    return [*asked, *contradicting, *(rule.when for rule in ruleset.rules)]


def breaks(guarantee: Guarantee, decision: Decision) -> bool:
    """Whether the decision for an assessment under the guarantee's ``when`` breaks it."""
    plan = decision.plan
    said = guarantee.always or guarantee.never or ""
    if said.startswith("sessions above"):
        most = int(said.split()[-1])
        if plan.sessions is None or plan.goal_reached:  # it speaks of what is planned
            return False
        return plan.sessions.min <= most if guarantee.always else plan.sessions.max > most
    numbers = plan.sessions is not None or (bool(guarantee.never) and plan.remaining is not None)
    is_so = {
        "stop": bool(plan.stops),
        "defer": bool(plan.deferrals),
        "refer": bool(plan.referrals),
        "numbers": numbers,
        "one session": plan.one_session == "may_suffice",
    }[said]
    return not is_so if guarantee.always else is_so


def lowers(lower: Decision, higher: Decision) -> bool:
    """Whether the plan of the higher assessment is smaller than that of the lower one in some part."""
    one, other = lower.plan.sessions, higher.plan.sessions
    return one is not None and other is not None and any(b < a for a, b in zip(one, other, strict=True))
