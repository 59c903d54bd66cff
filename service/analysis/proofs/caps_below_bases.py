"""cap-below-base: a published maximum that some plan has reached before anything is added to it.

Summary
    "most sessions" must be above the min of every base that it meets.

Avoid
    ::

        - id: large-ink
          when: {concern: tattoo, tattoo_over_30_cm2: yes}
          then: {sessions: {min: 6, typical: 8, max: 10}}
        - id: ink-most
          when: {concern: tattoo}
          then: {most sessions: 6}

Prefer
    ::

        - id: ink-most
          when: {concern: tattoo}
          then: {most sessions: 15}

Why
    A cap never promises less: where the plan's min reaches it, the answer has no numbers and the client is
    referred. So these clients never get the numbers that their rule holds ready for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.language import Effect
from service.analysis.proofs.case import ProofCase, at, smallest, warning
from service.analysis.proofs.logic import Formula, and_
from service.model.number import Number, Triple, written
from service.model.problem import Problem
from service.model.ruleset import AttributeRef, Rule

CODE = "cap-below-base"


@dataclass(frozen=True, slots=True)
class _Cap:
    """A cap in one of its forms: where it holds, of which rule and effect, and what it is."""

    holds: Formula
    rule: Rule
    effect: Effect
    most: Number


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each rule whose cap some other rule's base reaches for some assessment."""
    live = [pair for pair in case.world.rules() if pair[1].id not in case.unreachable]
    for fires, rule in live:
        for cap in _caps(case, fires, rule):
            bases = (
                (held, base, triple)
                for held, base in live
                if base is not rule
                for effect, triple in base.then.present("base")
                if effect.quantity == cap.effect.quantity and isinstance(triple, Triple)
            )
            met = (_met(case, cap, *base) for base in bases if base[2].min >= cap.most)
            problem = next(filter(None, met), None)
            if problem is not None:
                yield problem
                break


def _caps(case: ProofCase, fires: Formula, rule: Rule) -> Iterator[_Cap]:
    for effect, most in rule.then.present("cap"):
        if isinstance(most, AttributeRef):
            for held, number in case.world.attribute(most):
                yield _Cap(and_((fires, held)), rule, effect, number)
        else:
            yield _Cap(fires, rule, effect, most)


def _met(case: ProofCase, cap: _Cap, base_holds: Formula, base: Rule, triple: Triple) -> Problem | None:
    example = smallest(case.world, cap.holds, base_holds)
    if example is None or not case.engine.fires(example, cap.rule.id, base.id):
        return None
    message = (
        f'"{cap.effect.key}" of {cap.rule.id} is {written(cap.most)} where {base.id} needs at least '
        f"{written(triple.min)}: such a plan gets no numbers. Raise the cap, or lower the base."
    )
    return warning(at(cap.rule, "then", cap.effect.key), CODE, message, example)
