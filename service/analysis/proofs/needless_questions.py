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

from service.analysis.proofs.case import ProofCase, warning
from service.analysis.proofs.logic import Formula, or_, xor
from service.model.condition import DAY, subjects_of
from service.model.problem import Problem
from service.model.ruleset import SESSIONS_DONE, AttributeRef, Input, Rule

CODE = "input-never-matters"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each question that changes nothing."""
    used = _used_in_numbers(case)
    for one in case.ruleset.inputs.values():
        if one.id != DAY and not _matters(case, one, used.get(one.id, [])):
            message = (
                f'No rule\'s firing depends on the answer to "{one.id}". Remove the question, or write the '
                "rule that it was meant for."
            )
            yield warning(one.place, CODE, message)


def _matters(case: ProofCase, one: Input, used: list[Formula]) -> bool:
    """``used``: the firing of each rule that reckons with the answer."""
    inputs = case.ruleset.inputs.values()
    if one.id == SESSIONS_DONE and case.ruleset.counts_sessions_done:
        return True  # what remains is reckoned from it
    if any(_asked_by(other, one.id) for other in inputs):
        return True  # it decides whether another question is asked, which is judged by itself
    if any(one.id in contradiction.inputs for contradiction in case.ruleset.contradictions):
        return True  # it decides whether an assessment is taken
    if any(case.solver.holds_somewhere(fires) for fires in used):
        return True
    if not any(_looks_at(rule, one.id) for rule in case.ruleset.rules):
        return False
    if case.sampled.answer_changes(one.id, case.world.fired):
        return True
    with case.solver:
        other = case.world.varied(one.id)
        differs = or_(map(xor, case.world.fired, other.fired))
        return case.solver.holds_somewhere(differs)


def _asked_by(other: Input, name: str) -> bool:
    return other.only_if is not None and any(
        key.partition(".")[0] == name for key in subjects_of(other.only_if)
    )


def _looks_at(rule: Rule, name: str) -> bool:
    return any(key.partition(".")[0] == name for key in subjects_of(rule.when))


def _used_in_numbers(case: ProofCase) -> dict[str, list[Formula]]:
    """The firing of the rules that reckon with an answer, or with its option's attribute, by question."""
    used: dict[str, list[Formula]] = {}
    for fires, rule in case.world.rules():
        if rule.id not in case.unreachable:
            facts = {fact for _, fact in rule.then.references()}
            for name in {fact.input if isinstance(fact, AttributeRef) else fact for fact in facts}:
                used.setdefault(name, []).append(fires)
    return used
