"""contradiction-never: a contradiction that no assessment can meet.

Summary
    Warning. What a contradiction says of the answers is true of none that could be given.

Avoid
    ::

        # assessment.yaml
        contradictions:
          - id: mild-and-large
            when: {all: [{severity: mild}, {severity: severe}]}
            says: Mild and severe at once can't be.

Prefer
    ::

        # assessment.yaml
        contradictions:
          - id: mild-and-large
            when: {severity: mild, tattoo_over_30_cm2: yes}
            says: A large tattoo is not mild.

Why
    It refuses nobody, so the mix-up for which it was written goes through. Mostly a level is misspelt or a
    question is not asked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.analysis.proofs.case import ProofCase, warning
from service.analysis.proofs.logic import Solver
from service.analysis.proofs.questions import AskedQuestions
from service.analysis.proofs.world import World
from service.model.problem import Problem

CODE = "contradiction-never"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each contradiction that is never true. It opens a solver of its own, so it comes last.

    In the case's own world no contradiction is true, for such assessments are refused there.
    """
    contradictions = case.ruleset.contradictions
    if not contradictions:
        return
    solver = Solver(case.solver.deadline)
    asked = replace(case.ruleset, contradictions=(), rules=(), stages=(), guarantees=())
    questions = AskedQuestions(asked, also=[one.when for one in contradictions])
    for rule in questions.rules():
        solver.add(rule)
    world = World(asked, solver, questions)
    solver.add(world.accepts())
    for one in contradictions:
        if not solver.holds_somewhere(world.true(one.when)):
            message = f'No assessment can meet the contradiction "{one.id}". Mend its "when", or remove it.'
            yield warning(one.place, CODE, message)
