"""dead-branch: a part of an ``any`` that never holds where the rule fires.

Summary
    Each alternative under ``any`` must be able to make its rule fire.

Avoid
    ::

        when:
          concern: acne_scar
          any:
            - severity: severe
            - concern.target: ink         # acne scars have the target "texture"

Prefer
    ::

        when:
          concern: acne_scar
          severity: severe

Why
    The author meant this alternative for someone, and it is for nobody. This is proven over every possible
    assessment. A rule that can't fire at all is said to be unreachable, once.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.case import ProofCase, warning
from service.model.condition import AllOf, AnyOf, Condition, Not, tests_of
from service.model.problem import Problem

CODE = "dead-branch"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each alternative that holds for no assessment for which its rule fires."""
    for fires, rule in case.world.rules():
        if rule.id in case.unreachable:
            continue
        for part in _alternatives(rule.when):
            if not case.solver.holds_somewhere(fires, case.world.true(part)):
                test = next(tests_of(part))
                message = (
                    f'Under "any" of {rule.id} the alternative with "{test.written}" never holds where '
                    "the rest of the rule does. Mend it, or remove it."
                )
                yield warning(test.place, CODE, message)


def _alternatives(condition: Condition) -> Iterator[Condition]:
    """The parts of every ``any`` of the condition, outside ``not``; the outermost first."""
    if isinstance(condition, AnyOf):
        yield from condition.parts
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            if not isinstance(part, Not):
                yield from _alternatives(part)
