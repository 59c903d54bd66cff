"""input-never-matters: a question whose answer changes nothing.

Summary
    Every question must be able to change what some client is told.

Avoid
    ::

        inputs:
          hair_colour: {label: Hair colour, one of: {dark: Dark, light: Light}, required: true}
          # and no rule looks at hair_colour

Prefer
    ::

        inputs: {}      # what no rule looks at is not asked

Why
    Health data that changes nothing should not be asked for. The proof goes over every pair of assessments
    that differ in this answer alone: none of them fires other rules, or the same rules with other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.finding import Case, warning
from service.analysis.proofs.logic import either, no, same
from service.analysis.proofs.variation import Variation
from service.model.condition import tests_of
from service.model.problem import Problem
from service.model.ruleset import AttributeRef, Effects, Input, Rule

CODE = "input-never-matters"


def find(case: Case) -> Iterator[Problem]:
    """A warning for each question that changes nothing."""
    for one in case.ruleset.inputs.values():
        if not _matters(case, one):
            message = (
                f'No rule\'s firing depends on the answer to "{one.id}". Remove the question, or write the '
                "rule that it was meant for."
            )
            yield warning(one.place, CODE, message)


def _matters(case: Case, one: Input) -> bool:
    inputs = case.ruleset.inputs.values()
    if one.id == "sessions_done" and one.kind == "whole number":
        return True  # what remains is reckoned from it
    if any(_asked_by(other, one.id) for other in inputs):
        return True  # it decides whether another question is asked, which is judged by itself
    used = [
        fires
        for fires, rule in case.world.rules()
        if rule.id not in case.unreachable and one.id in _used_in_numbers(rule)
    ]
    if any(case.solver.holds_somewhere(fires) for fires in used):
        return True
    if not any(_looks_at(rule, one.id) for rule in case.ruleset.rules):
        return False
    with case.solver:
        other = Variation(case.world, one.id)
        differs = either(
            no(same(fires, otherwise))
            for fires, otherwise in zip(case.world.fired, other.fired, strict=True)
            if fires is not otherwise
        )
        return case.solver.holds_somewhere(differs)


def _asked_by(other: Input, name: str) -> bool:
    return other.only_if is not None and any(
        test.subject.partition(".")[0] == name for test in tests_of(other.only_if)
    )


def _looks_at(rule: Rule, name: str) -> bool:
    return any(test.subject.partition(".")[0] == name for test in tests_of(rule.when))


def _used_in_numbers(rule: Rule) -> set[str]:
    """The questions whose answers, or whose options' attributes, the rule reckons with."""
    return {*_attributes(rule.then), *_progress(rule.then), *_pointed(rule.then)}


def _attributes(then: Effects) -> set[str]:
    effects = (then.sessions_times, then.most_sessions, then.add_interval_weeks)
    return {effect.input for effect in effects if isinstance(effect, AttributeRef)}


def _pointed(then: Effects) -> set[str]:
    return {point.input for _, points in then.points for point in points if isinstance(point, AttributeRef)}


def _progress(then: Effects) -> set[str]:
    progress = then.remaining_from_progress
    if progress is None:
        return set()
    target = progress.target
    if isinstance(target, AttributeRef):
        return {progress.improvement, progress.sessions, target.input}
    return {progress.improvement, progress.sessions, *([target] if isinstance(target, str) else [])}
