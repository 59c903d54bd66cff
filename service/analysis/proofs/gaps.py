"""gap: a client for whom no rule gives a number, and none says why not.

Summary
    For every possible assessment some rule gives a base, or refers, defers, stops, or says "no numbers".

Avoid
    ::

        - id: mild-scars
          when: {concern: acne_scar, severity: mild}
          then: {sessions: 2 to 4}        # and moderate or severe ones?

Prefer
    ::

        - id: mild-scars
          when: {concern: acne_scar, severity: mild}
          then: {sessions: 2 to 4}
        - id: other-scars
          when: {concern: acne_scar, severity: at least moderate}
          then: {refer: A clinician looks at these scars with you.}

Why
    Such a client is sent to a clinician without a word of why. That may be what is meant: then let a rule say
    it, or allow the gap with the reason. Each example is an assessment that the engine was asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from schemas.language import effects
from service.analysis.proofs.case import Assessment, ProofCase, smallest, warning
from service.analysis.proofs.logic import Formula, and_, not_
from service.model.problem import Place, Problem
from service.model.ruleset import Input, Rule

CODE = "gap"

SAYING = frozenset((*effects("gate"), *effects("base", quantity="sessions")))
"""The effects that say how many sessions, or why there is no plan without a clinician."""
_MOST = 20


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each option of the first question, or one in all, for which something is missing."""
    world = case.world
    silent = and_(not_(fires) for fires, rule in world.rules() if _has_effect(rule))
    if not world.solver.holds_somewhere(silent):
        return
    asked = _first_choice(case)
    if asked is None:
        yield from _one(case, case.ruleset.place, "some assessments", silent)
        return
    told = (
        problem
        for option in asked.options
        for problem in _one(
            case, asked.place, f"{asked.id} {option.id}", silent, world.option(asked.id, option.id)
        )
    )
    yield from islice(told, _MOST)


def _one(case: ProofCase, place: Place, where: str, *claims: Formula) -> Iterator[Problem]:
    example = smallest(case.world, *claims)
    if example is not None and _says_nothing(case, example):
        message = (
            f"A gap: for {where} there can be a client for whom no rule gives a number, and none says why. "
            "Add a rule with a base, or one that refers."
        )
        yield warning(place, CODE, message, example)


def _says_nothing(case: ProofCase, example: Assessment) -> bool:
    decision = case.engine.decision(example)
    return decision is not None and not any(_has_effect(hit.rule) for hit in decision.fired)


def _has_effect(rule: Rule) -> bool:
    return any(effect in SAYING for effect, _ in rule.then.present())


def _first_choice(case: ProofCase) -> Input | None:
    """The first question that everyone is asked and that is answered with one option."""
    return next(
        (
            one
            for one in case.ruleset.inputs.values()
            if one.domain.shape == "choice" and one.required and one.only_if is None
        ),
        None,
    )
