"""guarantee-about-nobody: a guarantee whose ``when`` holds for no client.

Summary
    A guarantee must be about someone, or it promises nothing.

Avoid
    ::

        # guarantees.yaml
        - {id: scars, title: Scars never stop, when: {concern: acne_scar, concern.target: ink}, never: stop}

Prefer
    ::

        # guarantees.yaml
        - {id: scars, title: Scars never stop, when: {concern: acne_scar}, never: stop}

Why
    What is said of nobody always holds, so the proof says nothing, though it looks as if it did. Often an
    option was renamed, or a question is not asked where the rest of the ``when`` holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.case import ProofCase, warning
from service.model.problem import Problem

CODE = "guarantee-about-nobody"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each guarantee whose ``when`` holds for no assessment."""
    for guarantee in case.ruleset.guarantees:
        if guarantee.when is not None and not case.solver.holds_somewhere(case.world.true(guarantee.when)):
            message = f'No client fits the "when" of {guarantee.id}, so it promises nothing. Mend its "when".'
            yield warning(guarantee.place, CODE, message)
