"""dead-conclusion: a conclusion that is never drawn, or a conclusion or score that nothing looks at.

Summary
    What rules conclude is for other rules, for guarantees, or for whoever reads the answer.

Avoid
    ::

        - id: risky
          when: {pih_history: yes}
          then: {conclude: {high_risk: yes}}      # and no rule tests conclusions.high_risk

Prefer
    ::

        - id: risky
          when: {pih_history: yes}
          then: {conclude: {high_risk: yes}}
        - id: risky-refers
          when: {conclusions.high_risk: yes}
          then: {refer: A clinician looks first.}

Why
    A conclusion that nothing looks at is often a slip in a name, and a test of one that is never drawn never
    holds. Answers list conclusions, so one may be meant for integrators alone: allow it, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.language import Value
from service.analysis.proofs.case import ProofCase, at, warning
from service.model.condition import subjects_of
from service.model.problem import Place, Problem, did_you_mean
from service.model.ruleset import Rule

CODE = "dead-conclusion"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each conclusion that nothing looks at, or that no rule which can fire draws."""
    looked_at = _looked_at(case)
    for name in sorted({*case.ruleset.flags, *case.ruleset.conclusion_levels}):
        drawing = [rule for rule in case.ruleset.rules if f"conclusions.{name}" in rule.then.feeds()]
        if not drawing:
            continue
        place = _feeding(drawing[0], "level")
        if all(rule.id in case.unreachable for rule in drawing):
            rules = ", ".join(rule.id for rule in drawing)
            message = f"{name} is never concluded, for {rules} can never fire. Mend the rule, or remove it."
            yield warning(place, CODE, message)
        elif f"conclusions.{name}" not in looked_at:
            message = (
                f"No rule and no guarantee looks at {name}.{_near(case, name)} Test conclusions.{name} "
                "somewhere, mend its name, or allow this where it is for those who read the answer."
            )
            yield warning(place, CODE, message)
    yield from _scores(case, looked_at)


def _scores(case: ProofCase, looked_at: set[str]) -> Iterator[Problem]:
    """A warning for each score that no rule tests or plans by."""
    used = {fact for rule in case.ruleset.rules for _, fact in rule.then.references()}
    for name in case.ruleset.scores:
        key = f"scores.{name}"
        if key in used or key in looked_at:
            continue
        giving = next(rule for rule in case.ruleset.rules if key in rule.then.feeds())
        near = did_you_mean(name, [other for other in case.ruleset.scores if other != name])
        message = (
            f"No rule and no guarantee looks at the score {name}.{near} Use it, mend its name, or allow this "
            "where it is for those who read the answer."
        )
        yield warning(_feeding(giving, "sums"), CODE, message)


def _feeding(rule: Rule, value: Value) -> Place:
    """Where the rule's effect with such a value stands, for other rules to test."""
    effect = next(effect for effect, _ in rule.then.present("fact") if effect.value == value)
    return at(rule, "then", effect.key)


def _near(case: ProofCase, name: str) -> str:
    """A name that rules do test and that this one may have been meant for."""
    return did_you_mean(
        name, [other for other in (*case.ruleset.flags, *case.ruleset.conclusion_levels) if other != name]
    )


def _looked_at(case: ProofCase) -> set[str]:
    conditions = [rule.when for rule in case.ruleset.rules]
    conditions += [one.when for one in case.ruleset.guarantees if one.when is not None]
    return {key for condition in conditions for key in subjects_of(condition)}
